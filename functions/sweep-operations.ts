import { type AnnounceApp, announceMissed } from "../shared/domain/announce-state.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import type { OperationStore } from "../shared/stores/operations.ts";

/** A queued operation is normally taken up at once. */
const idleMilliseconds = 30_000;

/**
 * Calls the next slice of operations whose message was lost or whose slice died, and announces changes of state whose
 * event was lost (R31); safe to repeat.
 */
export const sweepOperations: Handler<AnnounceApp & { operations: OperationStore; now(): Date }> = {
  type: "schedule",
  run: async (app) => {
    const now = app.now().getTime();
    const stranded = await app.operations.stranded(new Date(now - idleMilliseconds));
    await Promise.all(stranded.map((operation) => app.operations.publish(operation)));
    const oldest = Math.min(now, ...stranded.map(({ since }) => since.getTime()));
    const oldestStrandedSeconds = Math.round((now - oldest) / 1000);
    return { outcome: "swept", stranded: stranded.length, oldestStrandedSeconds, announced: await announceMissed(app) };
  },
};
