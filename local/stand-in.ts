import type { Plan } from "./plan.ts";

/** What a process of the local cloud tells the one that started it. */
export type StandInReport = { ready: true } | { ready: false; fault: string };

/**
 * Runs this process as one part of the local cloud: `start` gets the plan, and resolves when the part accepts
 * connections. The process ends with the one that started it.
 */
export function runStandIn(start: (plan: Plan) => Promise<void>): void {
  process.on("disconnect", () => process.exit(0));
  process.once("message", (plan: Plan) => void report(start(plan)));
}

/** Tells the process that started this one when it is ready, or why it is not. */
export async function report(started: Promise<void>): Promise<void> {
  const tell = (message: StandInReport) => process.send?.(message);
  await started.then(
    () => tell({ ready: true }),
    (error: unknown) => tell({ ready: false, fault: error instanceof Error ? error.message : String(error) }),
  );
}
