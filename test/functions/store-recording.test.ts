import { afterAll, describe, expect, test } from "vitest";
import type { RecordingFault } from "../../local/telephony/recording-faults.ts";
import {
  announced,
  type BackedUpTenant,
  bucketOf,
  endCall,
  enrolForBackup,
  entryIn,
  entryOf,
  expectReceipts,
  makeDue,
  recordingsIn,
} from "../support/backups.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { publish } from "../support/telephony.ts";

const stack = sharedStack();
const { primary } = stack.databases;
afterAll(() => stack.close());

/** A recording of an ended call whose source has that fault, once it was tried. */
async function tried(of: BackedUpTenant, fault: RecordingFault, more: object = {}) {
  const recording = announced(stack, of.tenant, more);
  const { recordingId } = recording;
  await stack.telephony.recordingFault({ tenant: of.tenant, recordingId }, fault);
  await endCall(stack, of, [recording]);
  await eventually(async () => {
    expect((await entryOf(stack, of.tenant, recordingId))?.error).toBeDefined();
  });
  return recordingId;
}

/** Tries an entry now. */
async function again(of: BackedUpTenant, recordingId: string): Promise<void> {
  await makeDue(stack, of.tenant, recordingId);
  await publish(stack, "backups", { site: "primary", tenant: of.tenant, recordingId });
}

describe("storeRecording", () => {
  test.each<[string, RecordingFault, string]>([
    ["not ready", { fault: "notReady", forMs: 600_000 }, "notReady"],
    ["a source that fails", { fault: "status", status: 500, times: 20 }, "sourceUnavailable"],
    ["a source that throttles", { fault: "status", status: 429, times: 20 }, "sourceUnavailable"],
    ["a refused source", { fault: "status", status: 403 }, "sourceDenied"],
    ["a page instead of audio", { fault: "html" }, "notAudio"],
    ["a page that says it is audio", { fault: "html", contentType: "audio/mpeg" }, "notAudio"],
    ["an empty answer", { fault: "empty" }, "notReady"],
    ["half of it", { fault: "shortened" }, "wrongLength"],
  ])("%s waits, and is stored when it is right (R39)", async (_, fault, failure) => {
    const of = await enrolForBackup(stack);
    const recordingId = await tried(of, fault);
    const waiting = await entryIn(stack, of.tenant, recordingId, "waiting");
    expect(waiting).toMatchObject({ attempts: 1, error: { class: failure } });
    expect(await recordingsIn(stack, of.bucket)).toStrictEqual([]);
    // Early calls change nothing.
    await publish(stack, "backups", { site: "primary", tenant: of.tenant, recordingId });
    await stack.telephony.clearRecordingFault({ tenant: of.tenant, recordingId });
    await again(of, recordingId);
    await entryIn(stack, of.tenant, recordingId, "stored");
    expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(1);
  });

  test.each<[string, RecordingFault, "unavailable" | "failed", string]>([
    ["is gone", { fault: "status", status: 410 }, "unavailable", "gone"],
    [
      "leads elsewhere",
      { fault: "redirect", to: "http://169.254.169.254/latest/meta-data" },
      "failed",
      "sourceForbidden",
    ],
  ])("what %s is not tried again (R37, R39)", async (_, fault, state, failure) => {
    const of = await enrolForBackup(stack);
    const recordingId = await tried(of, fault);
    expect(await entryIn(stack, of.tenant, recordingId, state)).toMatchObject({ error: { class: failure } });
    expect(await recordingsIn(stack, of.bucket)).toStrictEqual([]);
  });

  test.each([
    ["http://169.254.169.254/computeMetadata/v1/"],
    ["https://user:secret@recordings.example/x.mp3"],
    ["file:///etc/passwd"],
    ["gs://hikae-local-recordings-tokyo/other/x.mp3"],
    ["no address at all"],
  ])("nothing is fetched from %s, which is never shown (R37)", async (source) => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant, { source });
    await endCall(stack, of, [recording]);
    const { error } = await entryIn(stack, of.tenant, recording.recordingId, "failed");
    expect(error?.class).toBe("sourceForbidden");
    expect(error?.message).not.toContain(source);
  });

  test("a checksum of the publisher's that does not match keeps it out (R37)", async () => {
    const of = await enrolForBackup(stack);
    const recording = announced(stack, of.tenant, { md5: "AAAAAAAAAAAAAAAAAAAAAA==" });
    await endCall(stack, of, [recording]);
    expect(await entryIn(stack, of.tenant, recording.recordingId, "waiting")).toMatchObject({
      error: { class: "wrongChecksum" },
    });
    expect(await recordingsIn(stack, of.bucket)).toStrictEqual([]);
  });

  test("what was there already is adopted when it is the same, and never overwritten when it is not (R37)", async () => {
    const of = await enrolForBackup(stack);
    const [same, other] = [await storedOnce(of), await storedOnce(of)];
    await bucketOf(stack, of.bucket).file(other.name).save("something else", { resumable: false });
    for (const { recordingId } of [same, other]) {
      // As after a crash between the upload and the receipt.
      const entry = await entryOf(stack, of.tenant, recordingId);
      const { receipt: _receipt, ...rest } = entry ?? {};
      await primary
        .doc(`tenants/${of.tenant}/recordingBackups/${recordingId}`)
        .set({ ...rest, state: "pending", dueAt: new Date() });
      await again(of, recordingId);
    }
    expect((await entryIn(stack, of.tenant, same.recordingId, "stored")).receipt?.generation).toBe(same.generation);
    expect(await entryIn(stack, of.tenant, other.recordingId, "failed")).toMatchObject({
      error: { class: "conflict" },
    });
    const [content] = await bucketOf(stack, of.bucket).file(other.name).download();
    expect(content.toString()).toBe("something else");
  });

  test("gives up after seven days (R39)", async () => {
    const of = await enrolForBackup(stack);
    const recordingId = await tried(of, { fault: "status", status: 404 });
    const entry = primary.doc(`tenants/${of.tenant}/recordingBackups/${recordingId}`);
    await entry.update({ since: new Date(Date.now() - 7 * 86_400_000) });
    await again(of, recordingId);
    expect(await entryIn(stack, of.tenant, recordingId, "unavailable")).toMatchObject({ error: { class: "notReady" } });
  });

  test("leaves the metadata beside the recording where the company wants it (R44)", async () => {
    const of = await enrolForBackup(stack, { company: { sidecar: true } });
    const { name, recordingId } = await storedOnce(of);
    const [content] = await bucketOf(stack, of.bucket)
      .file(name.replace(/\.mp3$/, ".json"))
      .download();
    expect(JSON.parse(content.toString())).toMatchObject({ recordingId, direction: "inbound", from: "+819012345678" });
  });

  test("a call of another site, of an unknown entry, or that makes no sense does nothing", async () => {
    const of = await enrolForBackup(stack);
    await publish(stack, "backups", { site: "secondary", tenant: of.tenant, recordingId: "x" }, { site: "primary" });
    await publish(stack, "backups", { site: "primary", tenant: of.tenant, recordingId: "x" });
    await storedOnce(of);
    expect(await entryOf(stack, of.tenant, "x")).toBeUndefined();
  });
});

/** A recording that is stored. */
async function storedOnce(of: BackedUpTenant) {
  const recording = announced(stack, of.tenant);
  await endCall(stack, of, [recording]);
  const { receipt } = await entryIn(stack, of.tenant, recording.recordingId, "stored");
  return { recordingId: recording.recordingId, name: receipt?.name ?? "", generation: receipt?.generation ?? "" };
}
