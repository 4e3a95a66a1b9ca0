import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { type BackupNotice, type NoticesApp, sendDueNotices } from "../../shared/domain/backup/digests.ts";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import type { DestinationRecord, SiteBackups } from "../../shared/domain/backup/ports.ts";
import type { MailRequest } from "../../shared/domain/outbox.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { createBackupDestinations } from "../../shared/stores/backup-destinations.ts";
import { createBackupDigests } from "../../shared/stores/backup-digests.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { eventually } from "../support/eventually.ts";
import { addMembers, addressOf } from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol } from "../support/tenants.ts";

const stack = sharedStack();
afterAll(() => stack.close());

const sweep = (site: Site) => stack.runSchedule(site, "sweep-backups");
const received = (tenant: string) => stack.mails({ tenant });

/** A tenant with an administrator of the company, and one of each of two offices, known on both sites. */
async function staffed(): Promise<string> {
  const tenant = await enrol(stack);
  for (const [id, name] of Object.entries({ o1: "大阪支店", o2: "名古屋支店" })) {
    await stack.databases.primary.doc(`tenants/${tenant}/offices/${id}`).set({ name, timeZone: "Asia/Tokyo" });
  }
  await addMembers(stack, tenant, {
    company: {},
    here: { role: "officeAdmin", offices: ["o1"], language: "en" },
    there: { role: "officeAdmin", offices: ["o2"] },
    viewer: { role: "viewer", offices: ["o1"] },
  });
  await stack.settled(tenant);
  return tenant;
}

/** A recording of that tenant that could not be stored since then, as the ledger has it. */
function entryOf(tenant: string, at: Date, more: Partial<BackupEntry> = {}): BackupEntry {
  const recordingId = randomUUID();
  return {
    ...{ tenant, recordingId, callId: "call-1", office: "o1", unit: { type: "callCenter", id: "c1" } },
    ...{ agentName: "髙﨑 花子", direction: "inbound", from: "+81312345678", to: "+81698765432" },
    ...{ startedAt: at, endedAt: at, source: "https://secret.example/1", contentType: "audio/mpeg" },
    ...{ state: "failed", attempts: 1, since: at, createdAt: at, updatedAt: at },
    destination: { bucket: `b-${tenant}`, name: `call-recordings/受付窓口/2026-11-21/a - call-1 - ${recordingId}.mp3` },
    error: { class: "conflict", message: "why" },
    ...{ notice: "conflict", noticeAt: at },
    ...more,
  };
}
const parkedIn = (tenant: string, at: Date, more: Partial<BackupEntry> = {}) =>
  entryOf(tenant, at, {
    ...{ state: "pending", parked: `b-${tenant}`, error: { class: "denied", message: "why" }, notice: "denied" },
    ...more,
  });

async function put(site: Site, entries: BackupEntry[]): Promise<void> {
  const batch = stack.databases[site].batch();
  for (const entry of entries) {
    batch.set(stack.databases[site].doc(`tenants/${entry.tenant}/recordingBackups/${entry.recordingId}`), entry);
  }
  await batch.commit();
}

/** The tenant's bucket out of service, and not probed for long; or back. */
async function putBucket(
  site: Site,
  tenant: string,
  state: DestinationRecord["state"],
  now = new Date(),
): Promise<void> {
  const bucket = `b-${tenant}`;
  const nextProbeAt = new Date(now.getTime() + 30 * 86_400_000);
  const incident = { id: "i", cause: "denied", message: "why", since: now, probes: 0, nextProbeAt } as const;
  const record: DestinationRecord = {
    ...{ bucket, tenant, state, draining: false, updatedAt: now },
    ...(state === "outOfService" ? { incident } : {}),
  };
  await stack.databases[site].doc(`backupDestinations/${bucket}`).set(record);
}

/** Sweeps until so many mails about the tenant have come: another sweep may have been going on. */
function mailed(site: Site, tenant: string, count: number) {
  return eventually(async () => {
    expect([200, 204]).toContain(await sweep(site));
    const mails = await received(tenant);
    expect(mails).toHaveLength(count);
    return mails;
  });
}

async function noticesOf(site: Site, tenant: string): Promise<BackupNotice[]> {
  const found = await stack.databases[site].collection("backupNotices").where("tenant", "==", tenant).get();
  return found.docs.map((each) => fromStore<BackupNotice>(each.data()));
}

