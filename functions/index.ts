import { readConfig } from "../shared/runtime/config.ts";
import { serve } from "../shared/runtime/serve.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import { activate } from "./activate.ts";
import { admin } from "./admin.ts";
import { announceState } from "./announce-state.ts";
import { type App, createApp } from "./app.ts";
import { backupRecording } from "./backup-recording.ts";
import { expireRecords } from "./expire-records.ts";
import { failback } from "./failback.ts";
import { guardStandby } from "./guard-standby.ts";
import { heartbeat } from "./heartbeat.ts";
import type { FunctionName } from "./manifest.ts";
import { mirrorConfig } from "./mirror-config.ts";
import { purge } from "./purge.ts";
import { reconcile } from "./reconcile.ts";
import { recordDeadLetter } from "./record-dead-letter.ts";
import { recordReloadAck } from "./record-reload-ack.ts";
import { recordSoftphones } from "./record-softphones.ts";
import { reloadSettings } from "./reload-settings.ts";
import { runActivation } from "./run-activation.ts";
import { runOperation } from "./run-operation.ts";
import { sendMail } from "./send-mail.ts";
import { storeRecording } from "./store-recording.ts";
import { sweepBackups } from "./sweep-backups.ts";
import { sweepOperations } from "./sweep-operations.ts";
import { sweepOutbox } from "./sweep-outbox.ts";
import { syncRules } from "./sync-access-rules.ts";
import { syncGuidanceFiles } from "./sync-guidance.ts";

/** The code of every function of the manifest. */
const handlers: Record<FunctionName, Handler<App>> = {
  purge,
  activate,
  failback,
  admin,
  "mirror-config": mirrorConfig,
  "guard-standby": guardStandby,
  heartbeat,
  reconcile,
  "run-operation": runOperation,
  "run-activation": runActivation,
  "sweep-operations": sweepOperations,
  "expire-records": expireRecords,
  "sync-guidance": syncGuidanceFiles,
  "sync-access-rules": syncRules,
  "send-mail": sendMail,
  "sweep-outbox": sweepOutbox,
  "reload-settings": reloadSettings,
  "record-dead-letter": recordDeadLetter,
  "record-reload-ack": recordReloadAck,
  "record-softphones": recordSoftphones,
  "announce-state": announceState,
  "backup-recording": backupRecording,
  "store-recording": storeRecording,
  "sweep-backups": sweepBackups,
};

// biome-ignore lint/style/noProcessEnv: the one place where the environment is read
const config = readConfig(process.env);
const app = createApp(config);
serve(handlers, () => app, app, config.target);
