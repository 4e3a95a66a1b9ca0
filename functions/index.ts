import { readConfig } from "../shared/runtime/config.ts";
import { serve } from "../shared/runtime/serve.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import { admin } from "./admin.ts";
import { type App, createApp } from "./app.ts";
import { guardStandby } from "./guard-standby.ts";
import { heartbeat } from "./heartbeat.ts";
import type { FunctionName } from "./manifest.ts";
import { mirrorConfig } from "./mirror-config.ts";
import { reconcile } from "./reconcile.ts";
import { runOperation } from "./run-operation.ts";
import { sweepOperations } from "./sweep-operations.ts";

/** The code of every function of the manifest. */
const handlers: Record<FunctionName, Handler<App>> = {
  admin,
  "mirror-config": mirrorConfig,
  "guard-standby": guardStandby,
  heartbeat,
  reconcile,
  "run-operation": runOperation,
  "sweep-operations": sweepOperations,
};

// biome-ignore lint/style/noProcessEnv: the one place where the environment is read
const app = createApp(readConfig(process.env));
serve(handlers, () => app, app.deadLetters);
