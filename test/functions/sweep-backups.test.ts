import { afterAll, describe, expect, test } from "vitest";
import { destinationId } from "../../shared/stores/backup-destinations.ts";
import {
  announced,
  type BackedUpTenant,
  customers,
  endCall,
  enrolForBackup,
  entriesOf,
  entryIn,
  expectReceipts,
  makeDue,
  makeProbed,
  prove,
  recordingsIn,
} from "../support/backups.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
const { primary } = stack.databases;
afterAll(() => stack.close());

const sweep = async () => expect(await stack.runSchedule("primary", "sweep-backups")).toBeLessThan(300);

/** Sweeps, the bucket's probe being due each time, until the check passes. */
async function sweptUntil(of: Pick<BackedUpTenant, "tenant" | "bucket">, check: () => Promise<void>): Promise<void> {
  await eventually(async () => {
    await makeProbed(stack, of);
    await sweep();
    await check();
  });
}

const destinationOf = async ({ tenant, bucket }: Pick<BackedUpTenant, "tenant" | "bucket">) =>
  (await primary.doc(`backupDestinations/${destinationId(tenant, bucket)}`).get()).data();

async function waitUntilParked(of: BackedUpTenant, count: number): Promise<void> {
  await eventually(async () => {
    const entries = await entriesOf(stack, of.tenant);
    expect(entries.filter(({ parked }) => parked === of.bucket)).toHaveLength(count);
  });
}

