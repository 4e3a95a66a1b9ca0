import type { QueryDocumentSnapshot } from "@google-cloud/firestore";
import { sites } from "../../shared/domain/sites.ts";
import { type Cloud, configurationIn, contentOf, standbyOf } from "./cloud.ts";
import { mailsExpected, mailsOnce } from "./mails.ts";
import { recordingsKept } from "./recordings.ts";
import {
  type Content,
  contentOfCounts,
  countUp,
  differences,
  type TenantModel,
  Violation,
  type World,
} from "./world.ts";

type Disagreement = { expected: unknown; found: unknown } | undefined;

/** What must hold of each tenant at every quiet point; each gives both sides of what does not. */
const invariants: Record<string, (cloud: Cloud, tenant: TenantModel, world: World) => Promise<Disagreement>> = {
  "the tenant is in the state that its people brought it to (R10, R11)": async (cloud, tenant) => {
    const { state, stop } = await standbyOf(cloud, tenant.id);
    return state === tenant.mode ? undefined : { expected: tenant.mode, found: { state, stop } };
  },
  "the fence never sinks (R6)": async (cloud, tenant) => {
    const { number } = (await standbyOf(cloud, tenant.id)).fence;
    return number >= tenant.fence ? undefined : { expected: `at least ${tenant.fence}`, found: number };
  },
  "the primary holds what was written there, and what was promoted (R4, R25)": async (cloud, tenant) =>
    differences(tenant.primary, configurationIn(await contentOf(cloud, "primary", tenant.id))),
  "the secondary equals the primary while syncing (R4, R5, R8)": async (cloud, tenant) => {
    if (tenant.mode !== "syncing") return undefined;
    const [primary, secondary] = await Promise.all(sites.map((site) => contentOf(cloud, site, tenant.id)));
    return differences(primary as Content, secondary as Content);
  },
  "nothing is left of a ledger's deleted documents, and nothing is without an entry (R7)": async (cloud, tenant) => {
    if (tenant.mode !== "syncing") return undefined;
    const ledger = await cloud.databases.secondary.collection(`standbys/${tenant.id}/ledger`).get();
    const living = ledger.docs.filter(
      (entry) => entry.get("deleted") !== true && entry.get("kind") !== "ipAccessRules",
    );
    const listed: Content = new Map(living.map((entry) => [String(entry.get("path")), String(entry.get("hash"))]));
    return differences(await contentOf(cloud, "secondary", tenant.id), listed);
  },
  "the secondary is unchanged by the mirror while it is fenced (R6)": async (cloud, tenant) => {
    if (!tenant.fenced) return undefined;
    return differences(tenant.fenced, configurationIn(await contentOf(cloud, "secondary", tenant.id)));
  },
  "what was edited on the secondary is noted (R10, R10b)": async (cloud, tenant) => {
    if (tenant.mode === "syncing" || tenant.editsMayBeMissed) return undefined;
    const found = await cloud.databases.secondary.collection(`standbys/${tenant.id}/edits`).get();
    const noted = new Set(found.docs.map((edit) => edit.get("path") as string));
    const missing = [...tenant.edited].filter((path) => !noted.has(path) && differs(tenant, path));
    return missing.length === 0 ? undefined : { expected: missing, found: [...noted] };
  },
  "every recording of an ended call is stored once, as it was, or has the reason that it must have (R36-R39)":
    recordingsKept,
  "no mail comes twice, none that was written is lost (R48)": mailsOnce,
  "every change of state is told by mail, once (R10, R18, R24, R26, R48)": mailsExpected,
  "every act stands in the audit log, once (R30)": async (cloud, tenant) => {
    const log = await cloud.databases.secondary.collection(`standbys/${tenant.id}/audit`).get();
    const found = new Map<string, number>();
    for (const entry of log.docs) countUp(found, entry.get("act") as string);
    return differences(contentOfCounts(tenant.audited), contentOfCounts(found));
  },
  "no operation is stuck or has failed (R18)": async (cloud, tenant) => {
    const all = await cloud.databases.secondary.collection("operations").where("tenant", "==", tenant.id).get();
    const bad = all.docs.filter(
      (each) =>
        each.get("open") || (each.get("state") === "failed" && !tenant.refused.has(each.id) && !isOvertaken(each)),
    );
    const found = bad.map((each) => ({ type: each.get("type"), state: each.get("state"), error: each.get("error") }));
    return bad.length === 0 ? undefined : { expected: "all ended well", found };
  },
  "everybody is told the same site in charge (R31)": async ({ stack, databases }, tenant) => {
    const expected = tenant.mode === "active" ? "secondary" : "primary";
    const asked = sites.map(async (site) => {
      const answer = await fetch(`${stack.description.sites[site].api}/v1/tenants/${tenant.id}/endpoint`);
      return [site, ((await answer.json()) as { site?: string }).site ?? answer.status];
    });
    const announced = (await databases.secondary.doc(`endpoints/${tenant.id}`).get()).get("site") as unknown;
    const found = { ...Object.fromEntries(await Promise.all(asked)), announced };
    return Object.values(found).every((site) => site === expected) ? undefined : { expected, found };
  },
  "guidance is the same on both sites while syncing (R12)": async (cloud, tenant) => {
    if (tenant.mode !== "syncing" || tenant.guidance.size === 0) return undefined;
    const bucket = cloud.storage.bucket(cloud.stack.description.sites.secondary.guidanceBucket);
    const [files] = await bucket.getFiles({ prefix: `${tenant.id}/` });
    const found: Content = new Map();
    for (const file of files) found.set(file.name, (await file.download())[0].toString());
    return differences(tenant.guidance, found);
  },
};

/** @throws Violation of the first that does not hold. */
export async function checkInvariants(cloud: Cloud, world: World): Promise<void> {
  for (const tenant of world.tenants) {
    for (const [name, check] of Object.entries(invariants)) {
      const disagreement = await check(cloud, tenant, world);
      if (disagreement) throw new Violation(`${name}, ${tenant.id}`, disagreement.expected, disagreement.found);
    }
  }
  await requireNoDeadLetter(cloud, world);
}

/** Those of no tenant count too: what nobody could read names none. */
async function requireNoDeadLetter(cloud: Cloud, { deadLetters }: World): Promise<void> {
  if ((await countDeadLetters(cloud)) === deadLetters) return;
  const { docs } = await cloud.databases.secondary.collection("deadLetters").get();
  const found = docs.map((letter) => ({ ...letter.data(), body: "…" }));
  throw new Violation("nothing became a dead letter (R39)", `${deadLetters} as before`, found);
}

export async function countDeadLetters({ databases }: Cloud): Promise<number> {
  return (await databases.secondary.collection("deadLetters").count().get()).data().count;
}

/** The hourly comparison of a tenant that was stopped or activated meanwhile has nothing to do any more. */
function isOvertaken(operation: QueryDocumentSnapshot): boolean {
  const [type, by, code] = ["type", "createdBy.type", "error.code"].map((field) => operation.get(field));
  return type === "reconcile" && by === "hikae" && code === "conflict";
}

/** Whether the document is not as the mirror had brought it: one that was put back is no edit any more. */
function differs({ base, fenced }: TenantModel, path: string): boolean {
  return fenced?.get(path) !== base?.get(path);
}
