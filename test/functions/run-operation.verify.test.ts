import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { skewMilliseconds } from "../../shared/domain/backup/verification.ts";
import { endOf, past, resultOf } from "../support/backup-runs.ts";
import {
  announced,
  bucketOf,
  customers,
  endCall,
  entriesOf,
  entryIn,
  entryOf,
  newBucket,
  recordingsIn,
} from "../support/backups.ts";
import { parseCsv } from "../support/csv.ts";
import { type LedgerOffice, ledgerOffice } from "../support/ledger-office.ts";
import { addressOf } from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
afterAll(() => stack.close());
const { primary } = stack.databases;

const all = { scope: { all: true } };
const clean = { missing: 0, different: 0, extra: 0, findings: 0 };

/** A tenant whose recordings of the past are stored already, as if some time ago. */
async function withRecordings(count: number): Promise<LedgerOffice> {
  const office = await ledgerOffice(stack);
  await past(stack, office, count);
  await resultOf(stack, office, "/runs", all);
  await age(office);
  return office;
}

/** As if all that is stored had been so for an hour: what came in the last seconds is not judged. */
async function age({ tenant }: LedgerOffice): Promise<void> {
  const entries = await primary.collection(`tenants/${tenant}/recordingBackups`).where("state", "==", "stored").get();
  const storedAt = new Date(Date.now() - 3_600_000);
  await Promise.all(entries.docs.map(({ ref }) => ref.update({ "receipt.storedAt": storedAt })));
}

/** Until what was written just now was written before a verification that is asked for. */
const settledClocks = () => pause(skewMilliseconds + 500);

const shown = async ({ call }: LedgerOffice, id: string, query = "") =>
  (await call(`/verifications/${id}${query}`)).body;

