import { randomUUID } from "node:crypto";
import { simpleParser } from "mailparser";

/** A mail as the server received it; `to` are the recipients it was given for, whatever the mail says itself. */
export type ReceivedMail = {
  id: string;
  receivedAt: string;
  from: string;
  to: string[];
  /** The tenant that Hikae's own header names. */
  tenant?: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  /** As they were sent, unfolded, by name in small letters; one that came twice has both values. */
  headers: Record<string, string[]>;
};

/** Which mails: of a recipient, about a tenant, or all. */
export type MailFilter = { to?: string | undefined; tenant?: string | undefined };

/** Enough for any test and any demo; older ones go. */
const most = 2000;

/** What the mail server has received, newest first. */
export class Inbox {
  #mails: ReceivedMail[] = [];

  /** Reads and keeps a mail. */
  async receive(raw: Buffer, to: string[]): Promise<void> {
    const mail = await simpleParser(raw, { skipImageLinks: true, skipTextToHtml: true });
    const headers: Record<string, string[]> = {};
    for (const { key, line } of mail.headerLines) {
      const value = line.slice(line.indexOf(":") + 1).replace(/\r?\n(?=[ \t])/g, "");
      headers[key] = [...(headers[key] ?? []), value.trim()];
    }
    const tenant = headers["x-hikae-tenant"]?.[0];
    const received: ReceivedMail = {
      id: randomUUID(),
      receivedAt: new Date().toISOString(),
      from: mail.from?.text ?? "",
      to,
      ...(tenant === undefined ? {} : { tenant }),
      subject: mail.subject ?? "",
      text: mail.text ?? "",
      html: mail.html || "",
      messageId: mail.messageId ?? "",
      headers,
    };
    this.#mails = [received, ...this.#mails].slice(0, most);
  }

  list({ to, tenant }: MailFilter = {}): ReceivedMail[] {
    const wanted = (mail: ReceivedMail) =>
      (to === undefined || mail.to.includes(to.toLowerCase())) && (tenant === undefined || mail.tenant === tenant);
    return this.#mails.filter(wanted);
  }

  find(id: string): ReceivedMail | undefined {
    return this.#mails.find((mail) => mail.id === id);
  }

  /** Removes what the filter names. */
  clear(filter: MailFilter = {}): void {
    const gone = new Set(this.list(filter));
    this.#mails = this.#mails.filter((mail) => !gone.has(mail));
  }
}
