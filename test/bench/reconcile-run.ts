import { Firestore } from "@google-cloud/firestore";
import { createApp } from "../../functions/app.ts";
import { compareSites } from "../../shared/domain/reconcile.ts";
import { type Config, type DatabaseAddress, readConfig } from "../../shared/runtime/config.ts";
import { kinds } from "./documents.ts";
import { makeEqual } from "./peers/paged-comparison.ts";

/** What one reconciliation reports to who started its process, on one line of JSON. */
export type ReconcileReport = { milliseconds: number; documents: number; repaired: number; memory: number };

/** The two ways to make the sites equal; both answer what they found. */
const ways: Record<string, (config: Config) => (tenant: string) => Promise<{ documents: number; repaired: number }>> = {
  us: (config) => {
    const app = createApp(config);
    return async (tenant) => {
      const end = await compareSites(app, tenant, {}, { kinds: {} }, async () => "continue");
      const found = "kinds" in end ? Object.values(end.kinds) : [];
      const sum = (figure: "documents" | "repaired") => found.reduce((total, kind) => total + kind[figure], 0);
      return { documents: sum("documents"), repaired: sum("repaired") };
    };
  },
  peer: (config) => {
    const open = ({ projectId, databaseId, emulator = "" }: DatabaseAddress) =>
      new Firestore({ projectId, databaseId, host: emulator, ssl: false, preferRest: false, useBigInt: true });
    const [primary, secondary] = [open(config.databases.primary), open(config.databases.secondary)];
    const collections = (tenant: string) => kinds.map((kind) => `tenants/${tenant}/${kind}`);
    return (tenant) => makeEqual(primary, secondary, collections(tenant));
  },
};

/** Reconciles the warm-up tenants, then the tenant that is measured. */
async function main(way: string, tenant: string, warmUp: readonly string[]): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: a program of its own, started with a function's environment
  const reconcile = ways[way]?.(readConfig(process.env));
  if (!reconcile) throw new Error(`no way ${way}`);
  for (const other of warmUp) await reconcile(other);
  const started = performance.now();
  const found = await reconcile(tenant);
  const milliseconds = performance.now() - started;
  const memory = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ milliseconds, ...found, memory } satisfies ReconcileReport)}\n`);
  process.exit(0);
}

const [way = "", tenant = "", ...warmUp] = process.argv.slice(2);
await main(way, tenant, warmUp);
