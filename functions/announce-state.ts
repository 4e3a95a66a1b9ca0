import { type AnnounceApp, announceState as announce } from "../shared/domain/announce-state.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import { decodeDocumentEvent } from "../shared/stores/document-event.ts";
import { decodeStandby } from "../shared/stores/endpoints.ts";

/** Tells the world which site is in charge of a tenant (R31), from the stand-by's own change events; safe to repeat. */
export const announceState: Handler<AnnounceApp> = {
  type: "document",
  async run(app, event) {
    const states = decodeDocumentEvent(event.body);
    const before = states.before && decodeStandby(states.before);
    const after = states.after && decodeStandby(states.after);
    const tenant = (after ?? before)?.tenant ?? "";
    const stop = after?.state === "stopped" ? { stop: after.stop } : {};
    const told = after ? { state: after.state, fence: after.fence, ...stop } : {};
    return { outcome: await announce(app, before, after), tenant, ...told };
  },
};
