import { activated, activationFailed, drillReport } from "./mail-templates/activation.ts";
import { recordingBackupsFailed, recordingBackupsWork } from "./mail-templates/backup.ts";
import { failbackFailed, failedBack, recoveryNotice, resumeRequested } from "./mail-templates/failback.ts";
import { guidanceRefused } from "./mail-templates/guidance.ts";
import { accessRulesRefused, purged } from "./mail-templates/records.ts";
import { syncStopped, tamper } from "./mail-templates/stops.ts";

/** Every kind of mail (R48). A new one is a row here: asking for it is checked by its schema's type, sending by the schema. */
export const mailTemplates = {
  tamper,
  syncStopped,
  activated,
  activationFailed,
  recoveryNotice,
  resumeRequested,
  failedBack,
  failbackFailed,
  purged,
  accessRulesRefused,
  guidanceRefused,
  drillReport,
  recordingBackupsFailed,
  recordingBackupsWork,
};

export type TemplateName = keyof typeof mailTemplates;
