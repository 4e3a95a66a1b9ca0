import { type NoticesApp, sendDueNotices } from "../shared/domain/backup/notices.ts";
import { probeWaitingBuckets } from "../shared/domain/backup/probe-buckets.ts";
import { attendDestinations, callForDue, measureBacklog, type SweepApp } from "../shared/domain/backup/sweep.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Takes up what is due of recording backup, each minute (R33, R39, R40). Safe to repeat. */
export const sweepBackups: Handler<SweepApp & NoticesApp> = {
  type: "schedule",
  async run(app) {
    const work = {
      destinations: attendDestinations(app),
      due: callForDue(app),
      permissions: probeWaitingBuckets(app),
      mails: sendDueNotices(app),
    };
    // What fails keeps none of the others from its end.
    await Promise.allSettled(Object.values(work));
    return {
      outcome: "swept",
      ...(await work.destinations),
      due: await work.due,
      permissions: await work.permissions,
      mails: await work.mails,
      ...(await measureBacklog(app)),
    };
  },
};
