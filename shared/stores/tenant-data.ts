import { type DocumentData, DocumentReference, type DocumentSnapshot, type Firestore } from "@google-cloud/firestore";
import { AppError } from "../domain/errors.ts";
import { readNumber, type TenantNumber } from "../domain/numbers.ts";
import { defaultCallerField, planPath, readPlan, type StoredPlan, versionOf } from "../domain/plan.ts";
import { portionsOf } from "../domain/portions.ts";
import type { Site } from "../domain/sites.ts";
import type { FoundNumber, NamedPhone, TenantData } from "../domain/tenant-data.ts";
import { addEntry, tenantLog } from "./audit-log.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";
import { requireInCharge } from "./in-charge.ts";
import { pageByName } from "./pages.ts";

/** As many values as one `in` may have, and documents as are read at once. */
const atOnce = { values: 30, documents: 500 };
/** Longer than one read takes, for what grows with the tenant; still well under a request's time-out. */
const patience = 30_000;
/** gRPC's number for a document that is not there. */
const notFound = 5;
const callerNumberField = "callerNumber";

/** A tenant's mirrored data in the database of that site. */
export function createTenantData(firestore: Firestore, site: Site): TenantData {
  const root = (tenant: string) => firestore.doc(`tenants/${tenant}`);
  const kind = (tenant: string, name: string) => root(tenant).collection(name);

  async function findNumbers(tenant: string, e164: readonly string[]): Promise<Map<string, TenantNumber>> {
    const found = await Promise.all(
      portionsOf(e164, atOnce.values).map((values) => kind(tenant, "numbers").where("e164", "in", values).get()),
    );
    const numbers = found.flatMap(({ docs }) => docs.flatMap((document) => numberOf(document).number ?? []));
    return new Map(numbers.map((number) => [number.e164, number]));
  }

  async function documentsAt(tenant: string, paths: readonly string[], fields?: string[]) {
    const read = await Promise.all(
      portionsOf(paths, atOnce.documents).map((portion) =>
        firestore.getAll(
          ...portion.map((path) =>
            root(tenant)
              .collection(path.split("/")[0] ?? "")
              .doc(path.split("/")[1] ?? ""),
          ),
          ...(fields ? [{ fieldMask: fields }] : []),
        ),
      ),
    );
    return read.flat();
  }

  return {
    plan: (tenant) => answered(async () => planOf(await root(tenant).collection("switchoverPlans").doc("plan").get())),
    changePlan: (tenant, decide, stamp, audit) =>
      optimistically(firestore, async (attempt) => {
        await requireInCharge(firestore, attempt, site, tenant);
        const found = await attempt.get(firestore.doc(`tenants/${tenant}/${planPath}`));
        const current = planOf(found);
        const next = decide(current);
        if (!next) return current;
        attempt.write(found, { ...next, ...stamp });
        if (site === "secondary") await addEntry(attempt, tenantLog(firestore, tenant), audit);
        return { plan: next, version: versionOf(next), ...stamp };
      }),
    numbers: (tenant) =>
      answered(
        async () =>
          (
            await kind(tenant, "numbers")
              .select(...numberFields)
              .get()
          ).docs.map(numberOf),
        patience,
      ),
    numbersPage: (tenant, page) => answered(() => pageByName(kind(tenant, "numbers"), page, numberOf)),
    phonesPage: (tenant, page) =>
      answered(() => pageByName(kind(tenant, "phones").select("name", callerNumberField), page, namedPhoneOf)),
    findNumbers: (tenant, e164) => answered(() => findNumbers(tenant, e164)),
    numbersAt: (tenant, paths) =>
      answered(async () => {
        const own = paths.filter((path) => /^numbers\/[^/]+$/.test(path));
        const numbers = (await documentsAt(tenant, own)).flatMap((document) => numberOf(document).number ?? []);
        return new Map(numbers.map((number) => [number.path, number]));
      }),
    phones: (tenant, ids) =>
      answered(async () => {
        const paths = ids.map((id) => `phones/${id}`);
        const found = await documentsAt(tenant, paths, [callerNumberField]);
        return new Map(
          found.map((phone) => [
            phone.id,
            phone.exists ? { callerNumber: linkOf(phone, callerNumberField) } : undefined,
          ]),
        );
      }, patience),
    async *everyPhone(tenant) {
      const stream = kind(tenant, "phones").select(callerNumberField).stream();
      try {
        for await (const phone of stream as unknown as AsyncIterable<DocumentSnapshot>) {
          yield { id: phone.id, callerNumber: linkOf(phone, callerNumberField) };
        }
      } catch (error) {
        throw new AppError("unavailable", "the database does not answer", { cause: error });
      }
    },
    settings: (tenant) =>
      answered(async () => {
        const { docs } = await kind(tenant, "systemSettings").limit(100).get();
        return Object.fromEntries(docs.map((document) => [document.id, document.data()]));
      }),
    contactCentres: (tenant) =>
      answered(async () => {
        const { docs } = await kind(tenant, "callCenters").select("name").get();
        return docs.map((centre) => ({
          path: `callCenters/${centre.id}`,
          name: String(centre.get("name") ?? centre.id),
        }));
      }),
    twoFactor: (tenant) =>
      answered(async () => {
        const [policies, users, enrolled] = await Promise.all([
          kind(tenant, "twoFactorSettings").where("required", "==", true).limit(1).get(),
          kind(tenant, "accounts").where("enabled", "==", true).count().get(),
          kind(tenant, "twoFactorCredentials").count().get(),
        ]);
        return { required: !policies.empty, users: users.data().count, enrolled: enrolled.data().count };
      }, patience),
    defaultCallerNumber: (tenant) =>
      answered(async () => {
        const found = await firestore.doc(`tenants/${tenant}/${defaultCallerField.path}`).get();
        return linkOf(found, defaultCallerField.field);
      }),
    hasConnection: (tenant, connections) =>
      answered(async () => {
        const found = await kind(tenant, "numbers")
          .where("connection", "in", [...connections])
          .limit(1)
          .get();
        return !found.empty;
      }),
    applyPlan: (tenant, writes) =>
      answered(async () => {
        const batch = firestore.batch();
        for (const { path, field, value } of writes) {
          const target = firestore.doc(`tenants/${tenant}/${path}`);
          const change = { [field]: firestore.doc(`tenants/${tenant}/${value}`) };
          // Settings may be written for the first time; a phone that is gone must not come back.
          if (path === defaultCallerField.path) batch.set(target, change, { merge: true });
          else batch.update(target, change);
        }
        try {
          if (writes.length > 0) await batch.commit();
        } catch (error) {
          if ((error as { code?: unknown }).code !== notFound) throw error;
          throw new AppError("conflict", "a phone of the plan is gone meanwhile", { cause: error });
        }
      }),
  };
}

