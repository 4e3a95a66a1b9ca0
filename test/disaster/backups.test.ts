import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { isOpen } from "../../shared/domain/backup/entry.ts";
import { putInCharge } from "../support/activation.ts";
import {
  announced,
  type BackedUpTenant,
  callEnded,
  deliverUntilTaken,
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
    await makeProbed(stack, of);
    await stack.runSchedule("primary", "sweep-backups");
    expect(await expectReceipts(stack, of.tenant, of.bucket)).toHaveLength(expected);
  }, 90_000);
}

/** Small ones go in one request, large ones in a resumable upload. */
const sizes = [2000, 300_000, 9_000_000];

describe("the worker dies at any point", () => {
  test("each recording is stored once; none is lost, doubled or half there (R36–R39)", async () => {
    const tenants = await Promise.all(Array.from({ length: 3 }, () => enrolForBackup(stack)));
    for (const { tenant } of tenants) {
      // Slow enough to be met in the middle.
      await stack.telephony.recordingFault({ tenant }, { fault: "slow", bytesPerSecond: 12_000_000 });
    }
    const published = new Map(tenants.map(({ tenant }) => [tenant, 0]));
    const underWay = new Set<Promise<void>>();
    let interrupted = 0;
    for (const deadline = Date.now() + 240_000; interrupted < 30 && Date.now() < deadline; ) {
      for (const [index, of] of underWay.size > 9 ? [] : tenants.entries()) {
        const bytes = sizes[(interrupted + index) % sizes.length] ?? 2000;
        const recording = announced(stack, of.tenant, { bytes });
        const source = recording.source.replace("bytes=2000", `bytes=${bytes}`);
        const delivered = deliverUntilTaken(stack, callEnded(of, [{ ...recording, source }]));
        underWay.add(delivered);
        void delivered.finally(() => underWay.delete(delivered));
        published.set(of.tenant, (published.get(of.tenant) ?? 0) + 1);
      }
      await pause(Math.random() * 1000);
      if (underWay.size === 0 || (await stack.pidsOfFunction("primary", "backup-recording")).length === 0) continue;
      await local.killFunction("primary", "backup-recording");
      interrupted++;
    }
    expect(interrupted).toBeGreaterThanOrEqual(30);
    await Promise.all(underWay);
    for (const of of tenants) await drained(of, published.get(of.tenant) ?? 0);
  }, 600_000);

  test("Cloud Storage and the worker go and come back, and nothing is lost", async () => {
    const of = await enrolForBackup(stack);
    const delivered = Array.from({ length: 20 }, () =>
      deliverUntilTaken(stack, callEnded(of, [announced(stack, of.tenant)])),
    );
    await local.killStandIn("storage");
    await local.killFunction("primary", "backup-recording");
    await pause(Math.random() * 500);
    await local.restartStandIn("storage");
    await Promise.all(delivered);
    await drained(of, delivered.length);
  }, 240_000);
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
