import { createTransport } from "nodemailer";
import type { Delivery, Message } from "../domain/send-mail.ts";

/** The longest that sending one letter may take; well below a letter's lease. */
const patienceMilliseconds = { connect: 10_000, greeting: 10_000, silence: 60_000, whole: 100_000 };

/** What nodemailer's errors say of the server's answer. */
type SmtpError = { code?: string; command?: string; responseCode?: number; message?: string };

/**
 * Hands letters to the SMTP server, over connections that are opened at the first letter and kept. Never throws: what the
 * server said is the answer. Without a server letters are kept as when it does not answer.
 */
export function createMailServer({
  smtpUrl,
  from,
}: {
  smtpUrl?: string;
  from: string;
}): (message: Message) => Promise<Delivery> {
  let opened: ReturnType<typeof open> | undefined;
  return async (message) => {
    if (smtpUrl === undefined) return { outcome: "unreachable", problem: "this function has no SMTP_URL" };
    try {
      opened ??= open(smtpUrl);
      await opened.sendMail({
        from,
        to: { name: "", address: message.to },
        subject: message.subject,
        text: message.text,
        html: message.html,
        // The same at every attempt, so that a reader's mail program can tell a repetition.
        messageId: `<${message.id}@${domainOf(from)}>`,
        headers: {
          "Auto-Submitted": "auto-generated",
          "Content-Language": message.language,
          "X-Hikae-Tenant": message.tenant,
          "X-Hikae-Template": message.template,
        },
        signal: AbortSignal.timeout(patienceMilliseconds.whole),
      });
      return { outcome: "sent" };
    } catch (error) {
      return deliveryOf(error as SmtpError);
    }
  };
}

function open(url: string) {
  return createTransport({
    url,
    pool: true,
    connectionTimeout: patienceMilliseconds.connect,
    greetingTimeout: patienceMilliseconds.greeting,
    socketTimeout: patienceMilliseconds.silence,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/**
 * What an error means for the letter. Only a refusal of this recipient or of this content is for good: a sender or a
 * login that is refused is a fault of the configuration, which somebody will mend.
 */
function deliveryOf({ code, command, responseCode, message }: SmtpError): Delivery {
  const problem = message ?? String(code);
  if (responseCode === undefined || code === "EAUTH") return { outcome: "unreachable", problem };
  const concernsLetter = command === "RCPT TO" || command === "DATA";
  if (responseCode >= 500 && concernsLetter) return { outcome: "refused", problem };
  return { outcome: concernsLetter ? "postponed" : "unreachable", problem };
}

function domainOf(address: string): string {
  return /@([A-Za-z0-9.-]+)/.exec(address)?.[1] ?? "hikae.invalid";
}
