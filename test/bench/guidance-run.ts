import { createApp } from "../../functions/app.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import { syncGuidance } from "../../shared/domain/sync-guidance.ts";
import { readConfig } from "../../shared/runtime/config.ts";

/** What one sync of guidance reports to who started its process, on one line of JSON. */
export type GuidanceRunReport = { milliseconds: number; copied: number; deleted: number; memory: number };

/** Syncs the warm-up tenants, then the tenant that is measured, as the function does. */
async function main(tenant: string, warmUp: readonly string[]): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: a program of its own, started with a function's environment
  const app = createApp(readConfig(process.env));
  const sync = async (of: string) => {
    const standby = (await app.standbys.read(of)) as Standby;
    const report = await syncGuidance(app, standby, new Date(Date.now() + 200_000));
    if (report === "fenced" || report.failed + report.skipped > 0 || report.reason)
      throw new Error(JSON.stringify(report));
    return report;
  };
  for (const other of warmUp) await sync(other);
  const started = performance.now();
  const { copied, deleted } = await sync(tenant);
  const milliseconds = performance.now() - started;
  const memory = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ milliseconds, copied, deleted, memory } satisfies GuidanceRunReport)}\n`);
  process.exit(0);
}

const [tenant = "", ...warmUp] = process.argv.slice(2);
await main(tenant, warmUp);
