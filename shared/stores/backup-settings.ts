import { DocumentReference, type DocumentSnapshot, type Firestore, type Query } from "@google-cloud/firestore";
import type { BackupBucket, BackupSettings, Place } from "../domain/backup/buckets.ts";
import type { Unit } from "../domain/backup/entry.ts";
import { type BackupSetting, companyLevel, officeLevel, unitLevel } from "../domain/backup/settings.ts";
import type { Site } from "../domain/sites.ts";
import { unitKinds } from "./backup-facts.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";
import { requireInCharge } from "./in-charge.ts";

/** Firestore takes 500 writes in a commit. */
const mostWanting = 400;
/** More offices, centres or teams are listed by nobody at once. */
const mostListed = 2000;

/** The mirrored kinds `backupSettings` and `backupBuckets` of tenants, in the database of that site. */
export function createBackupSettings(firestore: Firestore, site: Site): BackupSettings {
  const kind = (tenant: string, name: string) => firestore.collection(`tenants/${tenant}/${name}`);
  const levels = (tenant: string) => kind(tenant, "backupSettings");
  const buckets = (tenant: string) => kind(tenant, "backupBuckets");

  async function placeAt(path: string): Promise<Place | undefined> {
    const found = await firestore.doc(path).get();
    return found.exists ? placeOf(found) : undefined;
  }

  return {
    levels: (tenant, office, unit) =>
      answered(async () => {
        const ids = { company: companyLevel, ...(office === undefined ? {} : { office: officeLevel(office) }) };
        const wanted = Object.entries({ ...ids, ...(unit ? { unit: unitLevel(unit) } : {}) });
        const found = await firestore.getAll(...wanted.map(([, id]) => levels(tenant).doc(id)));
        return Object.fromEntries(
          wanted.flatMap(([name], index) => {
            const setting = recordOf<BackupSetting>(found[index]);
            return setting ? [[name, setting]] : [];
          }),
        );
      }),
    all: (tenant) =>
      answered(async () =>
        settingsOf(
          await levels(tenant)
            .limit(3 * mostListed)
            .get(),
        ),
      ),
    change: (tenant, level, bucket, decide) =>
      optimistically(firestore, async (attempt) => {
        await requireInCharge(firestore, attempt, site, tenant);
        const references = [levels(tenant).doc(level), ...(bucket === undefined ? [] : [buckets(tenant).doc(bucket)])];
        const [settingFound, bucketFound] = await attempt.getAll(references);
        const current = { setting: recordOf<BackupSetting>(settingFound), bucket: recordOf<BackupBucket>(bucketFound) };
        const { setting, bucket: nextBucket, outcome } = decide(withoutAbsent(current));
        if (setting && settingFound) attempt.write(settingFound, setting);
        if (nextBucket && bucketFound) attempt.write(bucketFound, nextBucket);
        return outcome;
      }),
    changeBucket: (tenant, bucket, decide) =>
      optimistically(firestore, async (attempt) => {
        await requireInCharge(firestore, attempt, site, tenant);
        const found = await attempt.get(buckets(tenant).doc(bucket));
        const wanting = await levels(tenant).where("wanted", "==", bucket).limit(mostWanting).get();
        const { next, levels: changed, outcome } = decide(recordOf<BackupBucket>(found), settingsOf(wanting));
        if (next) attempt.write(found, next);
        for (const level of wanting.docs) {
          const setting = changed?.get(level.id);
          if (setting) attempt.write(level, setting);
        }
        return outcome;
      }),
    readBucket: (tenant, bucket) =>
      answered(async () => recordOf<BackupBucket>(await buckets(tenant).doc(bucket).get())),
    readBuckets: (tenant, names) =>
      answered(async () => {
        if (names.length === 0) return new Map();
        const found = await firestore.getAll(...names.map((name) => buckets(tenant).doc(name)));
        return new Map(
          found.flatMap((each) => {
            const bucket = recordOf<BackupBucket>(each);
            return bucket ? [[each.id, bucket] as const] : [];
          }),
        );
      }),
    naming: (tenant, bucket) =>
      answered(async () => {
        const found = await Promise.all(
          (["bucket", "wanted"] as const).map((field) => levels(tenant).where(field, "==", bucket).get()),
        );
        return [...new Set(found.flatMap(({ docs }) => docs.map(({ id }) => id)))];
      }),
    waiting: (most) =>
      answered(async () => {
        const query = firestore.collectionGroup("backupBuckets").where("access", "==", "waiting").limit(most);
        const { docs } = await query.get();
        return docs.flatMap(({ ref }) => {
          const [root, tenant = "", , bucket = "", ...deeper] = ref.path.split("/");
          return root === "tenants" && deeper.length === 0 ? [{ tenant, bucket }] : [];
        });
      }),
    office: (tenant, id) => answered(() => placeAt(`tenants/${tenant}/offices/${id}`)),
    unit: (tenant, { type, id }) => answered(() => placeAt(`tenants/${tenant}/${unitKinds[type]}/${id}`)),
    organisation: (tenant) =>
      answered(async () => {
        const read = (name: string) => fewFields(kind(tenant, name)).get();
        const [offices, ...units] = await Promise.all([
          read("offices"),
          read(unitKinds.callCenter),
          read(unitKinds.coachingTeam),
        ]);
        const types = Object.keys(unitKinds) as Unit["type"][];
        return {
          offices: offices.docs.map((found) => ({ id: found.id, name: placeOf(found).name })),
          units: units.flatMap(({ docs }, index) =>
            docs.map((found) => ({ unit: { type: types[index] as Unit["type"], id: found.id }, ...placeOf(found) })),
          ),
          truncated: [offices, ...units].some(({ size }) => size === mostListed),
        };
      }),
  };
}

function fewFields(query: Query): Query {
  return query.select("name", "office").limit(mostListed);
}

function recordOf<T>(found: DocumentSnapshot | undefined): T | undefined {
  return found?.exists ? fromStore<T>(found.data()) : undefined;
}

function settingsOf({ docs }: { docs: DocumentSnapshot[] }): Map<string, BackupSetting> {
  return new Map(docs.map((found) => [found.id, fromStore<BackupSetting>(found.data())]));
}

function withoutAbsent<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Centres and teams refer to their office; a name that is missing is shown as the id. */
function placeOf(found: DocumentSnapshot): Place {
  const { name, office } = { name: found.get("name") as unknown, office: found.get("office") as unknown };
  const id = office instanceof DocumentReference ? office.id : office;
  return {
    name: typeof name === "string" && name !== "" ? name : found.id,
    ...(typeof id === "string" ? { office: id } : {}),
  };
}