function planOf(found: DocumentSnapshot): StoredPlan | undefined {
  return found.exists ? readPlan(fromStore(found.data())) : undefined;
}

function namedPhoneOf(phone: DocumentSnapshot): NamedPhone {
  const name: unknown = phone.get("name");
  const callerNumber = linkOf(phone, callerNumberField);
  return { id: phone.id, name: typeof name === "string" && name !== "" ? name : null, callerNumber };
}

const numberFields = ["e164", "carrierSupported", "service", "connection", "destination", "callCenter"];

function numberOf(document: DocumentSnapshot): FoundNumber {
  const path = `numbers/${document.id}`;
  const number = document.exists ? readNumber(path, plainFields(document)) : undefined;
  return { path, ...(number ? { number } : {}) };
}

/** The fields with each reference as the path below its tenant. */
function plainFields(document: DocumentSnapshot): DocumentData {
  const fields = Object.entries(document.data() ?? {});
  return Object.fromEntries(
    fields.map(([name, value]) => [name, value instanceof DocumentReference ? linkOf(document, name) : value]),
  );
}

/** The path below the tenant that a field refers to; null where it refers to nothing of this tenant's. */
function linkOf(document: DocumentSnapshot, field: string): string | null {
  const value: unknown = document.get(field);
  const tenant = `${document.ref.path.split("/").slice(0, 2).join("/")}/`;
  return value instanceof DocumentReference && value.path.startsWith(tenant) ? value.path.slice(tenant.length) : null;
}
