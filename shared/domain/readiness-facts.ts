import { notFound } from "./access.ts";
import { AppError, type FieldFault } from "./errors.ts";
import type { TenantNumber } from "./numbers.ts";
import { callerFault, type StoredPlan } from "./plan.ts";
import type { Standbys } from "./ports.ts";
import type { Standby } from "./standby.ts";
import type { Syncs } from "./syncs.ts";
import type { TenantProfile } from "./tenant.ts";
import type { FoundNumber, TenantData } from "./tenant-data.ts";

/** What readiness asks: the secondary, and whether the primary answers. */
export type ReadinessApp = {
  standbys: Standbys;
  syncs: Pick<Syncs, "read">;
  tenantData: Record<"secondary", TenantData>;
  secondaryDirectory: { tenant(id: string): Promise<TenantProfile | undefined> };
  /** False when the primary does not answer within a moment. */
  primaryAnswers(): Promise<boolean>;
  now(): Date;
};

/** What is found quickly, whatever the tenant's size, from the secondary alone. */
export type StandingFacts = {
  now: Date;
  standby?: Standby;
  /** The secondary's own profile of the tenant, or what is wrong with it. */
  profile?: TenantProfile;
  profileFaults?: readonly FieldFault[];
  lastHeartbeat?: Date;
  syncs: Awaited<ReturnType<Syncs["read"]>>;
  plan?: StoredPlan;
  /** The plan's default caller number, if the tenant has it. */
  defaultNumber?: TenantNumber;
  unknownKinds: string[];
};

/** So many of them, and a few as examples. */
export type Count = { count: number; examples: string[] };

/** All facts; gathering them takes longer the larger the tenant is. */
export type ReadinessFacts = StandingFacts & {
  primaryAnswers: boolean;
  numbers: FoundNumber[];
  centres: { path: string; name: string }[];
  settings: Record<string, Record<string, unknown>>;
  twoFactor: { required: boolean; users: number; enrolled: number };
  phones: {
    total: number;
    /** Phones that show a number which does not work on the secondary, and have no other in the plan. */
    withoutReplacement: Count;
    /** Phones of the plan that are not there. */
    gone: Count;
  };
};

const mostExamples = 5;

/** Notes one more; only the first few stay as examples. */
export function counted({ count, examples }: Count, example: string): Count {
  return { count: count + 1, examples: count < mostExamples ? [...examples, example] : examples };
}
export const none: Count = { count: 0, examples: [] };

/** @throws AppError `unavailable` when the secondary does not answer. */
export async function gatherStanding(
  app: Omit<ReadinessApp, "primaryAnswers">,
  tenant: string,
): Promise<StandingFacts> {
  const data = app.tenantData.secondary;
  const [standby, profile, lastHeartbeat, syncs, stored, unknownKinds] = await Promise.all([
    app.standbys.read(tenant),
    readProfile(app, tenant),
    app.standbys.lastHeartbeat(),
    app.syncs.read(tenant),
    data.plan(tenant),
    app.standbys.unknownKinds(tenant),
  ]);
  const asked = stored?.plan?.defaultCallerNumber;
  const defaultNumber = asked ? (await data.findNumbers(tenant, [asked])).get(asked) : undefined;
  return {
    now: app.now(),
    ...(standby ? { standby } : {}),
    ...profile,
    ...(lastHeartbeat ? { lastHeartbeat } : {}),
    syncs,
    ...(stored ? { plan: stored } : {}),
    ...(defaultNumber ? { defaultNumber } : {}),
    unknownKinds,
  };
}

/** One that is not valid is something to be found: it must keep nobody from activating. */
async function readProfile(
  { secondaryDirectory }: Pick<ReadinessApp, "secondaryDirectory">,
  tenant: string,
): Promise<Pick<StandingFacts, "profile" | "profileFaults">> {
  try {
    const profile = await secondaryDirectory.tenant(tenant);
    return profile ? { profile } : {};
  } catch (error) {
    if (error instanceof AppError && error.code === "precondition-failed") return { profileFaults: error.fields };
    throw error;
  }
}

/** @throws AppError `not-found` for a tenant that the secondary does not know; `unavailable` when it does not answer. */
export async function gatherReadiness(app: ReadinessApp, tenant: string): Promise<ReadinessFacts> {
  const data = app.tenantData.secondary;
  const [standing, primaryAnswers, numbers, centres, settings, twoFactor] = await Promise.all([
    gatherStanding(app, tenant),
    app.primaryAnswers(),
    data.numbers(tenant),
    data.contactCentres(tenant),
    data.settings(tenant),
    data.twoFactor(tenant),
  ]);
  if (!standing.standby && !standing.profile && !standing.profileFaults) throw notFound();
  const phones = await countPhones(data, tenant, standing.plan, numbers);
  return { ...standing, primaryAnswers, numbers, centres, settings, twoFactor, phones };
}

async function countPhones(
  data: TenantData,
  tenant: string,
  stored: StoredPlan | undefined,
  numbers: FoundNumber[],
): Promise<ReadinessFacts["phones"]> {
  const usable = new Set(numbers.filter(({ number }) => !callerFault(number)).map(({ path }) => path));
  const planned = new Set(Object.keys(stored?.plan?.phones ?? {}));
  let total = 0;
  let withoutReplacement = none;
  for await (const { id, callerNumber } of data.everyPhone(tenant)) {
    total++;
    const replaced = planned.delete(id);
    // A phone without a number of its own shows the default one.
    if (replaced || callerNumber === null || usable.has(callerNumber)) continue;
    withoutReplacement = counted(withoutReplacement, id);
  }
  return { total, withoutReplacement, gone: [...planned].reduce(counted, none) };
}
