import { afterAll, describe, expect, test } from "vitest";
import { kindsWith } from "../../shared/catalogue.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import { beginning, countNames, type PurgeCursor } from "../../shared/domain/purge.ts";
import { eventually } from "../support/eventually.ts";
import { addMembers, addressOf, requestsOf } from "../support/mails.ts";
import { putOperation } from "../support/operations.ts";
import { patiently } from "../support/patiently.ts";
import {
  bucketsOf,
  callPurge,
  contentWithout,
  fillHistories,
  fillRecordings,
  namesIn,
  partsOf,
} from "../support/purges.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol, operationsOf, standbyOf, wiresOf } from "../support/tenants.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
const buckets = bucketsOf(stack);
const { secondary } = stack.databases;
const kinds = kindsWith("history");
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

/** A tenant with histories on both sites and recordings on the secondary; entries of each history. */
async function withHistories(entries = 3, recordings = 5, tenant?: string): Promise<string> {
  const own = tenant ?? (await enrol(stack));
  await Promise.all([
    fillHistories(wires.secondary, own, entries),
    fillHistories(wires.primary, own, 1),
    fillRecordings(buckets.recordings, own, recordings),
    stack.databases.primary.doc(`tenants/${own}/phones/1`).set({ name: "受付" }),
  ]);
  await stack.settled(own);
  return own;
}

const purge = (tenant: string, body: object = { confirm: tenant }, key?: string) =>
  callPurge(stack, tenant, "purge", body, key === undefined ? {} : { key });

function ended(tenant: string, id: string): Promise<Operation> {
  return eventually(async () => {
    const operation = (await operationsOf(stack, tenant)).find((found) => found.id === id);
    expect(operation?.open).toBe(false);
    return operation as Operation;
  }, 60_000);
}

/** The purges and exports of a tenant; its enrolment is an operation too. */
const startedOf = async (tenant: string) =>
  (await operationsOf(stack, tenant)).filter(({ type }) => type === "purge" || type === "export");

const auditOf = async (tenant: string) =>
  (await secondary.collection(`standbys/${tenant}/audit`).get()).docs.map((entry) => entry.data());

const none = Object.fromEntries(kinds.map((kind) => [kind, 0]));

