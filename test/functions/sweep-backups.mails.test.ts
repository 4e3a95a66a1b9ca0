import { afterAll, describe, expect, test } from "vitest";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { eventually } from "../support/eventually.ts";
import { addMembers, addressOf } from "../support/mails.ts";
import { noticesOf, parked, put, putBucket, untold } from "../support/notices.ts";
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

/** Sweeps until so many mails about the tenant have come: another sweep may have been going on. */
function mailed(site: Site, tenant: string, count: number) {
  return eventually(async () => {
    expect([200, 204]).toContain(await sweep(site));
    const mails = await received(tenant);
    expect(mails).toHaveLength(count);
    return mails;
  });
}

describe("sweepBackups", () => {
  test.each(sites)(
    "on the %s writes to each office about its own failures, one mail for each cause (R40)",
    async (site) => {
      const tenant = await staffed();
      const at = new Date();
      await putBucket(stack, site, tenant, "outOfService");
      await put(stack, site, [
        ...Array.from({ length: 5 }, () => parked(tenant, at)),
        untold(tenant, at),
        untold(tenant, at, { office: "o2" }),
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
      const entries = await stack.databases[site].collection(`tenants/${tenant}/recordingBackups`).get();
      for (const entry of entries.docs)
        expect([entry.get("notice"), entry.get("noticeAt")]).toEqual([undefined, undefined]);
    },
  );

  test("tells once that the bucket takes recordings again, with what was told before as its reason (R40)", async () => {
    const tenant = await staffed();
    await putBucket(stack, "primary", tenant, "outOfService");
    await put(stack, "primary", [parked(tenant, new Date())]);
    await mailed("primary", tenant, 2);
    const due = async () => {
      const [notice] = await noticesOf(stack, "primary", tenant);
      await stack.databases.primary.doc(`backupNotices/${notice?.id}`).update({ dueAt: new Date(0) });
    };
    // A probe alone is no return: the bucket has not taken a recording yet.
    await putBucket(stack, "primary", tenant, "inService", { onTrial: true });
    await due();
    await eventually(async () => {
      await sweep("primary");
      const [looked] = await noticesOf(stack, "primary", tenant);
      expect(looked?.dueAt?.getTime()).toBeGreaterThan(0);
    });
    expect(await received(tenant)).toHaveLength(2);
    await putBucket(stack, "primary", tenant, "inService");
    await due();
    const mails = await mailed("primary", tenant, 4);
    expect(mails.map(({ subject }) => subject).sort()).toEqual([
      "[Hikae] Call recordings are being backed up again (大阪支店)",
      "[Hikae] [Please check] Call recordings could not be backed up (大阪支店)",
      "[Hikae] 【要確認】通話録音をバックアップできませんでした（大阪支店）",
      "[Hikae] 通話録音のバックアップが再開しました（大阪支店）",
    ]);
    const [closed] = await noticesOf(stack, "primary", tenant);
    expect(closed).toMatchObject({ open: false, expireAt: expect.any(Date) });
    await sweep("primary");
    expect(await received(tenant)).toHaveLength(4);
  });
});
