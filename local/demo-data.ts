import { setTimeout as pause } from "node:timers/promises";
import { Firestore, GeoPoint, Timestamp, VectorValue } from "@google-cloud/firestore";
import { type KindName, kindsWith } from "../shared/catalogue.ts";
import { type Site, sites } from "../shared/domain/sites.ts";
import type { TenantProfile } from "../shared/domain/tenant.ts";
import { backupBuckets, backupSettings, bucketClaims, customerBuckets } from "./demo-data/backup.ts";
import { callFlows, ivrMenus, voicemails } from "./demo-data/call-flows.ts";
import { credentialsOf, historyOf, pastRecordings } from "./demo-data/histories.ts";
import { numbers, speedDials, switchoverPlans } from "./demo-data/numbers.ts";
import {
  businessHours,
  callCenters,
  coachingTeams,
  musicOnHold,
  offices,
  parkGroups,
  pickupGroups,
  queues,
} from "./demo-data/organisation.ts";
import { type KindBuilder, type Outline, outlineOf } from "./demo-data/outline.ts";
import { accounts, members, phones } from "./demo-data/people.ts";
import { ipAccessRules, plain, systemSettings, twoFactorSettings } from "./demo-data/settings.ts";
import { type DemoDocument, DocumentPath, type Fields, type Value } from "./demo-data/values.ts";

import { upload } from "./telephony/platform.ts";
import { audioOfRecording } from "./telephony/recording-server.ts";

export type { DemoDocument } from "./demo-data/values.ts";

/** A tenant of the demo: its root document on each site, and how many mirrored documents it has. */
export type DemoTenant = { id: string; documents: number; profiles: Record<Site, TenantProfile> };

const tenant = (id: string, name: string, platformVersion: string, documents: number): DemoTenant => {
  const shared = { name, platformVersion, options: { dr: true, outboundDialler: false }, syncEnabled: true };
  return {
    id,
    documents,
    profiles: {
      primary: { ...shared, host: `${id}.tokyo.hikae.example` },
      secondary: { ...shared, host: `${id}.osaka.hikae.example` },
    },
  };
};

/** The tenants of the demo: one large, and one of each platform version that behaves differently (R16, R17). */
export function demoTenants(): DemoTenant[] {
  const sakura = tenant("sakura", "さくら観光バス㈱", "3.7.1", 300);
  sakura.profiles.primary.ipAddress = "203.0.113.71";
  sakura.profiles.secondary.ipAddress = "198.51.100.71";
  return [
    tenant("acme", "株式会社アクメ商事", "3.9.0", 20_000),
    tenant("hinode", "ﾋﾉﾃﾞ保険サービス株式会社", "3.8.2", 400),
    sakura,
  ];
}

const builders: Partial<Record<KindName, KindBuilder>> = {
  accounts,
  backupBuckets,
  backupSettings,
  businessHours,
  callCenters,
  callFlows,
  coachingTeams,
  ivrMenus,
  members,
  musicOnHold,
  numbers,
  offices,
  parkGroups,
  phones,
  pickupGroups,
  queues,
  switchoverPlans,
  systemSettings,
  twoFactorSettings,
  voicemails,
};

/**
 * The documents that are mirrored, every realtime kind of the catalogue, exactly so many: speed dials fill up
 * what the others leave. Always the same for the same tenant and number.
 * @throws RangeError when the number is too small for a tenant with every kind, which is so below about 250.
 */
export function* documentsOf({ id }: Pick<DemoTenant, "id">, size: { documents: number }): Generator<DemoDocument> {
  const outline = outlineOf(id, size.documents);
  let made = 0;
  for (const kind of kindsWith("realtime").filter((kind) => kind !== "speedDials")) {
    for (const document of (builders[kind] ?? plain)(outline, kind)) {
      made++;
      yield document;
    }
  }
  if (made >= size.documents)
    throw new RangeError(`${size.documents} documents are too few for every kind: give more than ${made}`);
  yield* speedDials(outline, size.documents - made);
}

/** A tenant's own document on one site. */
function rootOf({ id, profiles }: DemoTenant, site: Site): DemoDocument {
  return { path: `tenants/${id}`, data: profiles[site] as Fields };
}

/** How many recordings each tenant has on the primary. */
const recordingsEach = 20;

/** The documents of a tenant that stay on the site they are written on, or travel by another way than the mirror. */
export function* siteDocumentsOf(tenant: DemoTenant, site: Site): Generator<DemoDocument> {
  const outline: Outline = outlineOf(tenant.id, tenant.documents);
  yield rootOf(tenant, site);
  yield* credentialsOf(outline, site);
  if (site === "secondary") return yield* bucketClaims(outline);
  yield* ipAccessRules(outline, "ipAccessRules");
  yield* pastRecordings(outline, recordingsEach);
  for (const kind of kindsWith("history").filter((kind) => kind !== "recordings")) {
    yield* historyOf(outline, kind, kind === "callHistory" ? 40 : 5);
  }
}

