import { readEvent } from "../shared/domain/events.ts";
import { type Reloads, recordReloadAck as record } from "../shared/domain/reload.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Records what the telephony says of a reload (R14); repeats, delay and disorder do no harm. */
export const recordReloadAck: Handler<{ reloads: Reloads }> = {
  type: "message",
  async run(app, event) {
    const ack = readEvent("reloadAck", event.data);
    return { outcome: await record(app, ack), tenant: ack.tenantId, kind: ack.kind, reload: ack.outcome };
  },
};
