import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { type Cloud, configurationIn, contentOf, entriesOf, outboxOf, standbyOf } from "./cloud.ts";
import { type Content, differences, type TenantModel, Violation, type World } from "./world.ts";

type Disagreement = { expected: unknown; found: unknown } | undefined;

/** What must hold of each tenant at every quiet point; each gives both sides of what does not. */
const invariants: Record<string, (cloud: Cloud, tenant: TenantModel, world: World) => Promise<Disagreement>> = {
  "the tenant is in the state that its people brought it to (R10, R11)": async (cloud, tenant) => {
    const { state, stop } = await standbyOf(cloud, tenant.id);
    return state === tenant.mode ? undefined : { expected: tenant.mode, found: { state, stop } };
  },
  "the fence never sinks, and rises with each change of the writer (R6)": async (cloud, tenant) => {
    const { number } = (await standbyOf(cloud, tenant.id)).fence;
    const before = tenant.fence;
    tenant.fence = number;
    return number >= before ? undefined : { expected: `at least ${before}`, found: number };
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
  "what was edited on the secondary is noted (R10, R10b)": async (cloud, tenant, { dropped }) => {
    if (tenant.mode === "syncing" || dropped) return undefined;
    const found = await cloud.databases.secondary.collection(`standbys/${tenant.id}/edits`).get();
    const noted = new Set(found.docs.map((edit) => edit.get("path") as string));
    const missing = [...tenant.edited].filter((path) => !noted.has(path) && differs(tenant, path));
    return missing.length === 0 ? undefined : { expected: missing, found: [...noted] };
  },
  "every recording of an ended call is stored once, or has its reason (R36-R39)": recordingsKept,
  "no mail comes twice, none is lost (R48)": mailsOnce,
  "every act stands in the audit log, once (R30)": async (cloud, tenant) => {
    const log = await cloud.databases.secondary.collection(`standbys/${tenant.id}/audit`).get();
    const found = new Map<string, number>();
    for (const entry of log.docs) {
      const act = entry.get("act") as string;
      if (!act.startsWith("request-")) found.set(act, (found.get(act) ?? 0) + 1);
    }
    const counts = (acts: ReadonlyMap<string, number>): Content => new Map([...acts].map(([k, n]) => [k, String(n)]));
    return differences(counts(tenant.audited), counts(found));
  },
  "no operation is stuck or has failed (R18)": async (cloud, tenant) => {
    const all = await cloud.databases.secondary.collection("operations").where("tenant", "==", tenant.id).get();
    const bad = all.docs.filter(
      (each) => each.get("open") || (each.get("state") === "failed" && !tenant.refused.has(each.id)),
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
  "nothing of it became a dead letter (R39)": async (cloud, tenant) => {
    const letters = await cloud.databases.secondary.collection("deadLetters").where("tenant", "==", tenant.id).get();
    return letters.empty
      ? undefined
      : { expected: 0, found: letters.docs.map((letter) => ({ ...letter.data(), body: "…" })) };
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
}

/** Whether the document is not as the mirror had brought it: one that was put back is no edit any more. */
function differs({ base, fenced }: TenantModel, path: string): boolean {
  return fenced?.get(path) !== base?.get(path);
}

async function recordingsKept(cloud: Cloud, { id, bucket, recordings }: TenantModel): Promise<Disagreement> {
  const [files] = await cloud.storage.bucket(bucket).getFiles({ prefix: "call-recordings/" });
  const objects = new Map(
    files.filter(({ name }) => /\.(mp3|wav)$/.test(name)).map((file) => [file.name, file.metadata]),
  );
  for (const site of sites) {
    const entries = new Map((await entriesOf(cloud, site, id)).map((entry) => [entry.recordingId, entry]));
    for (const recording of recordings) {
      const entry = recording.site === site ? entries.get(recording.id) : undefined;
      if (recording.site !== site) continue;
      const problem = problemOf(entry, entry?.receipt && objects.get(entry.receipt.name));
      if (problem) return { expected: `${recording.id} is stored or explained`, found: { site, problem, entry } };
      if (entry?.receipt) objects.delete(entry.receipt.name);
    }
  }
  return objects.size === 0 ? undefined : { expected: "no object without a receipt", found: [...objects.keys()] };
}

type Stored = { size?: unknown; crc32c?: unknown; generation?: unknown };

function problemOf(entry: BackupEntry | undefined, object: Stored | undefined): string | undefined {
  if (!entry) return "not in the ledger";
  const { state, receipt, error, skipped } = entry;
  if (state === "skipped") return skipped ? undefined : "skipped without a reason";
  if (state !== "stored") return error ? undefined : `${state} without a reason`;
  if (!receipt || !object) return "stored, but not in the bucket";
  const same =
    Number(object.size) === receipt.bytes &&
    object.crc32c === receipt.crc32c &&
    String(object.generation) === receipt.generation;
  return same ? undefined : "its receipt is of another object";
}

async function mailsOnce(cloud: Cloud, { id }: TenantModel, { mailCut }: World): Promise<Disagreement> {
  const received = new Map<string, number>();
  for (const { messageId, to } of await cloud.stack.mails({ tenant: id })) {
    const key = `${/<([^@]*)@/.exec(messageId)?.[1]} ${to.join(",")}`;
    received.set(key, (received.get(key) ?? 0) + 1);
  }
  const twice = [...received].filter(([, times]) => times > 1);
  if (twice.length > 0 && !mailCut) return { expected: "each letter once", found: twice };
  const records = (await Promise.all(sites.map((site: Site) => outboxOf(cloud, site, id)))).flat();
  const letters = records.filter((record) => record.get("type") === "letter");
  const state = (record: (typeof letters)[number]) => record.get("state") as string;
  const told: Content = new Map(letters.map((each) => [`${each.id} ${each.get("recipient.address")}`, state(each)]));
  return differences(told, new Map([...received.keys()].map((key) => [key, "sent"])));
}
