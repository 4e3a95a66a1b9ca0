import type { Cloud } from "./cloud.ts";
import { enrolTenant } from "./enrol.ts";
import { openFaults } from "./faults.ts";
import { countDeadLetters } from "./invariants.ts";
import { performers } from "./perform.ts";
import { planOf, type StepName } from "./plan.ts";
import { randomOf } from "./random.ts";
import type { Scene } from "./scene.ts";
import { newWorld, Violation, type World } from "./world.ts";

/** What came of a seed; with a violation, at which step, and both sides of what differs. */
export type Outcome = {
  seed: number;
  steps: number;
  seconds: number;
  counts: Partial<Record<StepName, number>>;
  documents: number;
  recordings: number;
  violation?: { step: number; name: StepName | "enrol"; invariant: string; expected: unknown; found: unknown };
};

const tenants = 3;

/** Who is told of each step, and may give up between two. */
type Watched = { told?: (line: string) => void; signal?: AbortSignal };

/** Plays a seed's plan on new tenants of a running local cloud; faults are gone afterwards, whatever came of it. */
export async function play(cloud: Cloud, seed: number, length: number, watched: Watched = {}): Promise<Outcome> {
  const started = performance.now();
  const plan = planOf(seed, tenants, length);
  const world = newWorld(seed, await countDeadLetters(cloud));
  const faults = openFaults();
  const counts: Outcome["counts"] = {};
  let played = 0;
  const outcome = (): Outcome => ({
    ...{ seed, steps: played, seconds: Math.round((performance.now() - started) / 100) / 10, counts },
    documents: world.tenants.reduce((sum, { primary }) => sum + primary.size, 0),
    recordings: world.tenants.reduce((sum, { recordings }) => sum + recordings.length, 0),
  });
  try {
    await cloud.stack.clearMails();
    world.tenants = await Promise.all(Array.from({ length: tenants }, () => enrolTenant(cloud)));
    for (const step of plan) {
      if (watched.signal?.aborted) break;
      const tenant = world.tenants[step.tenant];
      if (!tenant) throw new RangeError(`there is no tenant ${step.tenant}`);
      const begun = performance.now();
      const scene: Scene = { cloud, world, tenant, random: randomOf(step.seed), faults };
      await performers[step.name](scene);
      played++;
      counts[step.name] = (counts[step.name] ?? 0) + 1;
      watched.told?.(`${played} ${step.name} ${tenant.id}: ${Math.round(performance.now() - begun)} ms`);
    }
    return outcome();
  } catch (error) {
    const { invariant, expected, found } =
      error instanceof Violation ? error : { invariant: "no step fails", expected: "no error", found: String(error) };
    const name = world.tenants.length < tenants ? "enrol" : (plan[played]?.name ?? "quiet");
    return { ...outcome(), violation: { step: played + 1, name, invariant, expected, found } };
  } finally {
    await calmDown(cloud, world, faults);
  }
}

/** Leaves nothing of a seed to the next. */
async function calmDown({ stack }: Cloud, { lost }: World, faults: ReturnType<typeof openFaults>): Promise<void> {
  await faults.ended().catch(() => undefined);
  if (lost) await stack.restart(lost);
  await Promise.all([
    ...(["primary", "secondary"] as const).map((site) => stack.clearFaults(site)),
    stack.storage.clearFaults(),
    stack.clearMailFaults(),
  ]);
}