/** The value as a client of one database takes it: paths become references of that database. */
function toClientValue(value: Value, firestore: Firestore): unknown {
  if (value instanceof DocumentPath) return firestore.doc(value.path);
  if (Array.isArray(value)) return value.map((item) => toClientValue(item, firestore));
  return isMap(value) ? toClientFields(value, firestore) : value;
}

function toClientFields(fields: Fields, firestore: Firestore): Record<string, unknown> {
  const converted: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) converted[name] = toClientValue(value, firestore);
  return converted;
}

function isMap(value: Value): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  return ![Timestamp, GeoPoint, VectorValue, Uint8Array].some((type) => value instanceof type);
}

/** Writes the documents, four batches of 500 at a time, and says how many. Overwrites; safe to repeat. */
async function writeDocuments(firestore: Firestore, documents: Iterable<DemoDocument>): Promise<number> {
  const queue = documents[Symbol.iterator]();
  let written = 0;
  const writer = async () => {
    for (let taken = take(queue, 500); taken.length > 0; taken = take(queue, 500)) {
      const batch = firestore.batch();
      for (const { path, data } of taken) batch.set(firestore.doc(path), toClientFields(data, firestore));
      await batch.commit();
      written += taken.length;
    }
  };
  await Promise.all([writer(), writer(), writer(), writer()]);
  return written;
}

function take<T>(from: Iterator<T>, most: number): T[] {
  const taken: T[] = [];
  while (taken.length < most) {
    const next = from.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

type Address = { firestore: string; database: string };

async function withClient<T>(project: string, address: Address, run: (firestore: Firestore) => Promise<T>): Promise<T> {
  const where = { projectId: project, databaseId: address.database, host: address.firestore, ssl: false };
  const firestore = new Firestore({ ...where, preferRest: false });
  try {
    return await run(firestore);
  } finally {
    await firestore.terminate();
  }
}

/** `storage` is Cloud Storage's JSON API. */
type Addresses = { project: string; storage: string } & Record<Site, Address>;

/** Creates the customers' own buckets, in neither site's region, so that they outlive both. Those that are there are left alone. */
async function createCustomerBuckets({ project, storage }: Addresses): Promise<void> {
  const names = demoTenants().flatMap(({ id, documents }) => Object.values(customerBuckets(outlineOf(id, documents))));
  const create = async (name: string): Promise<void> => {
    const answer = await fetch(`${storage}/storage/v1/b?project=${project}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, location: "ASIA" }),
    });
    await answer.arrayBuffer();
    if (!answer.ok && answer.status !== 409) throw new Error(`the bucket ${name} was answered ${answer.status}`);
  };
  await Promise.all(names.map(create));
}

/** Puts the recordings that the histories tell of into the platform's bucket. Those that are there are left alone. */
async function storeRecordings({ storage }: Addresses): Promise<void> {
  for (const { id, documents } of demoTenants()) {
    for (const { data } of pastRecordings(outlineOf(id, documents), recordingsEach)) {
      const { recordingId, bytes, bucket, object } = data as Record<"recordingId" | "bucket" | "object", string> & {
        bytes: number;
      };
      await upload({ storage }, bucket, object, audioOfRecording({ tenant: id, recordingId, format: "mp3", bytes }));
    }
  }
}

/**
 * Writes the demo's tenants: on the primary all of their documents but the tenants' own roots, on the secondary only
 * what is the secondary's own; and creates their buckets and recordings. The stand-by copy is left to the reconciliation. Safe to repeat.
 */
export async function seedDemoData(address: Addresses): Promise<void> {
  function* everything(site: Site): Generator<DemoDocument> {
    for (const tenant of demoTenants()) {
      const [root, ...own] = siteDocumentsOf(tenant, site);
      if (site === "secondary" && root) yield root;
      yield* own;
      if (site === "primary") yield* documentsOf(tenant, tenant);
    }
  }
  await Promise.all([
    createCustomerBuckets(address),
    storeRecordings(address),
    ...sites.map((site) =>
      withClient(address.project, address[site], (firestore) => writeDocuments(firestore, everything(site))),
    ),
  ]);
}

/**
 * Writes the tenants' roots on the primary, which gives each a stand-by, as it does in production; resolves when all
 * stand-bys are filled and `syncing`. Needs running functions.
 * @throws Error when that takes longer than three minutes.
 */
export async function enrolDemoTenants(address: Addresses): Promise<void> {
  const tenants = demoTenants();
  const roots = tenants.map((tenant) => rootOf(tenant, "primary"));
  await withClient(address.project, address.primary, (firestore) => writeDocuments(firestore, roots));
  await withClient(address.project, address.secondary, async (firestore) => {
    const standbys = tenants.map(({ id }) => firestore.doc(`standbys/${id}`));
    const deadline = performance.now() + 180_000;
    for (;;) {
      const found = await firestore.getAll(...standbys);
      if (found.every((standby) => standby.get("state") === "syncing")) return;
      if (performance.now() > deadline) throw new Error("the demo's stand-bys are not filled in three minutes");
      await pause(50);
    }
  });
}
