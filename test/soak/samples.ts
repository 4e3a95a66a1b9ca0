import { readdirSync, readFileSync } from "node:fs";
import { type FunctionName, manifest } from "../../functions/manifest.ts";
import { sites } from "../../shared/domain/sites.ts";
import { percentile } from "../bench/race.ts";
import type { FuzzTenant, World } from "../fuzz/world.ts";
import type { Delays } from "./load.ts";

/** Figures at one time, by name; `processes` is which process each function was. */
export type Sample = { atHours: number; figures: Record<string, number>; processes: Record<string, number> };

const names = Object.keys(manifest) as FunctionName[];

/** Everything that must stay flat, now. */
export async function sample(
  world: World,
  tenants: readonly FuzzTenant[],
  atHours: number,
  delays: Delays,
): Promise<Sample> {
  const [processes, backlogs] = await Promise.all([world.processes(names), backlogsOf(world, tenants)]);
  const figures: Record<string, number> = { ...backlogs };
  for (const [name, values] of Object.entries(delays)) {
    if (values.length === 0) continue;
    figures[`${name} p50 ms`] = percentile(values, 0.5);
    figures[`${name} p99 ms`] = percentile(values, 0.99);
    figures[`${name} count`] = values.length;
  }
  for (const [name, pid] of Object.entries(processes)) {
    const use = useOf(pid);
    if (!use) continue;
    figures[`${name} MiB`] = use.mebibytes;
    figures[`${name} handles`] = use.handles;
    figures["all MiB"] = (figures["all MiB"] ?? 0) + use.mebibytes;
    figures["all handles"] = (figures["all handles"] ?? 0) + use.handles;
  }
  return { atHours, figures, processes };
}

/** What a process holds; undefined when it has ended. */
function useOf(pid: number): { mebibytes: number; handles: number } | undefined {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return { mebibytes: Number(kibibytes) / 1024, handles: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}

/** What waits to be done. */
async function backlogsOf({ databases }: World, tenants: readonly FuzzTenant[]): Promise<Record<string, number>> {
  const { secondary, primary } = databases;
  const waiting = ["pending", "waiting"];
  const counts = {
    "operations open": [secondary.collection("operations").where("open", "==", true)],
    "outbox waiting": sites.map((site) =>
      databases[site].collection("outbox").where("state", "in", ["pending", "sending"]),
    ),
    "recordings waiting": tenants.map(({ tenant }) =>
      primary.collection(`tenants/${tenant}/recordingBackups`).where("state", "in", waiting),
    ),
    "dead letters": [secondary.collection("deadLetters")],
  };
  const counted = Object.entries(counts).map(async ([name, queries]) => {
    const found = await Promise.all(queries.map(async (query) => (await query.count().get()).data().count));
    return [name, found.reduce((sum, count) => sum + count, 0)] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}
