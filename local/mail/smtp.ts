import { SMTPServer, type SMTPServerSession } from "smtp-server";
import { z } from "zod";
import { readBody } from "../site/http.ts";
import type { Inbox } from "./inbox.ts";

const answers = {
  /** Not now, perhaps later. */
  busy: { code: 451, text: "4.3.2 mailbox busy, try again later" },
  /** Never. */
  unknown: { code: 550, text: "5.1.1 no such mailbox" },
  /** The connection ends without an answer, as when the server dies. */
  hangUp: undefined,
  /** No answer at all, as when the server hangs. */
  silence: undefined,
  /** The mail is taken, and the connection ends before that is said. */
  loseAnswer: undefined,
} as const;

/** What befalls mails to one address; to every address when it is left out. */
export const mailFault = z.strictObject({
  to: z.string().toLowerCase().default("*"),
  answer: z.enum(["busy", "unknown", "hangUp", "silence", "loseAnswer"]),
});
export type MailFault = z.input<typeof mailFault>;

/** A mail server for this machine, and the faults that tests put on it. */
export class MailServer {
  readonly #inbox: Inbox;
  readonly #faults = new Map<string, keyof typeof answers>();
  readonly #server: SMTPServer;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
    this.#server = new SMTPServer({
      disabledCommands: ["STARTTLS", "AUTH"],
      logger: false,
      onRcptTo: ({ address }, session, done) => this.#admit(address, session, done),
      onData: (stream, session, done) => {
        readBody(stream as never).then((raw) => this.#take(raw, session, done), done);
      },
    });
    // A client that hangs up is no concern of the server's.
    this.#server.on("error", () => undefined);
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
  }

  setFault(fault: MailFault): void {
    const { to, answer } = mailFault.parse(fault);
    this.#faults.set(to, answer);
  }

  /** Removes the fault of that address, or all of them. */
  clearFaults(to?: string): void {
    if (to === undefined) this.#faults.clear();
    else this.#faults.delete(to.toLowerCase());
  }

  #faultOf(address: string): keyof typeof answers | undefined {
    return this.#faults.get(address.toLowerCase()) ?? this.#faults.get("*");
  }

  #admit(address: string, session: SMTPServerSession, done: (error?: Error) => void): void {
    const fault = this.#faultOf(address);
    const refusal = fault && answers[fault];
    if (fault === "hangUp") this.#hangUp(session);
    else if (fault !== "silence")
      done(refusal && Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
  }

  async #take(raw: Buffer, session: SMTPServerSession, done: (error?: Error) => void): Promise<void> {
    const recipients = session.envelope.rcptTo.map(({ address }) => address.toLowerCase());
    await this.#inbox.receive(raw, recipients);
    if (recipients.some((address) => this.#faultOf(address) === "loseAnswer")) this.#hangUp(session);
    else done();
  }

  #hangUp({ id }: SMTPServerSession): void {
    for (const connection of this.#server.connections as Set<{ id: string; close(): void }>) {
      if (connection.id === id) connection.close();
    }
  }
}
