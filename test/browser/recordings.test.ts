import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { past, resultOf } from "../support/backup-runs.ts";
import { announced, bucketOf, endCall, entriesOf, entryIn, recordingsIn } from "../support/backups.ts";
import { parseCsv } from "../support/csv.ts";
import { eventually } from "../support/eventually.ts";
import { at, conflict, ledgerOffice } from "../support/ledger-office.ts";
import { addressOf } from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";
import { openConsole } from "./support/console.ts";
import { tabTo } from "./support/keyboard.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
afterAll(() => stack.close());
const { primary } = stack.databases;

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const table = (page: Page, name: string) => page.getByRole("region", { name, exact: true }).getByRole("table");
const rows = (list: Locator) => list.locator("tbody").getByRole("row");

/** Opens a page of the tenant's recording backup in Tokyo, as somebody of it. */
const open = (
  tenant: string,
  path: string,
  { person = "company", language = "ja" as "ja" | "en", width = 1280 } = {},
) =>
  openConsole({
    ...{ site: "primary", language, width },
    email: addressOf(tenant, person),
    path: `/tenants/${tenant}/backup/${path}`,
  });

describe("recordings", () => {
  test("those that fail appear by themselves, say why, and are stored when they are run again (R41, R49)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant } = office;
    const page = await open(tenant, "recordings?status=unavailable");
    await page.getByText("条件に合う録音はありません。").waitFor();

    await stack.telephony.recordingFault({ tenant }, { fault: "status", status: 410 });
    const recordings = [announced(stack, tenant), announced(stack, tenant)];
    await endCall(stack, office, recordings);
    for (const { recordingId } of recordings) await entryIn(stack, tenant, recordingId, "unavailable");
    const list = table(page, "録音の一覧");
    await rows(list).nth(1).waitFor();
    await list.getByText("録音がないか、期限が切れています").first().waitFor();
    await button(page, "取得不可 2").waitFor();
    await expectAccessible(page);

    await stack.telephony.clearRecordingFault({ tenant });
    await button(page, "条件に合う2件すべてを再実行").click();
    await expectAccessible(page);
    await page.getByRole("dialog").getByRole("button", { name: "再実行する" }).click();
    await page.getByRole("status").filter({ hasText: "2件の再実行を始めました。" }).waitFor();
    await button(page, /^取得不可 0$/).waitFor();
    for (const { recordingId } of recordings) await entryIn(stack, tenant, recordingId, "stored");
    await button(page, /^保存済み 2$/).click();
    await rows(list).nth(1).waitFor();
    expect(new URL(page.url()).search).toBe("?status=stored");
    await rows(list).first().getByText("受領証").click();
    await rows(list).first().getByText("CRC32C").waitFor();
    await rows(list).first().getByText(`gs://${office.bucket}/call-recordings/ご注文受付/`).waitFor();
  });

  test("are found by state, centre and day, and chosen ones are run again by keyboard (R41, R49)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant } = office;
    await office.refuse("gone-bucket", "denied");
    const failed = [await office.put("failed", 1, conflict), await office.put("failed", 2, conflict)];
    await office.put("failed", 3, { error: { class: "badEvent", message: "" } });
    await office.put("pending", 4, { parked: "gone-bucket", error: { class: "denied", message: "403" } });
    await office.put("waiting", 5, { error: { class: "notReady", message: "404" }, dueAt: new Date(Date.now() + 9e7) });
    await office.put("skipped", 6, { skipped: "unitOff" });
    await office.put("stored", 7, { startedAt: new Date("2025-03-05T03:00:00Z") });

    const page = await open(tenant, "recordings");
    const list = table(page, "録音の一覧");
    await list.getByText("「gone-bucket」の復旧を待っています").waitFor();
    await list.getByText("このセンターのバックアップが無効です").waitFor();
    await list.getByText("次の試行：").waitFor();
    expect(await rows(list).count()).toBe(7);
    await expectAccessible(page);
    await screenshot(page, "recordings");

    await page.getByLabel("対象").selectOption({ label: "ご注文受付" });
    await page.getByLabel("通話日（から）").fill("2025-03-05");
    await page.getByLabel("通話日（まで）").fill("2025-03-05");
    await button(page, "すべて 1").waitFor();
    await eventually(async () => expect(await rows(list).count()).toBe(1));
    expect(new URL(page.url()).search).toBe("?callCenter=orders&from=2025-03-05&to=2025-03-05");
    await page.reload();
    await button(page, "すべて 1").waitFor();
    await button(page, "条件をクリア").click();

    await button(page, /^失敗 3$/).click();
    await eventually(async () => expect(await rows(list).count()).toBe(3));
    // One of them was never understood, and cannot be run again.
    const boxes = list.getByRole("checkbox");
    expect(await boxes.count()).toBe(2);
    await button(page, /^失敗 3$/).focus();
    await tabTo(page, boxes.first());
    await page.keyboard.press("Space");
    await tabTo(page, boxes.nth(1));
    await page.keyboard.press("Space");
    await button(page, "選んだ2件を再実行").press("Enter");
    await page.getByRole("status").filter({ hasText: "2件の再実行を始めました。" }).waitFor();
    await button(page, /^失敗 1$/).waitFor();
    for (const { recordingId } of failed) await entryIn(stack, tenant, recordingId, "stored");
  });

  test("an office's administrator sees those of the own offices alone, in English and on a phone (R47, R49)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant } = office;
    await office.put("failed", 1, conflict);
    await office.put("failed", 2, { ...conflict, office: "osaka" });
    const page = await open(tenant, "recordings", { person: "here", language: "en", width: 360 });
    const list = table(page, "Recordings");
    await list.getByText("Another object has the recording's name").waitFor();
    expect(await rows(list).count()).toBe(1);
    await button(page, "Failed 1").waitFor();
    await expectAccessible(page);
    await expectFitsWidth(page);
    await screenshot(page, "recordings-phone");
    expect(await page.getByLabel("Recordings of").locator("option").allTextContents()).toStrictEqual([
      "all your offices",
      "東京本社",
      "ご注文受付",
    ]);

    await button(page, "Menu").click();
    await page.getByRole("link", { name: "Back up now" }).click();
    // A run of everything is not for them.
    const options = page.getByLabel("Recordings of").locator("option");
    await eventually(async () => expect(await options.allTextContents()).toStrictEqual(["東京本社", "ご注文受付"]));
    await button(page, "Count them").click();
    await page.getByText("Every recording of that time is stored already.").waitFor();
    await expectAccessible(page);
    await expectFitsWidth(page);
  });
});

