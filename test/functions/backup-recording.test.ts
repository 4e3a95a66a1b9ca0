import { afterAll, describe, expect, test } from "vitest";
import { readUnitFacts } from "../../shared/stores/backup-facts.ts";
import { putInCharge } from "../support/activation.ts";
import {
  announced,
  bucketOf,
  callEnded,
  endCall,
  enrolForBackup,
  entriesOf,
  entryIn,
  entryOf,
  expectReceipts,
  newBucket,
  recordingsIn,
} from "../support/backups.ts";
import { deadLetter } from "../support/dead-letters.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { publish } from "../support/telephony.ts";

const stack = sharedStack();
const { primary } = stack.databases;
afterAll(() => stack.close());

describe("readUnitFacts", () => {
  test("finds nothing under an id that could be no document's", async () => {
    const { tenant } = await enrolForBackup(stack);
    for (const id of ["a/b", "..", "__x__"]) {
      const { exists, levels, ...more } = await readUnitFacts(primary, tenant, id, { type: "callCenter", id });
      expect([exists, Object.keys(levels), more]).toStrictEqual([true, ["company"], {}]);
    }
  });
});

describe("backupRecording", () => {
  test("stores each recording of an ended call under its name, with a receipt (R36, R38)", async () => {
    const of = await enrolForBackup(stack);
    const recordings = [announced(stack, of.tenant), announced(stack, of.tenant, { agentName: "佐藤 太郎" })];
    const event = callEnded(of, recordings, { startedAt: "2026-11-20T15:30:00Z", endedAt: "2026-11-20T15:40:00Z" });
    await publish(stack, "callEnded", event);
    for (const { recordingId, agentName } of recordings) {
      const { receipt } = await entryIn(stack, of.tenant, recordingId, "stored");
      // 15:30 UTC is the next day in Tokyo.
      const name = `call-recordings/ご注文受付/2026-11-21/${agentName} - ${event.callId} - ${recordingId}.mp3`;
      expect(receipt).toMatchObject({ bucket: of.bucket, name, bytes: 2000 });
      const [metadata] = await bucketOf(stack, of.bucket).file(name).getMetadata();
      expect(metadata).toMatchObject({ contentType: "audio/mpeg", metadata: { recordingId } });
    }
    await expectReceipts(stack, of.tenant, of.bucket);
  });

  test("copies what lies in the platform's bucket, and nothing of another tenant (R37)", async () => {
    const [of, other] = await Promise.all([enrolForBackup(stack), enrolForBackup(stack)]);
    const { calls } = await stack.telephony.call({
      tenant: of.tenant,
      office: of.office,
      callCenter: of.callCenter,
      source: "gs",
    });
    const recordingId = calls[0]?.recordingIds[0] ?? "";
    const entry = await entryIn(stack, of.tenant, recordingId, "stored");
    await expectReceipts(stack, of.tenant, of.bucket);
    const thief = announced(stack, other.tenant, { source: entry.source });
    await endCall(stack, other, [thief]);
    expect(await entryIn(stack, other.tenant, thief.recordingId, "failed")).toMatchObject({
      error: { class: "sourceForbidden" },
    });
    expect(await recordingsIn(stack, other.bucket)).toStrictEqual([]);
  });

  test("ten copies of an event, side by side, make one object and one entry (R37)", async () => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant);
    const event = callEnded(of, [recording]);
    await Promise.all(Array.from({ length: 10 }, () => publish(stack, "callEnded", event)));
    await entryIn(stack, of.tenant, recording.recordingId, "stored");
    expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(1);
  });

  test("keeps name and bucket through renames and changed settings (R36)", async () => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant);
    await stack.telephony.recordingFault(
      { tenant: of.tenant, recordingId: recording.recordingId },
      { fault: "status", status: 503 },
    );
    const event = callEnded(of, [recording]);
    await publish(stack, "callEnded", event);
    const { destination } = await entryIn(stack, of.tenant, recording.recordingId, "waiting");
    const other = await newBucket(stack, of.tenant, `${of.tenant}-other`);
    await primary.doc(`tenants/${of.tenant}/callCenters/${of.callCenter}`).update({ name: "別の名前" });
    await primary.doc(`tenants/${of.tenant}/backupSettings/company`).update({ bucket: other });
    await stack.telephony.clearRecordingFault({ tenant: of.tenant, recordingId: recording.recordingId });
    await primary.doc(`tenants/${of.tenant}/recordingBackups/${recording.recordingId}`).update({ dueAt: new Date(0) });
    await publish(stack, "backups", { site: "primary", tenant: of.tenant, recordingId: recording.recordingId });
    const { receipt } = await entryIn(stack, of.tenant, recording.recordingId, "stored");
    expect(receipt).toMatchObject(destination ?? {});
    expect(await recordingsIn(stack, other)).toStrictEqual([]);
  });

  test("the second centre of one name gets a folder with its id (R36)", async () => {
    const of = await enrolForBackup(stack);
    const root = primary.doc(`tenants/${of.tenant}`);
    await root
      .collection("callCenters")
      .doc("second")
      .set({ name: "ご注文受付", office: root.collection("offices").doc(of.office) });
    await root.collection("backupSettings").doc("callCenter.second").set({ enabled: true });
    const [first, second] = [announced(stack, of.tenant), announced(stack, of.tenant)];
    await endCall(stack, of, [first]);
    const one = await entryIn(stack, of.tenant, first.recordingId, "stored");
    await endCall(stack, { ...of, callCenter: "second" }, [second]);
    const two = await entryIn(stack, of.tenant, second.recordingId, "stored");
    expect(one.receipt?.name).toContain("/ご注文受付/");
    expect(two.receipt?.name).toContain("/ご注文受付 (second)/");
  });

  test.each([
    ["of a company without backup", { company: { enabled: false } }, {}, "companyOff"],
    ["of a centre whose backup is off (R35)", { unit: { enabled: false } }, {}, "unitOff"],
    ["of no centre or team", {}, { callCenterId: undefined }, "noUnit"],
  ])("skips a recording %s, and says why", async (_, wanted, more, skipped) => {
    const of = await enrolForBackup(stack, wanted);
    const recording = announced(stack, of.tenant);
    await endCall(stack, of, [recording], more);
    expect(await entryIn(stack, of.tenant, recording.recordingId, "skipped")).toMatchObject({ skipped });
  });

  test("shows a recording of an unknown centre as failed", async () => {
    const of = await enrolForBackup(stack);
    await primary.doc(`tenants/${of.tenant}/backupSettings/callCenter.nowhere`).set({ enabled: true });
    const recording = announced(stack, of.tenant);
    await endCall(stack, { ...of, callCenter: "nowhere" }, [recording]);
    const { error } = await entryIn(stack, of.tenant, recording.recordingId, "failed");
    expect(error).toMatchObject({ class: "unknownUnit", message: "there is no callCenter nowhere" });
  });

  test.each([
    ["an unknown version", { version: 99 }],
    ["a time that is none", { endedAt: "yesterday" }],
    ["a call id of 300 characters", { callId: "x".repeat(300) }],
  ])("an event of %s shows as failed and goes to the dead letters (R39)", async (_, more) => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant);
    await endCall(stack, of, [recording], more);
    expect(await entryIn(stack, of.tenant, recording.recordingId, "failed")).toMatchObject({
      error: { class: "badEvent" },
    });
    // What is told rightly later is backed up after all.
    await endCall(stack, of, [recording]);
    await entryIn(stack, of.tenant, recording.recordingId, "stored");
  });

  test("an event of an unknown tenant goes to the dead letters, and leaves no trace of it", async () => {
    const tenant = stack.newTenant();
    await endCall(stack, { tenant, office: "o", callCenter: "c" }, [announced(stack, tenant)]);
    const bodyOf = (body = "{}") => (JSON.parse(body) as { message?: { data?: string } }).message?.data ?? "";
    const isMine = ({ body }: { body?: string }) => Buffer.from(bodyOf(body), "base64").includes(tenant);
    expect(await deadLetter(stack, isMine)).toMatchObject({ function: "backup-recording", code: "invalid" });
    expect(await entriesOf(stack, tenant)).toStrictEqual([]);
  });

  test.each([
    ["a path", "../../x", "x"],
    ["300 emoji", "😀".repeat(300), "😀"],
    ["right-to-left text", "\u202Eשלום\u202C", "שלום"],
    ["combining characters", "か\u3099".repeat(5), "が"],
    ["nothing", null, "不明"],
  ])("an agent named %s gets a name that is safe (R36)", async (_, agentName, part) => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant, { agentName });
    await endCall(stack, of, [recording]);
    const { receipt } = await entryIn(stack, of.tenant, recording.recordingId, "stored");
    const base = receipt?.name.split("/")[3] ?? "";
    expect(receipt?.name.split("/")).toHaveLength(4);
    expect(base).toContain(part);
    expect(base.endsWith(` - ${recording.recordingId}.mp3`)).toBe(true);
    expect(Buffer.byteLength(base)).toBeLessThanOrEqual(512);
    await expectReceipts(stack, of.tenant, of.bucket);
  });

  test("takes a call whose clock is a day ahead, without a negative delay", async () => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant);
    const ahead = new Date(Date.now() + 86_400_000);
    await endCall(stack, of, [recording], { startedAt: ahead.toISOString(), endedAt: ahead.toISOString() });
    const { receipt } = await entryIn(stack, of.tenant, recording.recordingId, "stored");
    expect(receipt).toMatchObject({ delaySeconds: 0 });
  });

  test("backs up on the secondary what ends there while it is active, into the same folder (R45)", async () => {
    const of = await enrolForBackup(stack);
    await putInCharge(stack, of.tenant);
    const recording = announced(stack, of.tenant);
    await endCall(stack, of, [recording], { site: "secondary" });
    const { receipt } = await entryIn(stack, of.tenant, recording.recordingId, "stored", "secondary");
    expect(receipt?.name).toContain("/ご注文受付/");
    await expectReceipts(stack, of.tenant, of.bucket, "secondary");
    expect(await entryOf(stack, of.tenant, recording.recordingId, "primary")).toBeUndefined();
  });

  test("what is left to do on the secondary after it is not active changes none of its data (R10)", async () => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant);
    await endCall(stack, of, [recording], { site: "secondary" });
    const { receipt } = await entryIn(stack, of.tenant, recording.recordingId, "stored", "secondary");
    expect(receipt?.name).toContain(`/ご注文受付 (${of.callCenter})/`);
    await stack.settled(of.tenant);
    const standby = await stack.databases.secondary.doc(`standbys/${of.tenant}`).get();
    expect(standby.get("state")).toBe("syncing");
  });

  test("a tenant without a stand-by is backed up as well", async () => {
    const of = await enrolForBackup(stack);
    await primary.doc(`tenants/${of.tenant}`).update({ "options.dr": false });
    const recording = announced(stack, of.tenant);
    await endCall(stack, of, [recording]);
    await entryIn(stack, of.tenant, recording.recordingId, "stored");
  });

  test("one tenant's flood does not hold up another's call", async () => {
    const [busy, quiet] = await Promise.all([enrolForBackup(stack), enrolForBackup(stack)]);
    await stack.telephony.recordingFault({ tenant: busy.tenant }, { fault: "slow", bytesPerSecond: 1000 });
    const flood = Array.from({ length: 20 }, () => announced(stack, busy.tenant));
    await endCall(stack, busy, flood);
    const recording = announced(stack, quiet.tenant);
    await endCall(stack, quiet, [recording]);
    await entryIn(stack, quiet.tenant, recording.recordingId, "stored");
    const ended = (await entriesOf(stack, busy.tenant)).filter(({ state }) => state === "stored");
    expect(ended.length).toBeLessThan(flood.length);
    await eventually(async () => {
      expect(await expectReceipts(stack, busy.tenant, busy.bucket)).toHaveLength(flood.length);
    });
  });
});
