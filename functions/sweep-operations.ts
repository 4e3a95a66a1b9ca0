import type { Handler } from "../shared/runtime/triggers.ts";
import type { OperationStore } from "../shared/stores/operations.ts";

/** A queued operation is normally taken up at once. */
const idleMilliseconds = 30_000;

/** Calls the next slice of operations whose message was lost or whose slice died; safe to repeat. */
export const sweepOperations: Handler<{ operations: OperationStore; now(): Date }> = {
  type: "schedule",
  run: async (app) => {
    const now = app.now().getTime();
    const stranded = await app.operations.stranded(new Date(now - idleMilliseconds));
    await Promise.all(stranded.map(({ id }) => app.operations.publish(id)));
    const oldest = Math.min(now, ...stranded.map(({ since }) => since.getTime()));
    return { outcome: "swept", stranded: stranded.length, oldestStrandedSeconds: Math.round((now - oldest) / 1000) };
  },
};
