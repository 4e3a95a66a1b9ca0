import { attendDestinations, callForDue, type SweepApp } from "../shared/domain/backup/sweep.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Takes up what is due of recording backup, each minute (R33, R39, R40). Safe to repeat. */
export const sweepBackups: Handler<SweepApp> = {
  type: "schedule",
  async run(app) {
    const destinations = await attendDestinations(app);
    return { outcome: "swept", due: await callForDue(app), ...destinations };
  },
};
