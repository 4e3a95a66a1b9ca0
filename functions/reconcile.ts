import type { EnrolApp } from "../shared/domain/enrol-missing.ts";
import type { RecoveryApp } from "../shared/domain/recovery.ts";
import { reconcileAll } from "../shared/domain/recovery.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/**
 * Starts the reconciliation of every syncing tenant, and enrols those that were missed (R8); one firing, however often
 * delivered, starts each once.
 */
export const reconcile: Handler<RecoveryApp & EnrolApp> = {
  type: "schedule",
  run: (app, event) => reconcileAll(app, event.scheduleTime),
};
