import { Firestore } from "@google-cloud/firestore";
import { createApp } from "../../functions/app.ts";
import { failbackOperation } from "../../shared/domain/failback-tenant.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import { type DatabaseAddress, readConfig } from "../../shared/runtime/config.ts";
import { kinds } from "./documents.ts";
import { copyAll } from "./peers/batch-copy.ts";

/**
 * What one fail back reports to who started its process, on one line of JSON. `listing`: how long after it the names of
 * both sites take alone, without which nobody knows what differs.
 */
export type FailbackReport = { milliseconds: number; listing: number; documents: number; memory: number };

// biome-ignore lint/style/noProcessEnv: a program of its own, started with a function's environment
const config = readConfig(process.env);

/** The two ways to have the primary overwrite the secondary. */
const ways: Record<string, () => (tenant: string) => Promise<{ documents: number }>> = {
  us: () => {
    // No telephony is there to be told; everything else is the function's own.
    const app = { ...createApp(config), publish: async () => undefined };
    return async (tenant) => {
      const at = new Date();
      const by = { type: "user", id: "operator@example.com" } as const;
      const operation: Operation = {
        id: `${tenant}-${at.getTime()}`,
        type: "failback",
        tenant,
        state: "running",
        open: true,
        input: { promote: [] },
        progress: { done: 0 },
        attempts: 1,
        createdBy: by,
        createdAt: at,
        updatedAt: at,
      };
      const end = await failbackOperation.run(app, operation, async () => "continue");
      return { documents: end.done ? Number(end.result.documents) : 0 };
    };
  },
  peer: () => {
    const open = ({ projectId, databaseId, emulator = "" }: DatabaseAddress) =>
      new Firestore({ projectId, databaseId, host: emulator, ssl: false, preferRest: false, useBigInt: true });
    const [primary, secondary] = [open(config.databases.primary), open(config.databases.secondary)];
    const collections = (tenant: string) => kinds.map((kind) => `tenants/${tenant}/${kind}`);
    return (tenant) => copyAll(primary, secondary, collections(tenant));
  },
};

async function listBoth(tenant: string): Promise<number> {
  const app = createApp(config);
  const list = async (site: "primary" | "secondary") => {
    for await (const _ of app.list(site, tenant));
  };
  const started = performance.now();
  await Promise.all([list("primary"), list("secondary")]);
  return performance.now() - started;
}

/** Fails the warm-up tenants back, then the tenant that is measured. */
async function main(way: string, tenant: string, warmUp: readonly string[]): Promise<void> {
  const failBack = ways[way]?.();
  if (!failBack) throw new Error(`no way ${way}`);
  for (const other of warmUp) await failBack(other);
  const started = performance.now();
  const { documents } = await failBack(tenant);
  const milliseconds = performance.now() - started;
  const memory = process.resourceUsage().maxRSS / 1024;
  const listing = await listBoth(tenant);
  process.stdout.write(`${JSON.stringify({ milliseconds, listing, documents, memory } satisfies FailbackReport)}\n`);
  process.exit(0);
}

const [way = "", tenant = "", ...warmUp] = process.argv.slice(2);
await main(way, tenant, warmUp);
