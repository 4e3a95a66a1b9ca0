import { createHash, randomUUID } from "node:crypto";
import protos from "@google-cloud/firestore-api/protos";
import { expect } from "vitest";
import { people, type StackDescription } from "../../local/description.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import type { Site } from "../../shared/domain/sites.ts";
import type { Edit, Standby } from "../../shared/domain/standby.ts";
import type { TenantProfile } from "../../shared/domain/tenant.ts";
import { type Fields, typeOf, type Value } from "../../shared/domain/value.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { createWire, type Wire, type WireDocument } from "../../shared/stores/wire.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";

/** Both databases in wire form, so that values are written and compared exactly. */
export function wiresOf({ project, sites }: StackDescription): Record<Site, Wire> {
  const wire = ({ firestore, database }: { firestore: string; database: string }) =>
    createWire({ projectId: project, databaseId: database, emulator: firestore });
  return { primary: wire(sites.primary), secondary: wire(sites.secondary) };
}

/** Writes documents of a tenant, exactly as given, in one commit. */
export async function write(wire: Wire, tenant: string, documents: Record<string, Fields>): Promise<void> {
  const base = `${wire.root}tenants/${tenant}`;
  await wire.commit(
    Object.entries(documents).map(([path, fields]) => ({
      update: { name: `${base}/${path}`, fields: fields as never },
    })),
  );
}

/** The profile that a tenant has unless a test wants another. */
export const profileOf = (tenant: string): TenantProfile => ({
  name: "試験商事",
  platformVersion: "3.9.0",
  options: { dr: true, outboundDialler: false },
  syncEnabled: true,
  host: `${tenant}.tokyo.example`,
});

/** Writes a new tenant on both sites and waits until its stand-by is in sync. */
export async function enrol(stack: TestStack): Promise<string> {
  const tenant = stack.newTenant();
  const { primary, secondary } = stack.databases;
  await secondary.doc(`tenants/${tenant}`).set({ ...profileOf(tenant), host: `${tenant}.osaka.example` });
  await primary.doc(`tenants/${tenant}`).set(profileOf(tenant));
  await inState(stack, tenant, "syncing");
  return tenant;
}

/** The tenant's stand-by, once it is in that state. */
export function inState(stack: TestStack, tenant: string, state: Standby["state"]): Promise<Standby> {
  return eventually(async () => {
    const standby = await standbyOf(stack, tenant);
    expect(standby?.state).toBe(state);
    return standby as Standby;
    // A schedule of another test may have started an operation for each tenant there is.
  }, 90_000);
}

export async function standbyOf(stack: TestStack, tenant: string): Promise<Standby | undefined> {
  const found = await stack.databases.secondary.doc(`standbys/${tenant}`).get();
  return found.exists ? fromStore<Standby>(found.data()) : undefined;
}

export async function editsOf(stack: TestStack, tenant: string): Promise<Edit[]> {
  const found = await stack.databases.secondary.collection(`standbys/${tenant}/edits`).get();
  return found.docs.map((document) => fromStore<Edit>(document.data()));
}

export async function operationsOf(stack: TestStack, tenant: string): Promise<Operation[]> {
  const found = await stack.databases.secondary.collection("operations").where("tenant", "==", tenant).get();
  return found.docs.map((document) => fromStore<Operation>(document.data()));
}

/** The ledger's entry of a document, as it is stored. */
export async function ledgerEntryOf(stack: TestStack, tenant: string, path: string) {
  const ledger = stack.databases.secondary.collection(`standbys/${tenant}/ledger`);
  const found = await ledger.where("path", "==", path).get();
  return found.docs[0]?.data();
}

/** A POST to a site's API in an operator's name; throws unless it is accepted. */
export async function act(stack: TestStack, tenant: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${stack.description.sites.secondary.api}/v1/tenants/${tenant}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await stack.token(people.operator.email)}`,
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** Starts an operation by the API and waits for its success. */
export async function actAndWait(stack: TestStack, tenant: string, path: string, body?: unknown): Promise<Operation> {
  const { id } = (await act(stack, tenant, path, body)) as { id: string };
  return eventually(async () => {
    const found = await stack.databases.secondary.doc(`operations/${id}`).get();
    const operation = fromStore<Operation>(found.data());
    expect(operation.state).toBe("succeeded");
    return operation;
  });
}

/**
 * Every document below a tenant, each as the bytes of its fields, with references into the database, or below another of
 * these roots, made relative.
 */
export async function contentOf(wire: Wire, tenant: string, roots = [wire.root]): Promise<Record<string, string>> {
  const parent = `${wire.root}tenants/${tenant}`;
  const content: Record<string, string> = {};
  for await (const { document } of wire.query(parent, { from: [{ allDescendants: true }] })) {
    content[(document.name ?? "").slice(parent.length + 1)] = bytesOf(document, roots);
  }
  return content;
}

/** Both sites hold the same documents, byte for byte; no reference on the secondary leads to the primary (R4). */
export async function expectEqualSites({ primary, secondary }: Record<Site, Wire>, tenant: string): Promise<void> {
  const [original, copy] = await Promise.all([
    contentOf(primary, tenant, [primary.root, secondary.root]),
    contentOf(secondary, tenant),
  ]);
  expect(copy).toStrictEqual(original);
}

const { Document } = protos.google.firestore.v1;

/** In the order of names, as fields have none of their own. */
function bytesOf(document: WireDocument, roots: string[]): string {
  const fields = inOrder(document.fields as Fields, roots);
  const bytes = Buffer.from(Document.encode({ fields: fields as never }).finish());
  return bytes.length < 1000 ? bytes.toString("hex") : createHash("sha256").update(bytes).digest("hex");
}

function inOrder(fields: Fields, roots: string[]): Fields {
  const names = Object.keys(fields).sort();
  return Object.fromEntries(names.map((name) => [name, relative(fields[name] as Value, roots)]));
}

function relative(value: Value, roots: string[]): Value {
  switch (typeOf(value)) {
    case "referenceValue": {
      const root = roots.find((candidate) => value.referenceValue?.startsWith(candidate)) ?? "";
      return { referenceValue: (root && "here:") + String(value.referenceValue).slice(root.length) };
    }
    case "mapValue":
      return { mapValue: { fields: inOrder(value.mapValue?.fields ?? {}, roots) } };
    case "arrayValue":
      return { arrayValue: { values: (value.arrayValue?.values ?? []).map((item) => relative(item, roots)) } };
    default:
      return value;
  }
}
