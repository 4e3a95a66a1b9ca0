import { type DeadLettersApp, recordDeadLetter as record } from "../shared/domain/dead-letters.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import { documentNamed } from "../shared/stores/document-event.ts";

/** Keeps what could not be handled where operators see it and can send it again (R39); safe to repeat. */
export const recordDeadLetter: Handler<DeadLettersApp> = {
  type: "message",
  run: (app, message) => record(app, message, documentNamed),
};
