import { type BackUpApp, backUpEntry } from "../shared/domain/backup/back-up.ts";
import { AppError } from "../shared/domain/errors.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import { backupCall } from "../shared/stores/backup-calls.ts";

/** Tries one entry of the ledger again (R39, R41, R42): safe to repeat and to do side by side. */
export const storeRecording: Handler<BackUpApp> = {
  type: "message",
  async run(app, { data }) {
    const call = backupCall.safeParse(data);
    if (!call.success) throw new AppError("invalid", "the message does not name an entry of a site's ledger");
    const { site, tenant, recordingId } = call.data;
    if (site !== app.site) return { tenant, outcome: "elsewhere" };
    return { tenant, outcome: await backUpEntry(app, { tenant, recordingId }), recording: recordingId };
  },
};
