import type { Handler } from "../shared/runtime/triggers.ts";

/** Writes the primary's heartbeat, which travels like any other change (R9); safe to repeat. */
export const heartbeat: Handler<{ beat(): Promise<void> }> = {
  type: "schedule",
  run: async (app) => {
    await app.beat();
    return { outcome: "beat" };
  },
};
