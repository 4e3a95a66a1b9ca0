import { afterAll, describe, expect, test } from "vitest";
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
async function sweptUntil(bucket: string, check: () => Promise<void>): Promise<void> {
  await eventually(async () => {
    await makeProbed(stack, bucket);
    await sweep();
    await check();
  });
}

const destinationOf = async (bucket: string) => (await primary.doc(`backupDestinations/${bucket}`).get()).data();

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
    const { incident } = (await destinationOf(of.bucket)) ?? {};
    expect(incident).toMatchObject({ cause: "denied" });
    await sweptUntil(of.bucket, async () => {
      expect((await destinationOf(of.bucket))?.incident.probes).toBeGreaterThan(0);
    });
    expect((await destinationOf(of.bucket))?.incident.id).toBe(incident.id);
    await stack.storage.permit(of.bucket);
    await sweptUntil(of.bucket, async () => {
      expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(12);
    });
    expect(await destinationOf(of.bucket)).toMatchObject({ state: "inService" });
  });

  test("a bucket that is gone is written to again only when it is proved anew (R34)", async () => {
    const of = await enrolForBackup(stack);
    await customers(stack).bucket(of.bucket).delete();
    const recording = announced(stack, of.tenant);
    await endCall(stack, of, [recording]);
    await waitUntilParked(of, 1);
    expect(await destinationOf(of.bucket)).toMatchObject({ incident: { cause: "bucketGone" } });
    // A stranger takes the name.
    await customers(stack).createBucket(of.bucket);
    await sweptUntil(of.bucket, async () => {
      expect(await destinationOf(of.bucket)).toMatchObject({ state: "outOfService", incident: { cause: "unproved" } });
    });
    expect(await recordingsIn(stack, of.bucket)).toStrictEqual([]);
    await prove(stack, of.tenant, of.bucket);
    await sweptUntil(of.bucket, async () => {
      expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(1);
    });
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
    expect(await destinationOf(of.bucket)).toMatchObject({ incident: { cause } });
    await stack.storage.clearFaults({ bucket: of.bucket });
    await sweptUntil(of.bucket, async () => {
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
