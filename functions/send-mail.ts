import { sendMail as carryForward, type MailApp } from "../shared/domain/send-mail.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import { decodeDocumentEvent } from "../shared/stores/document-event.ts";

/** Carries one new record of the outbox forward (R48): safe to repeat and to reorder, for the record is the truth. */
export const sendMail: Handler<MailApp> = {
  type: "document",
  run: async (app, event) => {
    const name = decodeDocumentEvent(event.body).after?.name;
    const id = name?.slice(name.lastIndexOf("/") + 1);
    return id ? carryForward(app, id) : { outcome: "empty" };
  },
};
