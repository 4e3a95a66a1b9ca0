import { type ActivateManyApp, activateManyOperation } from "./activate-many.ts";
import { type ActivationApp, activateOperation } from "./activate-tenant.ts";
import { backUpNowOperation } from "./backup/run.ts";
import type { RunApp } from "./backup/run-portion.ts";
import { verifyBackupsOperation } from "./backup/verify.ts";
import type { VerifyApp } from "./backup/verify-bucket.ts";
import { type ExportApp, exportOperation } from "./export.ts";
import { type FailbackApp, failbackOperation } from "./failback-tenant.ts";
import { type PurgeApp, purgeOperation } from "./purge-tenant.ts";
import { type RecoveryOperationApp, reconcileOperation, resyncOperation } from "./recovery.ts";
import type { OperationType } from "./run-operation.ts";

/** What all long jobs together need. */
export type OperationApp = RecoveryOperationApp &
  ActivationApp &
  ActivateManyApp &
  FailbackApp &
  PurgeApp &
  ExportApp &
  RunApp &
  VerifyApp;

/** Every type of long job, by the name that its records carry. */
export const operationTypes: Record<string, OperationType<OperationApp>> = {
  activate: activateOperation,
  "activate-many": activateManyOperation,
  reconcile: reconcileOperation,
  resync: resyncOperation,
  failback: failbackOperation,
  purge: purgeOperation,
  export: exportOperation,
  "back-up-now": backUpNowOperation,
  "verify-backups": verifyBackupsOperation,
};
