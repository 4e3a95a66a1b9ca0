import { FieldValue } from "@google-cloud/firestore";
import { afterAll, describe, expect, test } from "vitest";
import { endOf, operationOf, past, resultOf } from "../support/backup-runs.ts";
import { entriesOf, entryOf, expectReceipts, recordingsIn } from "../support/backups.ts";
import { eventually } from "../support/eventually.ts";
import { ledgerOffice } from "../support/ledger-office.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
afterAll(() => stack.close());
const { primary } = stack.databases;

const all = { scope: { all: true } };
const yearsAgo = (years: number) => new Date(Date.now() - years * 366 * 24 * 3600 * 1000);

const auditOf = async (tenant: string) =>
  (await stack.databases.secondary.collection(`standbys/${tenant}/audit`).get()).docs.map((entry) => entry.data());

describe("back up now", () => {
  test("stores the recordings of the past two years; the second run asks for nothing (R42)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant, bucket } = office;
    const ids = await past(stack, office, 40);
    const history = primary.collection(`tenants/${tenant}/recordings`);
    const [sample] = (await history.limit(1).get()).docs;
    await history.doc("too-old").set({ ...sample?.data(), at: yearsAgo(3), endedAt: yearsAgo(3) });
    await history.doc("odd").set({ at: yearsAgo(1), note: "?" });
    await history.doc("undated").set({ ...sample?.data(), at: "yesterday" });

    const estimate = await office.call("/runs/estimate?all=true");
    expect(estimate).toMatchObject({
      status: 200,
      body: {
        ...{ site: "primary", recordings: 41, bytes: 80_000, alreadyStored: 0, toDo: 41, undated: 1 },
        expectedSeconds: null,
      },
    });

    const first = await resultOf(stack, office, "/runs", all);
    const counts = { examined: 41, failed: 0, unavailable: 0, skipped: 0, waiting: 0, parked: 0, notUnderstood: 1 };
    expect(first.result).toMatchObject({ ...counts, asked: 40, stored: 40, alreadyStored: 0, undated: 1 });
    const stored = await expectReceipts(stack, tenant, bucket);
    expect(stored.map(({ recordingId }) => recordingId).sort()).toStrictEqual(ids.toSorted());
    expect(stored.every(({ run }) => run === first.id)).toBe(true);

    for (const round of [2, 3]) {
      const again = await resultOf(stack, office, "/runs", all);
      expect(again.result, `run ${round}`).toMatchObject({ ...counts, asked: 0, stored: 0, alreadyStored: 40 });
    }
    expect(await entriesOf(stack, tenant)).toStrictEqual(await expectReceipts(stack, tenant, bucket));
    const later = await office.call("/runs/estimate");
    expect(later).toMatchObject({
      body: { alreadyStored: 40, toDo: 1, toDoBytes: 0, expectedSeconds: expect.any(Number) },
    });

    const runs = await office.call("/runs");
    expect(runs.body.items).toHaveLength(3);
    expect(runs.body.items.at(-1)).toMatchObject({
      ...{ site: "primary", scope: { all: true }, operation: { id: first.id, state: "succeeded" } },
    });
    expect(await auditOf(tenant)).toContainEqual(
      expect.objectContaining({ act: "back-up-now", after: expect.objectContaining({ operation: first.id }) }),
    );
  });

  test("takes a centre, an office or a time alone; what settings keep out is told, not stored (R42, R35)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant, bucket } = office;
    const sales = primary.doc(`tenants/${tenant}/callCenters/sales`);
    await sales.set({ name: "営業", office: primary.doc(`tenants/${tenant}/offices/${office.office}`) });
    const orders = await past(stack, office, 10);
    await past(stack, { ...office, callCenter: "sales" }, 6);

    const since = yearsAgo(1).toISOString();
    const young = await resultOf(stack, office, "/runs", { scope: { callCenter: "orders" }, since });
    expect(young.result).toMatchObject({ examined: 5, asked: 5, stored: 5 });
    const one = await resultOf(stack, office, "/runs", { scope: { callCenter: "orders" } });
    expect(one.result).toMatchObject({ examined: 10, alreadyStored: 5, asked: 5, stored: 5 });
    const whole = await resultOf(stack, office, "/runs", { scope: { office: office.office } });
    expect(whole.result).toMatchObject({ examined: 16, alreadyStored: 10, asked: 0, skipped: 6 });
    expect((await entriesOf(stack, tenant)).filter(({ skipped }) => skipped === "unitOff")).toHaveLength(6);
    expect(await recordingsIn(stack, bucket)).toHaveLength(orders.length);

    await primary.doc(`tenants/${tenant}/backupSettings/callCenter.sales`).set({ enabled: true });
    const later = await resultOf(stack, office, "/runs", all);
    expect(later.result).toMatchObject({ examined: 16, alreadyStored: 10, asked: 6, stored: 6, skipped: 0 });
    await expectReceipts(stack, tenant, bucket);
  });

  test("takes what failed again, from where the history says it is now; leaves alone what is under way (R42)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant } = office;
    const [failed = "", gone = "", waiting = "", bad = ""] = await past(stack, office, 4);
    const shared = { source: "gs://nowhere/at-all.mp3", callId: "call-of-old" };
    const move = async (id: string, state: "failed" | "unavailable" | "waiting", more: object) => {
      const { recordingId, ...entry } = await office.put(state, 1, { ...shared, ...more });
      await primary.doc(`tenants/${tenant}/recordingBackups/${recordingId}`).delete();
      await primary.doc(`tenants/${tenant}/recordingBackups/${id}`).set({ ...entry, recordingId: id });
      return entry.destination;
    };
    const place = await move(failed, "failed", { error: { class: "conflict", message: "" }, attempts: 9 });
    await move(gone, "unavailable", { error: { class: "gone", message: "" } });
    await move(waiting, "waiting", { dueAt: new Date(Date.now() + 3_600_000) });
    await move(bad, "failed", { error: { class: "badEvent", message: "" } });
    await primary.doc(`tenants/${tenant}/recordingBackups/${bad}`).update({ destination: FieldValue.delete() });

    const { result } = await resultOf(stack, office, "/runs", all);
    expect(result).toMatchObject({ examined: 4, asked: 3, stored: 3, underWay: 1, failed: 0 });
    expect(await entryOf(stack, tenant, failed)).toMatchObject({
      state: "stored",
      receipt: place,
      since: expect.any(Date),
    });
    expect(await entryOf(stack, tenant, waiting)).toMatchObject({ state: "waiting", callId: "call-of-old" });
    expect((await entryOf(stack, tenant, bad))?.callId).not.toBe("call-of-old");
  });

  test("what its source does not give yet is waited for by the ledger, not by the run (R42, R39)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant } = office;
    await past(stack, office, 3, { source: "https" });
    const [late = ""] = await past(stack, office, 1, {
      source: "https",
      fault: { fault: "notReady", forMs: 3_600_000 },
    });
    const { result } = await resultOf(stack, office, "/runs", all);
    expect(result).toMatchObject({ asked: 4, stored: 3, waiting: 1, pending: 0 });
    expect(await entryOf(stack, tenant, late)).toMatchObject({ state: "waiting", error: { class: "notReady" } });
  });

  test("is paused, resumed and cancelled; what it asked for by then is stored all the same (R42)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant, bucket } = office;
    const ids = await past(stack, office, 450);
    const asked = await office.call("/runs", { body: all });
    const control = (verb: string) => controlled(office, asked.body.id, verb);
    await eventually(async () => expect((await entriesOf(stack, tenant)).length).toBeGreaterThan(0));
    expect((await control("pause")).status).toBe(200);
    await eventually(async () => expect((await operationOf(stack, asked.body.id)).lease).toBeUndefined());
    const some = await entriesOf(stack, tenant);
    expect(some.length).toBeLessThan(ids.length);
    expect((await operationOf(stack, asked.body.id)).state).toBe("paused");
    await eventually(async () => expect(await recordingsIn(stack, bucket)).toHaveLength(some.length), 60_000);
    expect((await control("resume")).status).toBe(200);
    await eventually(async () => expect((await entriesOf(stack, tenant)).length).toBeGreaterThan(some.length));
    expect((await control("cancel")).status).toBe(200);
    expect((await endOf(stack, asked.body.id)).state).toBe("cancelled");
    const left = (await entriesOf(stack, tenant)).length;
    await eventually(async () => expect(await recordingsIn(stack, bucket)).toHaveLength(left), 60_000);

    const { result } = await resultOf(stack, office, "/runs", all);
    expect(result).toMatchObject({ examined: 450, alreadyStored: left, asked: 450 - left, stored: 450 - left });
    expect(await expectReceipts(stack, tenant, bucket)).toHaveLength(450);
  }, 240_000);

  test("goes on where it was when its worker is killed: nothing lost, nothing doubled (R42)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant, bucket } = office;
    await past(stack, office, 300);
    const asked = await office.call("/runs", { body: all });
    for (const share of [20, 150]) {
      await eventually(async () => expect((await entriesOf(stack, tenant)).length).toBeGreaterThan(share), 90_000);
      for (const pid of await stack.pidsOfFunction("secondary", "run-operation")) process.kill(pid, "SIGKILL");
    }
    const { state, result } = await endOf(stack, asked.body.id, 180_000);
    expect({ state, result }).toMatchObject({
      state: "succeeded",
      result: { examined: 300, asked: 300, stored: 300, alreadyStored: 0, underWay: 0 },
    });
    expect(await expectReceipts(stack, tenant, bucket)).toHaveLength(300);
  }, 400_000);

  test("is for administrators: of an office for its own centres, and for two years at most (R42, R47)", async () => {
    const office = await ledgerOffice(stack);
    const run = async (person: string, body: object) => (await office.call("/runs", { person, body })).status;
    expect(await run("viewer", all)).toBe(403);
    expect(await run("here", all)).toBe(403);
    expect(await run("there", { scope: { callCenter: "orders" } })).toBe(403);
    expect(await run("there", { scope: { office: "tokyo" } })).toBe(403);
    expect(await run("here", { scope: { callCenter: "no-such" } })).toBe(403);
    expect(await run("here", { scope: { callCenter: "orders" } })).toBe(202);
    expect(await run("here", { scope: { office: "tokyo" } })).toBe(202);
    expect(await run("operator", all)).toBe(202);
    expect(await run("company", { scope: { all: true, office: "tokyo" } })).toBe(400);
    expect(await run("company", { ...all, since: yearsAgo(3).toISOString() })).toBe(400);
    expect(await run("company", { ...all, since: new Date(Date.now() + 1000).toISOString() })).toBe(400);
    expect((await office.call("/runs/estimate?office=tokyo&callCenter=orders")).status).toBe(400);
    expect((await office.call("/runs/estimate?office=osaka", { person: "here" })).status).toBe(403);
  });

  test("the same key again is the same run, though time has passed (R42)", async () => {
    const office = await ledgerOffice(stack);
    const options = { body: all, key: `run-${office.tenant}` };
    const [first, again] = [await office.call("/runs", options), await office.call("/runs", options)];
    expect(again.body.id).toBe(first.body.id);
    expect((await office.call("/runs", { ...options, body: { scope: { office: "tokyo" } } })).status).toBe(409);
  });
});

async function controlled(office: Awaited<ReturnType<typeof ledgerOffice>>, id: string, verb: string) {
  const { api } = stack.description.sites.secondary;
  return fetch(`${api}/v1/operations/${id}/${verb}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await stack.token(`company@${office.tenant}.example`)}`,
      "idempotency-key": `${verb}-${id}`,
    },
  });
}
