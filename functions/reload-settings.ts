import type { Standbys } from "../shared/domain/ports.ts";
import { type ReloadApp, reloadAll } from "../shared/domain/reload.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Tells the secondary's telephony to reload the settings of every syncing tenant (R14); safe to repeat. */
export const reloadSettings: Handler<ReloadApp & { standbys: Standbys; now(): Date }> = {
  type: "schedule",
  run: (app, event) => reloadAll(app, event.scheduleTime),
};
