import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { type NoticesApp, sendDueNotices } from "../../shared/domain/backup/notices.ts";
import type { SiteBackups } from "../../shared/domain/backup/ports.ts";
import type { MailRequest } from "../../shared/domain/outbox.ts";
import { createBackupDestinations } from "../../shared/stores/backup-destinations.ts";
import { createBackupNotices } from "../../shared/stores/backup-notices.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { noticesOf, parked, put, putBucket, untold } from "../support/notices.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
afterAll(() => stack.close());

/**
 * What is asked for at times of the test's own, so far ahead that no sweep of the stack finds anything of it due. Mails that
 * are asked for are counted in the outbox.
 */
describe("sendDueNotices", () => {
  const start = Date.now() + 40 * 86_400_000;
  const at = (minutes: number) => new Date(start + minutes * 60_000);
  const database = stack.databases.secondary;

  type Notices = SiteBackups["notices"];
  const appAt = (minutes: number, more: Partial<Notices> = {}): NoticesApp => {
    const now = () => at(minutes);
    const notices = { ...createBackupNotices(database, now), ...more };
    const own = { notices, destinations: createBackupDestinations(database) } as unknown as SiteBackups;
    return { site: "secondary", backups: { primary: own, secondary: own }, now };
  };
  /** Nothing of another tenant is looked at: other tests have their own. */
  const only = (tenant: string, minutes: number, more: Partial<Notices> = {}): NoticesApp => {
    const { notices } = appAt(minutes).backups.secondary;
    return appAt(minutes, {
      untold: async (until, most) => (await notices.untold(until, most)).filter((found) => found.tenant === tenant),
      due: async (until, most) => (await notices.due(until, most)).filter((found) => found.tenant === tenant),
      ...more,
    });
  };
  const asked = async (tenant: string) => {
    const found = await database.collection("outbox").where("tenant", "==", tenant).get();
    const requests = found.docs
      .map((each) => fromStore<MailRequest>(each.data()))
      .filter(({ type }) => type === "request");
    return requests.map(({ template, data }) => [template, data.count] as const).sort();
  };
  const failed = "recordingBackupsFailed";
  const works = "recordingBackupsWork";

  test("asks for one mail, however many sweeps come at once and wherever they die (R40)", async () => {
    const tenant = stack.newTenant();
    await put(
      stack,
      "secondary",
      Array.from({ length: 130 }, () => untold(tenant, at(0))),
    );
    const dies = () => Promise.reject(new Error("the process is killed"));
    await expect(sendDueNotices(only(tenant, 1, { collect: dies }))).rejects.toThrow("killed");
    await expect(sendDueNotices(only(tenant, 1, { change: dies }))).rejects.toThrow("killed");
    const counts = await Promise.all([1, 2, 3].map(() => sendDueNotices(only(tenant, 1)).catch(() => 0)));
    await sendDueNotices(only(tenant, 2));
    expect(await asked(tenant)).toEqual([[failed, 130]]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
  });

  test("asks for the next one after 15 minutes, for all that has failed meanwhile (R40)", async () => {
    const tenant = stack.newTenant();
    for (const [minute, mails] of [
      [0, 1],
      [3, 0],
      [9, 0],
      [14.9, 0],
      [16, 1],
      [17, 0],
    ] as const) {
      if (minute < 10) await put(stack, "secondary", [untold(tenant, at(minute)), untold(tenant, at(minute))]);
      expect([minute, await sendDueNotices(only(tenant, minute + 0.5))]).toEqual([minute, mails]);
    }
    expect(await asked(tenant)).toEqual([
      [failed, 2],
      [failed, 4],
    ]);
  });

  test("says that it works again when a later recording was stored and none waits for the same cause (R40)", async () => {
    const tenant = stack.newTenant();
    const unavailable = { class: "sourceUnavailable", message: "" } as const;
    await put(stack, "secondary", [untold(tenant, at(0), { error: unavailable, notice: "sourceUnavailable" })]);
    const { notice: _notice, noticeAt: _noticeAt, ...waiting } = untold(tenant, at(0), { error: unavailable });
    await put(stack, "secondary", [{ ...waiting, state: "waiting" }]);
    expect(await sendDueNotices(only(tenant, 1))).toBe(1);
    expect(await sendDueNotices(only(tenant, 10))).toBe(0);
    const receipt = { bucket: "b", name: "n", generation: "1", bytes: 1, crc32c: "", delaySeconds: 1 };
    const storedAt = (minutes: number, id: string = randomUUID()) =>
      put(stack, "secondary", [
        { ...waiting, recordingId: id, state: "stored", receipt: { ...receipt, storedAt: at(minutes) } },
      ]);
    await storedAt(-1);
    expect(await sendDueNotices(only(tenant, 20))).toBe(0);
    await storedAt(19);
    // One still waits.
    expect(await sendDueNotices(only(tenant, 40))).toBe(0);
    await storedAt(41, waiting.recordingId);
    expect(await sendDueNotices(only(tenant, 60))).toBe(1);
    expect(await sendDueNotices(only(tenant, 80))).toBe(0);
    expect((await asked(tenant)).map(([template]) => template)).toEqual([failed, works]);
  });

  test("does not tell of a bucket that was back before anybody could be told (R40)", async () => {
    const tenant = stack.newTenant();
    await putBucket(stack, "secondary", tenant, "inService", {}, at(0));
    await put(stack, "secondary", [parked(tenant, at(0))]);
    expect(await sendDueNotices(only(tenant, 1))).toBe(0);
    expect(await noticesOf(stack, "secondary", tenant)).toMatchObject([{ open: false, untold: { count: 0 } }]);
  });

  test("tells of what an office is called that leads elsewhere, and holds up no other office", async () => {
    const tenant = stack.newTenant();
    await put(stack, "secondary", [untold(tenant, at(0), { office: "a/b" }), untold(tenant, at(0), { office: "" })]);
    expect(await sendDueNotices(only(tenant, 1))).toBe(2);
  });
});
