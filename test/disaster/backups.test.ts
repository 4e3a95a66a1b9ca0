import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { isOpen } from "../../shared/domain/backup/entry.ts";
import { putInCharge } from "../support/activation.ts";
import {
  announced,
  type BackedUpTenant,
  callEnded,
  endCall,
  enrolForBackup,
  entriesOf,
  entryIn,
  expectReceipts,
  makeProbed,
} from "../support/backups.ts";
import { eventually } from "../support/eventually.ts";
import { onOwnStack } from "../support/own-stack.ts";
import type { TestStack } from "../support/stack.ts";
import { publish } from "../support/telephony.ts";

let local: Stack;
let stack: TestStack;
onOwnStack((ownLocal, ownStack) => {
  [local, stack] = [ownLocal, ownStack];
});

/** Sweeps, everything open being due, until all of a tenant's recordings are stored. */
async function drained(of: BackedUpTenant, expected: number): Promise<void> {
  await eventually(async () => {
    const open = (await entriesOf(stack, of.tenant)).filter(isOpen);
    const batch = stack.databases.primary.batch();
    for (const { recordingId, dueAt, parked } of open) {
      if (!dueAt || parked) continue;
      batch.update(stack.databases.primary.doc(`tenants/${of.tenant}/recordingBackups/${recordingId}`), {
        dueAt: new Date(0),
      });
    }
    await batch.commit();
    await makeProbed(stack, of.bucket).catch(() => undefined);
    await stack.runSchedule("primary", "sweep-backups");
    expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(expected);
  }, 90_000);
}

describe("the worker dies at any point", () => {
  test("each recording is stored once; none is lost, doubled or half there (R36–R39)", async () => {
    const tenants = await Promise.all(Array.from({ length: 3 }, () => enrolForBackup(stack)));
    const events = new Map(tenants.map(({ tenant }) => [tenant, [] as object[]]));
    // Small ones in one request, large ones in a resumable upload; slow enough to be met in the middle.
    const sizes = [2000, 300_000, 9_000_000];
    for (const { tenant } of tenants) {
      await stack.telephony.recordingFault({ tenant }, { fault: "slow", bytesPerSecond: 12_000_000 });
    }
    let interrupted = 0;
    let behind = 0;
    for (const deadline = Date.now() + 240_000; interrupted < 30 && Date.now() < deadline; ) {
      // No more than the worker keeps up with.
      for (const [index, of] of behind > 9 ? [] : tenants.entries()) {
        const bytes = sizes[(interrupted + index) % sizes.length] ?? 2000;
        const recording = announced(stack, of.tenant, { bytes });
        const source = recording.source.replace("bytes=2000", `bytes=${bytes}`);
        const event = callEnded(of, [{ ...recording, source }]);
        events.get(of.tenant)?.push(event);
        await publish(stack, "callEnded", event);
      }
      await pause(Math.random() * 1500);
      const worker = Math.random() < 0.7 ? "backup-recording" : "store-recording";
      const running = await stack.pidsOfFunction("primary", worker);
      const entries = (await Promise.all(tenants.map(({ tenant }) => entriesOf(stack, tenant)))).flat();
      const published = [...events.values()].reduce((sum, { length }) => sum + length, 0);
      behind = published - entries.filter((entry) => !isOpen(entry)).length;
      if (running.length === 0 || behind === 0) continue;
      await local.killFunction("primary", worker);
      interrupted++;
    }
    expect(interrupted).toBeGreaterThanOrEqual(30);
    for (const of of tenants) {
      await stack.telephony.clearRecordingFault({ tenant: of.tenant });
      await drained(of, events.get(of.tenant)?.length ?? 0);
    }
  }, 600_000);

  test("Cloud Storage and the worker go and come back, and nothing is lost", async () => {
    const of = await enrolForBackup(stack);
    const recordings = Array.from({ length: 20 }, () => announced(stack, of.tenant));
    await Promise.all(recordings.map((recording) => endCall(stack, of, [recording])));
    await local.killStandIn("storage");
    await local.killFunction("primary", "backup-recording");
    await pause(Math.random() * 500);
    await local.restartStandIn("storage");
    await eventually(async () => {
      expect(await entriesOf(stack, of.tenant)).toHaveLength(recordings.length);
    });
    await drained(of, recordings.length);
  }, 180_000);
});

describe("Tokyo is lost", () => {
  test("calls that end in Osaka are backed up from there, needing nothing of it (R45)", async () => {
    const of = await enrolForBackup(stack);
    await putInCharge(stack, of.tenant, "disaster");
    await local.kill("primary");
    const recording = announced(stack, of.tenant);
    await endCall(stack, of, [recording], { site: "secondary" });
    await entryIn(stack, of.tenant, recording.recordingId, "stored", "secondary");
    expect(await expectReceipts(stack, of.tenant, of.bucket, "secondary")).toHaveLength(1);
    expect(await stack.runSchedule("secondary", "sweep-backups")).toBeLessThan(300);
  }, 120_000);
});