test("a run is counted first, starts, shows how far it is, and what it stored (R42, R49)", async () => {
  const office = await ledgerOffice(stack);
  const { tenant, bucket } = office;
  await past(stack, office, 60);
  const page = await open(tenant, "runs");
  await page.getByText("まだ実行していません。").waitFor();
  await page.getByLabel("対象").selectOption({ label: "ご注文受付" });
  await button(page, "件数を調べる").click();
  await page.getByText("60件（120 kB）").first().waitFor();
  await page.getByText("まだ実績がないため分かりません。").waitFor();
  await expectAccessible(page);
  await screenshot(page, "back-up-now");

  await button(page, "バックアップを開始").click();
  const current = page.getByRole("region", { name: "バックアップの進み具合" });
  await current.getByRole("status").waitFor();
  await current.getByRole("status").getByText("完了").waitFor({ timeout: 60_000 });
  const earlier = table(page, "これまでの実行");
  await earlier.getByText("保存：60件").waitFor();
  await earlier.getByText("コールセンター：ご注文受付").waitFor();
  expect(await recordingsIn(stack, bucket)).toHaveLength(60);
  await expectAccessible(page);

  await button(page, "件数を調べる").click();
  await page.getByText("保存していない録音はありません。").waitFor();
  expect(await button(page, "バックアップを開始").count()).toBe(0);
});

test("a verification finds what is missing or different, gives it as a file, and stores what is chosen (R43, R49)", async () => {
  const office = await ledgerOffice(stack);
  const { tenant, bucket } = office;
  await past(stack, office, 12);
  await resultOf(stack, office, "/runs", { scope: { all: true } });
  // As if that had been an hour ago: what came in the last seconds is not judged.
  for (const { recordingId } of await entriesOf(stack, tenant)) {
    await primary.doc(`tenants/${tenant}/recordingBackups/${recordingId}`).update({ "receipt.storedAt": at(0) });
  }
  const [gone, lost] = (await recordingsIn(stack, bucket)).map(({ name }) => name) as [string, string];
  for (const name of [gone, lost]) await bucketOf(stack, bucket).file(name).delete();

  const page = await open(tenant, "verifications");
  await page.getByText("まだ照合していません。").waitFor();
  await page.getByLabel("バケット", { exact: true }).selectOption({ label: bucket });
  await button(page, "照合を開始").click();
  const current = page.getByRole("region", { name: "照合の進み具合" });
  await current.getByRole("status").getByText("完了").waitFor({ timeout: 60_000 });
  await expectAccessible(page);
  await screenshot(page, "verifications");
  await current.getByRole("link", { name: "結果を見る" }).click();

  const list = table(page, "見つかった違い");
  await list.getByText(gone).waitFor();
  await button(page, "欠落 2").click();
  await eventually(async () => expect(await rows(list).count()).toBe(2));
  await expectAccessible(page);
  await screenshot(page, "verification");

  const downloading = page.waitForEvent("download");
  await button(page, "CSVをダウンロード").click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe(`verification-${tenant}.csv`);
  const csv = parseCsv(readFileSync(await download.path(), "utf8").replace("\uFEFF", ""));
  expect(csv.map(([finding]) => finding?.text)).toStrictEqual(["finding", "missing", "missing"]);

  await list.getByRole("checkbox", { name: gone }).check();
  await button(page, "選んだ1件をもう一度保存").click();
  await page.getByRole("dialog").getByRole("button", { name: "もう一度保存する" }).click();
  await page.getByRole("status").filter({ hasText: "1件の再実行を始めました。" }).waitFor();
  await eventually(async () => {
    const names = (await recordingsIn(stack, bucket)).map(({ name }) => name);
    expect([names.includes(gone), names.includes(lost)]).toStrictEqual([true, false]);
  });
});