describe("sweepBackups", () => {
  test.each(sites)(
    "on the %s writes to each office about its own failures, one mail for each cause (R40)",
    async (site) => {
      const tenant = await staffed();
      const at = new Date();
      await putBucket(site, tenant, "outOfService");
      await put(site, [
        ...Array.from({ length: 5 }, () => parkedIn(tenant, at)),
        entryOf(tenant, at),
        entryOf(tenant, at, { office: "o2" }),
      ]);
      // Three mails, two of them to two people each and one to two others.
      const mails = await mailed(site, tenant, 6);
      const to = (mailbox: string) => mails.filter((mail) => mail.to.includes(addressOf(tenant, mailbox)));
      expect([to("company").length, to("here").length, to("there").length, to("viewer").length]).toEqual([3, 2, 1, 0]);
      const digest = to("company").find(({ text }) => text.includes("許可されていません"));
      expect(digest).toMatchObject({ subject: "[Hikae] 【要確認】通話録音をバックアップできませんでした（大阪支店）" });
      for (const told of [
        "件数: 5件",
        `バケット: b-${tenant}`,
        "保存待ち",
        "受付窓口",
        "Storage オブジェクト ユーザー",
      ]) {
        expect(digest?.text).toContain(told);
      }
      const page = `${stack.description.sites[site].api}/tenants/${tenant}/backup/recordings`;
      expect(digest?.text).toContain(`${page}?status=pending`);
      const english = to("here").find(({ text }) => text.includes("Another object has the recording's name"));
      expect(english?.text).toContain(`${page}?status=failed`);
      expect(to("there")[0]?.subject).toContain("名古屋支店");
      for (const { text, html } of mails) expect(`${text}${html}`).not.toMatch(/\+81|secret/);
      const untold = await stack.databases[site].collection(`tenants/${tenant}/recordingBackups`).get();
      for (const entry of untold.docs)
        expect([entry.get("notice"), entry.get("noticeAt")]).toEqual([undefined, undefined]);
    },
  );

  test("tells once that the bucket takes recordings again, with what was told before as its reason (R40)", async () => {
    const tenant = await staffed();
    await putBucket("primary", tenant, "outOfService");
    await put("primary", [parkedIn(tenant, new Date())]);
    await mailed("primary", tenant, 2);
    await putBucket("primary", tenant, "inService");
    const [notice] = await noticesOf("primary", tenant);
    await stack.databases.primary.doc(`backupNotices/${notice?.id}`).update({ dueAt: new Date() });
    const mails = await mailed("primary", tenant, 4);
    expect(mails.map(({ subject }) => subject).sort()).toEqual([
      "[Hikae] Call recordings are being backed up again (大阪支店)",
      "[Hikae] [Please check] Call recordings could not be backed up (大阪支店)",
      "[Hikae] 【要確認】通話録音をバックアップできませんでした（大阪支店）",
      "[Hikae] 通話録音のバックアップが再開しました（大阪支店）",
    ]);
    const [closed] = await noticesOf("primary", tenant);
    expect(closed).toMatchObject({ open: false, expireAt: expect.any(Date) });
    await sweep("primary");
    expect(await received(tenant)).toHaveLength(4);
  });
});

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
    const notices = { ...createBackupDigests(database, now), ...more };
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
      "secondary",
      Array.from({ length: 130 }, () => entryOf(tenant, at(0))),
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
      if (minute < 10) await put("secondary", [entryOf(tenant, at(minute)), entryOf(tenant, at(minute))]);
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
    await put("secondary", [entryOf(tenant, at(0), { error: unavailable, notice: "sourceUnavailable" })]);
    const { notice: _notice, noticeAt: _noticeAt, ...waiting } = entryOf(tenant, at(0), { error: unavailable });
    await put("secondary", [{ ...waiting, state: "waiting" }]);
    expect(await sendDueNotices(only(tenant, 1))).toBe(1);
    expect(await sendDueNotices(only(tenant, 10))).toBe(0);
    const receipt = { bucket: "b", name: "n", generation: "1", bytes: 1, crc32c: "", delaySeconds: 1 };
    const storedAt = (minutes: number, id = randomUUID()) =>
      put("secondary", [
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
    await putBucket("secondary", tenant, "inService", at(0));
    await put("secondary", [parkedIn(tenant, at(0))]);
    expect(await sendDueNotices(only(tenant, 1))).toBe(0);
    expect(await noticesOf("secondary", tenant)).toMatchObject([{ open: false, untold: { count: 0 } }]);
  });

  test("tells of what an office is called that leads elsewhere, and holds up no other office", async () => {
    const tenant = stack.newTenant();
    await put("secondary", [entryOf(tenant, at(0), { office: "a/b" }), entryOf(tenant, at(0), { office: "" })]);
    expect(await sendDueNotices(only(tenant, 1))).toBe(2);
  });
});