describe("sweepBackups", () => {
  test("calls for what is due (R39)", async () => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant);
    const scope = { tenant: of.tenant, recordingId: recording.recordingId };
    await stack.telephony.recordingFault(scope, { fault: "status", status: 404 });
    await endCall(stack, of, [recording]);
    await entryIn(stack, of.tenant, recording.recordingId, "waiting");
    await stack.telephony.clearRecordingFault(scope);
    await sweep();
    await entryIn(stack, of.tenant, recording.recordingId, "waiting");
    await makeDue(stack, of.tenant, recording.recordingId);
    await sweep();
    await entryIn(stack, of.tenant, recording.recordingId, "stored");
  });

  test("a bucket that refuses is one incident; it is drained when it is permitted again (R39)", async () => {
    const of = await enrolForBackup(stack);
    await stack.storage.permit(of.bucket, []);
    const recordings = Array.from({ length: 12 }, () => announced(stack, of.tenant));
    for (const recording of recordings) await endCall(stack, of, [recording]);
    await waitUntilParked(of, 12);
    const { incident } = (await destinationOf(of)) ?? {};
    expect(incident).toMatchObject({ cause: "denied" });
    await sweptUntil(of, async () => {
      expect((await destinationOf(of))?.incident.probes).toBeGreaterThan(0);
    });
    expect((await destinationOf(of))?.incident.id).toBe(incident.id);
    await stack.storage.permit(of.bucket);
    await sweptUntil(of, async () => {
      expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(12);
    });
    expect(await destinationOf(of)).toMatchObject({ state: "inService" });
  });

  test("a bucket that is gone is written to again only when it is proved anew (R34)", async () => {
    const of = await enrolForBackup(stack);
    await customers(stack).bucket(of.bucket).delete();
    const recording = announced(stack, of.tenant);
    await endCall(stack, of, [recording]);
    await waitUntilParked(of, 1);
    expect(await destinationOf(of)).toMatchObject({ incident: { cause: "bucketGone" } });
    // A stranger takes the name.
    await customers(stack).createBucket(of.bucket);
    await sweptUntil(of, async () => {
      expect(await destinationOf(of)).toMatchObject({ state: "outOfService", incident: { cause: "unproved" } });
    });
    expect(await recordingsIn(stack, of.bucket)).toStrictEqual([]);
    await prove(stack, of.tenant, of.bucket);
    await sweptUntil(of, async () => {
      expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(1);
    });
  });

  test("a bucket that another tenant makes and proves is that tenant's, whatever befell the one before (R34, R39)", async () => {
    const before = await enrolForBackup(stack);
    const { bucket } = before;
    const left = announced(stack, before.tenant);
    const scope = { tenant: before.tenant, recordingId: left.recordingId };
    await stack.telephony.recordingFault(scope, { fault: "status", status: 404 });
    await endCall(stack, before, [left]);
    await entryIn(stack, before.tenant, left.recordingId, "waiting");
    await customers(stack).bucket(bucket).delete();
    await endCall(stack, before, [announced(stack, before.tenant)]);
    await waitUntilParked(before, 1);
    const after = { ...(await enrolForBackup(stack, { company: { bucket } })), bucket };
    await customers(stack).createBucket(bucket);
    await prove(stack, after.tenant, bucket);
    const stored = announced(stack, after.tenant);
    await endCall(stack, after, [stored]);
    await entryIn(stack, after.tenant, stored.recordingId, "stored");
    // What waits for something else and is due now must not take the bucket from its owner.
    await stack.telephony.clearRecordingFault(scope);
    await makeDue(stack, before.tenant, left.recordingId);
    await sweptUntil(before, () => waitUntilParked(before, 2));
    const more = announced(stack, after.tenant);
    await endCall(stack, after, [more]);
    await entryIn(stack, after.tenant, more.recordingId, "stored");
    expect(await destinationOf(after)).toBeUndefined();
    expect(await destinationOf(before)).toMatchObject({ tenant: before.tenant, state: "outOfService" });
    expect(await recordingsIn(stack, bucket)).toHaveLength(2);
  });

  test("a bucket that came back behind hundreds of others has its turn (R39)", async () => {
    const of = await enrolForBackup(stack);
    await stack.storage.permit(of.bucket, []);
    await endCall(stack, of, [announced(stack, of.tenant)]);
    await waitUntilParked(of, 1);
    await stack.storage.permit(of.bucket);
    const now = new Date();
    const back = { tenant: of.tenant, state: "inService", draining: true, returnedAt: now };
    const recordOf = (bucket: string) => primary.doc(`backupDestinations/${destinationId(of.tenant, bucket)}`);
    const others = Array.from({ length: 250 }, (_, n) => `0-${of.tenant}-${n}`);
    const batch = primary.batch();
    for (const bucket of others) {
      batch.set(recordOf(bucket), { ...back, bucket, updatedAt: new Date(now.getTime() - 60_000) });
    }
    batch.set(recordOf(of.bucket), { ...back, bucket: of.bucket, updatedAt: now });
    await batch.commit();
    try {
      await eventually(async () => {
        await sweep();
        expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(1);
      });
    } finally {
      const ended = primary.batch();
      for (const bucket of others) ended.delete(recordOf(bucket));
      await ended.commit();
    }
  });

  test("takes over what was known of a bucket under its name alone (R39)", async () => {
    const of = await enrolForBackup(stack);
    await stack.storage.permit(of.bucket, []);
    await endCall(stack, of, [announced(stack, of.tenant)]);
    await waitUntilParked(of, 1);
    const known = primary.doc(`backupDestinations/${of.bucket}`);
    const own = primary.doc(`backupDestinations/${destinationId(of.tenant, of.bucket)}`);
    await stack.storage.permit(of.bucket);
    const record = (await own.get()).data() ?? {};
    await known.set({ ...record, incident: { ...record.incident, nextProbeAt: new Date(0) } });
    await own.delete();
    await sweptUntil(of, async () => {
      expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(1);
    });
    expect((await known.get()).exists).toBe(false);
    expect(await destinationOf(of)).toMatchObject({ state: "inService" });
  });

  test.each([
    ["throttles", { status: 429 }, "throttled"],
    ["fails", { status: 503 }, "unavailable"],
  ])("a Cloud Storage that %s holds things up, and loses none (R39)", async (_, fault, cause) => {
    const of = await enrolForBackup(stack);
    await stack.storage.fault({ bucket: of.bucket, ...fault });
    const recordings = Array.from({ length: 5 }, () => announced(stack, of.tenant));
    for (const recording of recordings) await endCall(stack, of, [recording]);
    await waitUntilParked(of, 5);
    expect(await destinationOf(of)).toMatchObject({ incident: { cause } });
    await stack.storage.clearFaults({ bucket: of.bucket });
    await sweptUntil(of, async () => {
      expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(5);
    });
  });

  test("takes up what was claimed by a worker that died", async () => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant);
    const scope = { tenant: of.tenant, recordingId: recording.recordingId };
    await stack.telephony.recordingFault(scope, { fault: "status", status: 404 });
    await endCall(stack, of, [recording]);
    await entryIn(stack, of.tenant, recording.recordingId, "waiting");
    await stack.telephony.clearRecordingFault(scope);
    const entry = primary.doc(`tenants/${of.tenant}/recordingBackups/${recording.recordingId}`);
    await entry.update({ state: "pending", dueAt: new Date(Date.now() - 1) });
    await sweep();
    await entryIn(stack, of.tenant, recording.recordingId, "stored");
  });

  test("works for the secondary's own ledger, whatever becomes of the primary (R45)", async () => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant);
    const scope = { tenant: of.tenant, recordingId: recording.recordingId };
    await stack.telephony.recordingFault(scope, { fault: "status", status: 404 });
    await endCall(stack, of, [recording], { site: "secondary" });
    await entryIn(stack, of.tenant, recording.recordingId, "waiting", "secondary");
    await stack.telephony.clearRecordingFault(scope);
    await makeDue(stack, of.tenant, recording.recordingId, "secondary");
    expect(await stack.runSchedule("secondary", "sweep-backups")).toBeLessThan(300);
    await entryIn(stack, of.tenant, recording.recordingId, "stored", "secondary");
  });
});
