import { readEvent } from "../shared/domain/events.ts";
import { recordSoftphones as record, type Softphones } from "../shared/domain/softphones.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Records which site softphones use (R21); for each the newest report counts, however often and late they come. */
export const recordSoftphones: Handler<{ softphones: Softphones; now(): Date }> = {
  type: "message",
  async run(app, event) {
    const reports = readEvent("softphoneReports", event.data);
    return { tenant: reports.tenantId, ...(await record(app, reports)) };
  },
};
