import type { MailFilter, ReceivedMail } from "./inbox.ts";
import type { MailFault } from "./smtp.ts";

/** What tests and demos do to the mail server. All methods throw when it is not there. */
export type MailSwitches = {
  /** What was received, newest first. */
  mails(filter?: MailFilter): Promise<ReceivedMail[]>;
  /** Forgets what was received. */
  clearMails(filter?: MailFilter): Promise<void>;
  /** What befalls mails to an address, or all mails, from now on; replaces the fault of the same address. */
  mailFault(fault: MailFault): Promise<void>;
  /** Removes the fault of that address (`*` for the one of all mails), or every fault. */
  clearMailFaults(to?: string): Promise<void>;
};

/** The switches of the mail server whose inbox is there. */
export function mailSwitchesOf(inbox: string): MailSwitches {
  const call = async (method: string, path: string, query: object = {}, body?: unknown): Promise<unknown> => {
    const given = Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    const answer = await fetch(`${inbox}${path}?${new URLSearchParams(given)}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    mails: async (filter = {}) => (await call("GET", "/api/messages", filter)) as ReceivedMail[],
    clearMails: async (filter = {}) => void (await call("DELETE", "/api/messages", filter)),
    mailFault: async (fault) => void (await call("PUT", "/api/faults", {}, fault)),
    clearMailFaults: async (to) => void (await call("DELETE", "/api/faults", { to })),
  };
}
