import { type GuardApp, guardChange } from "../shared/domain/guard-change.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import { decodeDocumentEvent } from "../shared/stores/document-event.ts";

/** Judges one write on the secondary, and stops the tenant's sync when it was not Hikae's own; safe to repeat. */
export const guardStandby: Handler<GuardApp> = {
  type: "document",
  run: (app, event) => {
    const type = event.authType === "service_account" ? "service" : event.authId ? "user" : "unknown";
    const by = { type, id: event.authId ?? "unknown" } as const;
    return guardChange(app, { ...decodeDocumentEvent(event.body), by });
  },
};
