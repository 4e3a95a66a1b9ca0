import { type MailApp, sweepOutbox as sweep } from "../shared/domain/send-mail.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** The next sweep comes a minute after this one; the last letters need some time to end. */
const sweepMilliseconds = 45_000;

/** Sends what is due in the outbox (R48), whatever became of its event; safe to repeat. */
export const sweepOutbox: Handler<MailApp> = {
  type: "schedule",
  run: (app) => sweep(app, new Date(app.now().getTime() + sweepMilliseconds)),
};