describe("purge", () => {
  test("deletes all histories and recordings of the tenant on the secondary, and nothing else (R26, R3)", async () => {
    const tenant = await withHistories();
    // Ids that begin with the tenant's, and so the names of their objects.
    const neighbour = `${tenant}2`;
    await fillHistories(wires.secondary, neighbour, 1);
    await fillRecordings(buckets.recordings, neighbour, 3);
    await addMembers(stack, tenant, { company: { role: "companyAdmin" } });
    await secondary.doc(`tenants/${tenant}/recordingBackups/1`).set({ state: "stored" });
    await secondary.doc(`tenants/${tenant}/twoFactorCredentials/1`).set({ method: "totp" });
    const untouched = async () => [
      await contentWithout(wires.secondary, tenant, "history"),
      await contentWithout(wires.primary, tenant, "history"),
      await contentWithout(wires.primary, tenant, "other"),
      await contentWithout(wires.secondary, neighbour, "other"),
      await namesIn(buckets.recordings, `${neighbour}/`),
      (await standbyOf(stack, tenant))?.fence,
    ];
    const before = await untouched();

    const preview = await callPurge(stack, tenant, "purge");
    const counts = Object.fromEntries(kinds.map((kind) => [kind, 3]));
    expect(preview).toStrictEqual({
      status: 200,
      body: {
        allowed: true,
        kinds: counts,
        entries: 3 * kinds.length,
        recordings: { objects: 5, bytes: 20, complete: true },
        recordingsNotBackedUp: 0,
      },
    });

    const asked = await purge(tenant);
    expect(asked).toMatchObject({ status: 202, body: { type: "purge", tenant } });
    const { state, result, progress } = await ended(tenant, asked.body.id);
    const documents = 3 + partsOf(3);
    const total = {
      entries: 3 * kinds.length,
      documents: documents * kinds.length,
      recordings: { objects: 5, bytes: 20 },
    };
    expect({ state, result }).toStrictEqual({
      state: "succeeded",
      result: { ...total, kinds: Object.fromEntries(kinds.map((kind) => [kind, { entries: 3, documents }])) },
    });
    expect(progress.total ?? 0).toBeGreaterThanOrEqual(progress.done);

    expect(await contentWithout(wires.secondary, tenant, "other")).toStrictEqual({});
    expect(await namesIn(buckets.recordings, `${tenant}/`)).toStrictEqual([]);
    await stack.settled(tenant);
    expect(await untouched()).toStrictEqual(before);

    const audit = await auditOf(tenant);
    expect(audit).toContainEqual(expect.objectContaining({ act: "request-purge" }));
    expect(audit).toContainEqual(
      expect.objectContaining({ act: "purge", after: expect.objectContaining({ operation: asked.body.id, ...total }) }),
    );
    const mails = (await requestsOf(stack, tenant)).filter(({ template }) => template === "purged");
    expect(mails).toMatchObject([{ data: { documents: 3 * kinds.length, recordings: 5 } }]);
    expect((await callPurge(stack, tenant, "purge")).body).toMatchObject({ kinds: none, entries: 0 });
  });

  test("keeps the only copies of recordings that still wait for the customer's bucket, unless told to (R26)", async () => {
    const tenant = await withHistories(1, 2);
    const own = `gs://${buckets.recordings.name}/${tenant}`;
    const ledger = secondary.collection(`tenants/${tenant}/recordingBackups`);
    const entries = [
      { state: "pending", parked: "customer", source: `${own}/2026/1.mp3` },
      { state: "waiting", source: `${own}/𠮷/2.mp3` },
      { state: "stored", source: `${own}/2026/3.mp3` },
      { state: "pending", source: `${own}2/2026/4.mp3` },
      { state: "pending", source: "https://recordings.example/5.mp3" },
    ];
    for (const [index, entry] of entries.entries()) await ledger.doc(`rec-${index}`).set(entry);
    expect((await callPurge(stack, tenant, "purge")).body).toMatchObject({ recordingsNotBackedUp: 2 });
    const refused = await purge(tenant);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: "conflict", fields: [{ field: "body.abandonRecordings" }] },
    });
    expect(await namesIn(buckets.recordings, `${tenant}/`)).toHaveLength(2);
    const asked = await purge(tenant, { confirm: tenant, abandonRecordings: true });
    expect(asked.status).toBe(202);
    expect((await ended(tenant, asked.body.id)).state).toBe("succeeded");
    expect(await namesIn(buckets.recordings, `${tenant}/`)).toStrictEqual([]);
    expect(await auditOf(tenant)).toContainEqual(
      expect.objectContaining({ act: "request-purge", after: expect.objectContaining({ abandonRecordings: true }) }),
    );
  });

  test("takes the tenant's id typed again, and nothing else (R26)", async () => {
    const tenant = await withHistories(1, 1);
    for (const body of [{}, { confirm: "yes" }, { confirm: tenant.toUpperCase() }, { confirm: tenant, force: true }]) {
      const { status, body: problem } = await purge(tenant, body);
      expect(status).toBe(400);
      expect(problem).toMatchObject({ code: "invalid", fields: expect.anything() });
    }
    expect(await startedOf(tenant)).toStrictEqual([]);
    expect(await namesIn(buckets.recordings, `${tenant}/`)).toHaveLength(1);
  });

  test("is one operation however often it is asked with one key (R26)", async () => {
    const tenant = await withHistories(1, 1);
    const key = `key-${tenant}`;
    const answers = await Promise.all([1, 2].map(() => patiently(() => purge(tenant, undefined, key))));
    const [id, other] = answers.map(({ body }) => body.id as string);
    expect(other).toBe(id);
    await ended(tenant, id ?? "");
    expect((await purge(tenant, undefined, key)).body.id).toBe(id);
    expect((await auditOf(tenant)).filter(({ act }) => act === "purge")).toHaveLength(1);
  });

  test.each(["activating", "active", "resyncing"])("is refused while the tenant is %s (R26)", async (state) => {
    const tenant = await withHistories(1, 1);
    await secondary.doc(`standbys/${tenant}`).update({ state });
    expect(await purge(tenant)).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect((await callPurge(stack, tenant, "purge")).body).toMatchObject({
      allowed: false,
      refusalLabel: { ja: expect.stringContaining("切り戻し"), en: expect.stringContaining("fail back") },
      entries: kinds.length,
    });
    expect(await namesIn(buckets.recordings, `${tenant}/`)).toHaveLength(1);
  });

  test("is refused on a platform too old, with the steps by hand (R17, R26)", async () => {
    const tenant = await withHistories(1, 1);
    await secondary.doc(`standbys/${tenant}`).update({ "profile.platformVersion": "3.8.2" });
    const { status, body } = await purge(tenant);
    expect({ status, code: body.code }).toStrictEqual({ status: 412, code: "precondition-failed" });
    expect(body.detail).toContain("by hand");
    expect((await callPurge(stack, tenant, "purge")).body.refusal).toBe(body.detail);
  });

  test("and export are for administrators, and nobody learns of another's tenant (R47)", async () => {
    const tenant = await withHistories(1, 1);
    const roles = { company: "companyAdmin", office: "officeAdmin", viewer: "viewer" } as const;
    await addMembers(
      stack,
      tenant,
      Object.fromEntries(Object.entries(roles).map(([person, role]) => [person, { role }])),
    );
    const statuses = async (email: string) => {
      const options = { email };
      const answers = [
        await callPurge(stack, tenant, "purge", undefined, options),
        await callPurge(stack, tenant, "exports/none", undefined, options),
        await callPurge(stack, tenant, "export", { kinds: ["smsHistory"] }, options),
      ];
      // None begins while the other goes on (R27).
      const { status, body } = answers.at(-1) ?? {};
      if (status === 202) await ended(tenant, body.id);
      return [...answers, await callPurge(stack, tenant, "purge", { confirm: tenant }, options)].map(
        (answer) => answer.status,
      );
    };
    expect(await statuses("stranger@else.example")).toStrictEqual([404, 404, 404, 404]);
    expect(await statuses(addressOf(tenant, "viewer"))).toStrictEqual([403, 403, 403, 403]);
    expect(await statuses(addressOf(tenant, "office"))).toStrictEqual([403, 403, 403, 403]);
    expect(await startedOf(tenant)).toStrictEqual([]);
    expect(await statuses(addressOf(tenant, "company"))).toStrictEqual([200, 404, 202, 202]);
  });

  test("stops safely when the tenant is activated meanwhile, and says how much is gone (R26)", async () => {
    const tenant = await withHistories(1, 600);
    await stack.storage.fault({ operation: "objects.delete", prefix: `${tenant}/`, delayMs: 300 });
    const { body } = await purge(tenant);
    await eventually(async () => expect((await namesIn(buckets.recordings, `${tenant}/`)).length).toBeLessThan(600));
    await secondary.doc(`standbys/${tenant}`).update({ state: "activating" });
    expect(await ended(tenant, body.id)).toMatchObject({ state: "failed", error: { code: "conflict" } });
    await stack.storage.clearFaults({ operation: "objects.delete", prefix: `${tenant}/` });
    const left = await namesIn(buckets.recordings, `${tenant}/`);
    expect(left.length).toBeGreaterThan(0);
    expect(await auditOf(tenant)).toContainEqual(
      expect.objectContaining({ act: "end-purge", after: expect.objectContaining({ atMost: expect.anything() }) }),
    );
    expect((await auditOf(tenant)).filter(({ act }) => act === "purge")).toStrictEqual([]);
  });

  test("leaves what came after it was asked for (R26)", async () => {
    const tenant = await withHistories(2, 2);
    const before = new Date(Date.now() - 60_000);
    const id = await putOperation(stack, tenant, { type: "purge", createdAt: before, updatedAt: before });
    await stack.runSchedule("secondary", "sweep-operations");
    expect(await ended(tenant, id)).toMatchObject({ state: "succeeded", result: { documents: 0 } });
    expect(await namesIn(buckets.recordings, `${tenant}/`)).toHaveLength(2);
    expect((await callPurge(stack, tenant, "purge")).body.entries).toBe(2 * kinds.length);
  });

  test("goes on where a slice died, and counts what that one deleted (R26)", async () => {
    const tenant = await withHistories(1, 1);
    const name = { path: "agentActivityHistory/a", createTime: 0, updateTime: 0 };
    const cursor: PurgeCursor = countNames(beginning(10), [name]);
    const past = new Date(Date.now() - 60_000);
    const id = await putOperation(stack, tenant, {
      type: "purge",
      state: "running",
      cursor,
      lease: { owner: "a process that is gone", until: past },
      attempts: 1,
      updatedAt: past,
    });
    await stack.runSchedule("secondary", "sweep-operations");
    const documents = 1 + partsOf(1);
    const { result } = await ended(tenant, id);
    expect(result).toMatchObject({
      documents: documents * kinds.length + 1,
      kinds: { agentActivityHistory: { entries: 2, documents: documents + 1 }, smsHistory: { entries: 1, documents } },
    });
  });
});
