import { type BackUpApp, backUpCall } from "../shared/domain/backup/back-up.ts";
import { recordBadEvent } from "../shared/domain/backup/bad-event.ts";
import { readEvent } from "../shared/domain/events.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Backs up the recordings of each ended call (R36–R39): safe to repeat, to reorder and to do side by side. */
export const backupRecording: Handler<BackUpApp> = {
  type: "message",
  async run(app, { data }) {
    const event = await read(app, data);
    const ends = await backUpCall(app, event);
    return {
      tenant: event.tenantId,
      outcome: [...new Set(ends)].sort().join(" ") || "nothing",
      recordings: ends.length,
    };
  },
};

/** An event that is not right shows in the ledger as far as it can be made out, and goes to the dead letters. */
async function read(app: BackUpApp, data: unknown) {
  try {
    return readEvent("callEnded", data);
  } catch (fault) {
    await recordBadEvent(app, data, fault);
    throw fault;
  }
}
