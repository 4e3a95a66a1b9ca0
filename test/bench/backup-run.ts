import { randomUUID } from "node:crypto";
import { createApp } from "../../functions/app.ts";
import { filterOfRun, runType } from "../../shared/domain/backup/run.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import { operationTypes } from "../../shared/domain/operation-types.ts";
import { runSlice } from "../../shared/domain/run-operation.ts";
import { readConfig } from "../../shared/runtime/config.ts";

/**
 * What one run reports to who started its process, on one line of JSON. `listing`: how long after it the history's ids and
 * times take alone, without which nobody knows what is missing.
 */
export type BackupRunReport = { milliseconds: number; listing: number; memory: number; result: Record<string, number> };

/** Backs up the warm-up tenants' recordings now, then those of the tenant that is measured, as the function does. */
async function main(tenant: string, warmUp: readonly string[]): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: a program of its own, started with a function's environment
  const app = createApp(readConfig(process.env));
  const quiet = { ...app, operationStore: { ...app.operationStore, publish: async () => undefined } };
  const backUp = async (of: string) => {
    const operation = operationOf(of);
    await app.operationStore.change(operation.id, () => ({ next: operation, outcome: undefined }));
    const started = performance.now();
    while ((await runSlice(quiet, operationTypes, operation.id, randomUUID())) === "continued");
    const milliseconds = performance.now() - started;
    const { result } = (await app.operations.read(operation.id)) ?? {};
    if (!result) throw new Error(`the run of ${of} did not end`);
    return { milliseconds, result: result as Record<string, number> };
  };
  for (const other of warmUp) await backUp(other);
  const { milliseconds, result } = await backUp(tenant);
  const memory = process.resourceUsage().maxRSS / 1024;
  const started = performance.now();
  for await (const _ of app.backups.secondary.inventory.past(tenant, filterOfRun(operationOf(tenant))));
  const listing = performance.now() - started;
  process.stdout.write(`${JSON.stringify({ milliseconds, listing, memory, result } satisfies BackupRunReport)}\n`);
  process.exit(0);
}

function operationOf(tenant: string): Operation {
  const at = new Date();
  return {
    ...{ id: randomUUID(), type: runType, tenant, state: "queued", open: true },
    input: { site: "secondary", scope: { all: true } },
    ...{ progress: { done: 0 }, attempts: 0, createdBy: { type: "hikae", id: "bench" }, createdAt: at, updatedAt: at },
  };
}

const [tenant = "", ...warmUp] = process.argv.slice(2);
await main(tenant, warmUp);
