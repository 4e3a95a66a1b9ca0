import fc from "fast-check";
import type { Site } from "../../shared/domain/sites.ts";
import { faultsOf, mayHaveWritten, titleOf } from "./judge.ts";
import { hostileRequest, nearlyValidRequest, type Sent, shown, validRequest } from "./requests.ts";
import type { Operation } from "./schema.ts";
import { createSender } from "./send.ts";
import type { Known } from "./values.ts";
import { type FuzzTenant, type World, written } from "./world.ts";

/** The functions that serve the API. */
export const servers = ["admin", "activate", "failback", "purge"] as const;

/** What was found wrong with one operation, with the smallest request that shows it. */
export type Finding = { operation: string; faults: string[]; request?: string };

/** What a trial of the API acts upon: one tenant takes valid requests, the other only such as must change nothing. */
export type Stage = {
  world: World;
  site: Site;
  lively: FuzzTenant;
  quiet: FuzzTenant;
  /** The last operation of the lively tenant that each route started. */
  started: Record<string, string>;
};

/** The routes that tell of an operation which another route starts. */
const startedBy: Record<string, string> = {
  "GET /v1/tenants/{tenant}/dr/exports/{id}": "POST /v1/tenants/{tenant}/dr/export",
  "GET /v1/tenants/{tenant}/dr/drills/{id}": "POST /v1/tenants/{tenant}/dr/activate",
  "GET /v1/tenants/{tenant}/backup/verifications/{id}": "POST /v1/tenants/{tenant}/backup/verify",
};

export type Trial = { requests: number; statuses: Record<string, number>; findings: Finding[] };

/**
 * Sends so many requests to one operation, a third of them valid, the others nearly valid or hostile. The seed alone decides
 * what is sent. What is found is shrunk to its smallest form; that ends the operation's trial.
 */
export async function tryOperation(stage: Stage, operation: Operation, count: number, seed: number): Promise<Trial> {
  const trial: Trial = { requests: 0, statuses: {}, findings: [] };
  const third = Math.ceil(count / 3);
  const before = await stage.world.digest(stage.quiet.tenant);
  const { known } = stage.quiet;
  const wrong = fc.oneof(nearlyValidRequest(operation, known), hostileRequest(operation, known));
  const [acted] = await Promise.all([
    tryKind(stage, stage.quiet, operation, wrong, Math.max(1, count - third), seed, trial),
    tryKind(stage, stage.lively, operation, validRequest(operation, knownTo(stage, operation)), third, seed, trial),
  ]);
  if (acted) {
    // One of them was right after all, and did what it asked for: the tenant is not quiet any more.
    stage.quiet = await stage.world.newTenant();
    return trial;
  }
  const changed = written(before, await stage.world.digest(stage.quiet.tenant));
  if (changed.length > 0) {
    const faults = [`requests that were refused, or only read, wrote ${changed.join(", ")}`];
    trial.findings.push({ operation: titleOf(operation), faults });
  }
  return trial;
}

/** What a valid request may name. */
function knownTo({ lively, started }: Stage, operation: Operation): Known {
  const id = started[startedBy[titleOf(operation)] ?? ""];
  return id === undefined ? lively.known : { ...lively.known, id: [id] };
}

/** What is not tried in time is not tried at all, and must not pass for it. */
export function timeLimitOf(count: number): { interruptAfterTimeLimit: number; markInterruptAsFailure: true } {
  return { interruptAfterTimeLimit: 120_000 + 500 * count, markInterruptAsFailure: true };
}

export function notInTime(tried: number, count: number): string {
  return `only ${tried} of ${count} were tried in time`;
}

/** Whether one of the requests may have acted. */
async function tryKind(
  { world, site, started }: Stage,
  { emails }: FuzzTenant,
  operation: Operation,
  requests: fc.Arbitrary<Sent>,
  count: number,
  seed: number,
  trial: Trial,
): Promise<boolean> {
  const { send, close } = createSender(world.description.sites[site].api, async ({ caller }) =>
    caller === "nobody" ? undefined : world.token(emails[caller]),
  );
  let acted = false;
  const property = fc.asyncProperty(requests, async (sent) => {
    const answer = await send(sent);
    trial.requests += 1;
    trial.statuses[answer.status] = (trial.statuses[answer.status] ?? 0) + 1;
    acted ||= mayHaveWritten(sent, answer);
    if (answer.status === 202 && sent.kind === "valid") started[titleOf(operation)] = JSON.parse(answer.body).id;
    const faults = faultsOf(operation, sent, answer);
    if (faults.length > 0) throw new Error(faults.join("; "));
  });
  const details = await fc.check(property, { seed, numRuns: count, ...timeLimitOf(count) });
  close();
  if (details.failed && details.counterexample === null) {
    trial.findings.push({ operation: titleOf(operation), faults: [notInTime(details.numRuns, count)] });
  }
  if (details.failed && details.counterexample) {
    const [sent] = details.counterexample;
    const { errorInstance: error } = details;
    const faults = [error instanceof Error ? error.message : String(error)];
    trial.findings.push({ operation: titleOf(operation), faults, request: shown(sent) });
  }
  return acted;
}