describe("verify", () => {
  test("finds what is missing, different or extra, and downloads it; the administrator chooses what is stored again (R43)", async () => {
    const office = await withRecordings(30);
    const { tenant, bucket } = office;
    expect((await resultOf(stack, office, "/verify", {})).result).toMatchObject({ ...clean, equal: 30 });

    const objects = await recordingsIn(stack, bucket);
    const [gone, lost, changed, again] = objects.map(({ name }) => name) as [string, string, string, string];
    const customer = bucketOf(stack, bucket);
    await Promise.all([customer.file(gone).delete(), customer.file(lost).delete()]);
    await customer.file(changed).save("something else", { resumable: false });
    await customer.file(again).copy(customer.file(again));
    await customer.file("call-recordings/=お客様のメモ.txt").save("memo", { resumable: false });
    await customer.file("call-recordings/hikae-challenge-1.txt").save("code", { resumable: false });
    await customer.file(again.replace(/\.[a-z0-9]+$/, ".json")).save("{}", { resumable: false });
    await customer.file("elsewhere/1.mp3").save("other", { resumable: false });
    await settledClocks();
    const asked = await office.call("/verify", { body: { bucket } });
    const { result } = await endOf(stack, asked.body.id);
    const counts = { equal: 26, missing: 2, different: 2, extra: 1 };
    expect(result).toMatchObject({ ...counts, findings: 5, buckets: [{ bucket, ...counts, newer: 0, underWay: 0 }] });

    const view = await shown(office, asked.body.id);
    expect(view).toMatchObject({ site: "primary", asked: { bucket }, ...counts, buckets: [{ bucket, ...counts }] });
    const found = view.items as {
      finding: string;
      name: string;
      differs?: string[];
      receipt?: object;
      object?: object;
    }[];
    expect(found.map(({ name }) => name)).toStrictEqual(found.map(({ name }) => name).sort(byUtf8));
    const of = (finding: string) => found.filter((one) => one.finding === finding);
    expect(
      of("missing")
        .map(({ name }) => name)
        .sort(),
    ).toStrictEqual([gone, lost].sort());
    expect(of("missing")[0]).toMatchObject({ receipt: { bytes: 2000 }, office: "tokyo", unit: { id: "orders" } });
    expect(of("different").find(({ name }) => name === changed)?.differs).toStrictEqual([
      "bytes",
      "crc32c",
      "generation",
    ]);
    expect(of("different").find(({ name }) => name === again)?.differs).toStrictEqual(["generation"]);
    expect(of("extra")).toMatchObject([{ name: "call-recordings/=お客様のメモ.txt", object: { bytes: 4 } }]);

    const page = await shown(office, asked.body.id, "?finding=missing&pageSize=1");
    expect(page.items).toHaveLength(1);
    const rest = await shown(office, asked.body.id, `?finding=missing&pageSize=1&pageToken=${page.nextPageToken}`);
    expect([...page.items, ...rest.items].map(({ name }) => name)).toStrictEqual(of("missing").map(({ name }) => name));
    expect(rest.nextPageToken).toBeUndefined();

    const rows = await csvOf(office, asked.body.id);
    expect(rows.map(([finding]) => finding)).toStrictEqual(["finding", ...found.map(({ finding }) => finding)]);

    // Nothing was stored again by itself, also not by a run.
    expect((await resultOf(stack, office, "/runs", all)).result).toMatchObject({ asked: 0, alreadyStored: 30 });
    expect(await recordingsIn(stack, bucket)).toHaveLength(28);
    const retried = await office.call("/recordings/retry", {
      body: { verification: asked.body.id, which: ["missing"] },
    });
    expect(retried.body).toMatchObject({ retried: 2 });
    const entry = (await entriesOf(stack, tenant)).find(({ destination }) => destination?.name === gone);
    await entryIn(stack, tenant, entry?.recordingId ?? "", "stored");
    expect(await shown(office, asked.body.id, "?finding=missing")).toMatchObject({ items: of("missing") });
  });

  test("a bucket whose listing has no checksums is judged by length and generation, and its findings can be read (R43)", async () => {
    const office = await withRecordings(4);
    const customer = bucketOf(stack, office.bucket);
    const defaultKmsKeyName = "projects/customer/locations/asia-northeast1/keyRings/a/cryptoKeys/b";
    await customer.setMetadata({ encryption: { defaultKmsKeyName } });
    expect((await resultOf(stack, office, "/verify", {})).result).toMatchObject({ ...clean, equal: 4 });

    const [changed] = (await recordingsIn(stack, office.bucket)).map(({ name }) => name) as [string];
    await customer.file(changed).save("something else", { resumable: false });
    await settledClocks();
    const { id, result } = await resultOf(stack, office, "/verify", {});
    expect(result).toMatchObject({ ...clean, equal: 3, different: 1, findings: 1 });
    const { items } = await shown(office, id);
    expect(items).toMatchObject([{ name: changed, differs: ["bytes", "generation"], object: { bytes: 14 } }]);
    expect(items[0].object).not.toHaveProperty("crc32c");
    const [head, row] = await csvOf(office, id);
    expect(row?.[head?.indexOf("object_crc32c") ?? -1]).toBe("");
  });

  test("of a centre or a time only that part is judged (R43)", async () => {
    const office = await withRecordings(8);
    const [object] = await recordingsIn(stack, office.bucket);
    await bucketOf(stack, office.bucket)
      .file(object?.name ?? "")
      .delete();
    const other = await resultOf(stack, office, "/verify", { callCenter: "another" });
    expect(other.result).toMatchObject({ equal: 0, missing: 0 });
    const own = await resultOf(stack, office, "/verify", { callCenter: "orders" });
    expect(own.result).toMatchObject({ equal: 7, missing: 1 });
    const young = await resultOf(stack, office, "/verify", {
      from: new Date(Date.now() - 366 * 86_400_000).toISOString(),
    });
    expect((young.result.equal as number) + (young.result.missing as number)).toBe(4);
    expect((young.result.buckets as { extra?: number }[])[0]).not.toHaveProperty("extra");
  });

  test("calls that end meanwhile, and what is under way, are no findings (R43)", async () => {
    const office = await withRecordings(5);
    const { tenant } = office;
    const recording = announced(stack, tenant);
    await endCall(stack, office, [recording]);
    await entryIn(stack, tenant, recording.recordingId, "stored");
    await office.put("pending", 1, { parked: "nowhere" });
    const { result } = await resultOf(stack, office, "/verify", {});
    expect(result).toMatchObject({ ...clean, equal: 5, buckets: [{ newer: 1, underWay: 1 }] });
  });

  test("what the other site has stored in the bucket is not extra (R43, R45)", async () => {
    const office = await withRecordings(2);
    const recording = announced(stack, office.tenant);
    await endCall(stack, office, [recording], { site: "secondary" });
    await entryIn(stack, office.tenant, recording.recordingId, "stored", "secondary");
    await settledClocks();
    expect((await resultOf(stack, office, "/verify", {})).result).toMatchObject({ ...clean, equal: 2 });
  });

  test("every bucket that the ledger names is looked at; one that cannot be is told with the cause (R43, R34)", async () => {
    const office = await withRecordings(4);
    const { tenant, bucket } = office;
    const second = await newBucket(stack, tenant, `${tenant}-second`);
    const third = await newBucket(stack, tenant, `${tenant}-third`);
    const [one, two] = await entriesOf(stack, tenant);
    for (const [entry, other] of [
      [one, second],
      [two, third],
    ] as const) {
      const moved = { "destination.bucket": other, "receipt.bucket": other };
      await primary.doc(`tenants/${tenant}/recordingBackups/${entry?.recordingId}`).update(moved);
    }
    await customers(stack).bucket(second).deleteFiles();
    await customers(stack).bucket(second).delete();
    await primary.doc(`tenants/${tenant}/backupBuckets/${third}`).update({ lostAt: new Date() });
    await settledClocks();
    const { id, result } = await resultOf(stack, office, "/verify", {});
    expect(result).toMatchObject({ equal: 2, missing: 0, different: 0, extra: 2, findings: 2 });
    const { buckets } = await shown(office, id);
    expect(buckets).toMatchObject([
      { bucket, equal: 2, extra: 2 },
      { bucket: second, problem: { cause: "bucketGone", label: { ja: "バケットがありません" } } },
      { bucket: third, problem: { cause: "unproved" } },
    ]);

    const alone = await office.call("/verify", { body: { bucket: second } });
    expect(await endOf(stack, alone.body.id)).toMatchObject({
      state: "failed",
      error: { code: "precondition-failed", fields: [{ field: second, problem: "The bucket is not there" }] },
    });
    expect(await shown(office, alone.body.id)).toMatchObject({ items: [], buckets: [] });
  });

  test("goes on where it was when its worker is killed, and finds each once (R43)", async () => {
    const office = await withRecordings(3);
    const { tenant, bucket } = office;
    const entry = (await entriesOf(stack, tenant))[0];
    const name = (index: number) =>
      `call-recordings/受付/2025-01-01/x - call - rec-${String(index).padStart(6, "0")}.mp3`;
    const count = 4000;
    for (let from = 0; from < count; from += 500) {
      const batch = primary.batch();
      for (let index = from; index < from + 500; index++) {
        const place = { bucket, name: name(index) };
        const recordingId = `rec-${String(index).padStart(6, "0")}`;
        const receipt = { ...entry?.receipt, ...place };
        batch.set(primary.doc(`tenants/${tenant}/recordingBackups/${recordingId}`), {
          ...{ ...entry, recordingId, destination: place, receipt },
        });
      }
      await batch.commit();
    }
    const asked = await office.call("/verify", { body: {} });
    for (const pid of await stack.pidsOfFunction("secondary", "run-operation")) process.kill(pid, "SIGKILL");
    const { state, result } = await endOf(stack, asked.body.id, 180_000);
    expect({ state, result }).toMatchObject({
      state: "succeeded",
      result: { equal: 3, missing: count, findings: count },
    });
    const kept = await stack.databases.secondary.collection(`operations/${asked.body.id}/findings`).count().get();
    expect(kept.data().count).toBe(count);
  }, 300_000);

  test("is the same one when it is asked for again, whatever became of its bucket (R43)", async () => {
    const { call, tenant, bucket } = await ledgerOffice(stack);
    const ask = (key: string) => call("/verify", { body: { bucket }, key });
    const first = await ask("once");
    await primary.doc(`tenants/${tenant}/backupBuckets/${bucket}`).delete();
    expect((await ask("once")).body.id).toBe(first.body.id);
    expect((await ask("twice")).status).toBe(400);
  });

  test("is for the tenant's administrators and its own buckets (R34, R47)", async () => {
    const office = await ledgerOffice(stack);
    const stranger = await newBucket(stack, stack.newTenant());
    expect((await office.call("/verify", { body: { bucket: stranger } })).status).toBe(400);
    expect((await office.call("/verify", { body: { bucket: "there-is-none" } })).status).toBe(400);
    expect((await office.call("/verify", { body: {}, person: "here" })).status).toBe(403);
    expect((await office.call("/verify", { body: {}, person: "viewer" })).status).toBe(403);
    const { id, result } = await resultOf(stack, office, "/verify", { bucket: office.bucket });
    expect(result).toMatchObject({ ...clean, equal: 0 });
    const other = await ledgerOffice(stack);
    expect((await other.call(`/verifications/${id}`)).status).toBe(404);
    expect((await office.call("/verifications")).body.items).toMatchObject([{ operation: { id }, asked: {} }]);
    expect(await entryOf(stack, office.tenant, "nobody")).toBeUndefined();
  });
});

const byUtf8 = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

async function csvOf({ tenant }: LedgerOffice, id: string): Promise<string[][]> {
  const { api } = stack.description.sites.primary;
  const answer = await fetch(`${api}/v1/tenants/${tenant}/backup/verifications/${id}?format=csv`, {
    headers: { authorization: `Bearer ${await stack.token(addressOf(tenant, "company"))}` },
  });
  expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(answer.headers.get("content-disposition")).toContain(`verification-${tenant}.csv`);
  const text = (await answer.text()).replace("\uFEFF", "");
  return parseCsv(text).map((row) => row.map((cell) => cell.text));
}
