import type { Locator, Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { probeWaitingBuckets } from "../../shared/domain/backup/probe-buckets.ts";
import { codeIn, enrolBackingUp, enrolOffices, newCustomerBucket, settingsApp } from "../support/backup-settings.ts";
import { conflict, ledgerOffice } from "../support/ledger-office.ts";
import { addressOf } from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";
import { emailOf } from "../support/switch-over.ts";
import { openConsole, permitFaults } from "./support/console.ts";
import { tabTo } from "./support/keyboard.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
afterAll(() => stack.close());

const button = (scope: Page | Locator, name: string | RegExp) => scope.getByRole("button", { name });
const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true }).first();
const card = (page: Page, bucket: string) => page.getByRole("article", { name: bucket });
const row = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name });

const open = (
  tenant: string,
  {
    path = "backup/settings",
    member = "company" as "company" | "office" | "viewer",
    language = "ja" as "ja" | "en",
    width = 1280,
  } = {},
) =>
  openConsole({
    site: "secondary",
    language,
    width,
    email: emailOf(tenant, member),
    path: `/tenants/${tenant}/${path}`,
  });

/** Reads the code in the bucket, as its owner does, and enters it. */
async function prove(of: Locator, names: { code: string; prove: string }): Promise<void> {
  const object =
    (await of
      .getByText(/^gs:\/\//)
      .first()
      .textContent()) ?? "";
  await of.getByRole("textbox", { name: names.code }).fill(await codeIn(stack, object));
  await button(of, names.prove).click();
}
const ja = { code: "確認コード", prove: "所有を確認する" };
const en = { code: "Code", prove: "Prove that it is yours" };

describe("backup settings", () => {
  test("a company administrator sets up a bucket from nothing until a centre is stored there (R32–R35, R49)", async () => {
    const [tenant, bucket] = await Promise.all([enrolOffices(stack), newCustomerBucket(stack, [])]);
    const page = await open(tenant);
    permitFaults(page, /status of 400/);
    await page.getByText("録音バックアップはまだ設定されていません。").waitFor();
    await expectAccessible(page);

    await button(page, "録音バックアップを設定する").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("switch", { name: "録音バックアップを使う" }).check();
    const name = dialog.getByRole("textbox", { name: "会社のバケット" });
    await name.fill(`gs://${bucket}`);
    await button(dialog, "保存する").click();
    await dialog.getByText(/gs:\/\/ は付けずに入力してください/).waitFor();
    await name.fill("customer-of-nobody-at-all");
    await button(dialog, "保存する").click();
    await dialog.getByText("この名前のバケットはありません。").waitFor();
    await expectAccessible(page);
    await screenshot(page, "backup-settings-dialog");
    await name.fill(bucket);
    await button(dialog, "保存する").click();
    await page.getByRole("status").filter({ hasText: "会社の設定を保存しました。" }).waitFor();

    const own = card(page, bucket);
    await own.getByRole("status").filter({ hasText: "権限の反映を待っています" }).waitFor();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await button(own, "コマンドで許可する場合をコピー").click();
    await button(own, "コピーしました").waitFor();
    const copied = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(copied).toMatch(
      new RegExp(
        `^gcloud storage buckets add-iam-policy-binding gs://${bucket} --member=serviceAccount:\\S+@\\S+ --role=roles/storage.objectUser$`,
      ),
    );
    await expectAccessible(page);
    await screenshot(page, "backup-settings-permission", { wholePage: true });

    // What the customer does in Cloud Storage shows by itself once Hikae has looked.
    await stack.storage.permit(bucket);
    await probeWaitingBuckets(settingsApp(stack, "primary"));
    await own.getByRole("status").filter({ hasText: "所有の確認を待っています" }).waitFor();
    await button(own, "確認コードを発行する").click();
    const code = own.getByRole("textbox", { name: ja.code });
    await code.fill("0000-0000");
    await button(own, ja.prove).click();
    await own.getByText("あと9回入力できます。").waitFor();
    await expectAccessible(page);
    await screenshot(page, "backup-settings-proof", { wholePage: true });
    await prove(own, ja);
    await own.getByRole("status").filter({ hasText: "利用できます" }).waitFor();
    await page
      .getByText(`（${emailOf(tenant, "company")}）`)
      .first()
      .waitFor();

    const centre = page.getByRole("switch", { name: "コールセンター「ご予約センター」の録音をバックアップする" });
    await row(page, "ご予約センター").getByText("このセンターのバックアップが無効です").waitFor();
    await centre.focus();
    await page.keyboard.press("Space");
    await row(page, "ご予約センター").getByText(bucket).waitFor();
    expect(await centre.isChecked()).toBe(true);
    await row(page, "修理センター").getByText("このセンターのバックアップが無効です").waitFor();
    await expectAccessible(page);
    await screenshot(page, "backup-settings", { wholePage: true });
  });

  test("an office administrator sees to a bucket of the own office alone, in English (R32, R47, R49)", async () => {
    const [{ tenant, bucket: companys }, bucket] = await Promise.all([
      enrolBackingUp(stack),
      newCustomerBucket(stack, ["storage.objects.get"]),
    ]);
    const page = await open(tenant, { member: "office", language: "en" });
    await region(page, "The company").getByText("A company administrator can change the company's settings.").waitFor();
    expect(await row(page, "拠点o2").count()).toBe(0);
    await page.getByRole("checkbox", { name: "Show other offices as well" }).check();
    await row(page, "拠点o2").first().waitFor();
    expect(await button(row(page, "修理センター"), /Change/).count()).toBe(0);
    expect(await page.getByRole("switch", { name: /修理センター/ }).count()).toBe(0);

    await button(page, "Change Office “拠点o1”").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio", { name: "A bucket of its own" }).check();
    await dialog.getByRole("textbox", { name: "Bucket name" }).fill(bucket);
    await button(dialog, "Save").click();
    const own = card(page, bucket);
    await own.getByRole("status").filter({ hasText: "Waiting for the permission" }).waitFor();
    await row(page, "拠点o1").getByText(`“${bucket}” is not settled yet`).waitFor();
    expect(await button(card(page, companys), /./).count()).toBe(0);
    await stack.storage.permit(bucket);
    await button(own, "Check now").click();
    await button(own, "Leave a code").click();
    await prove(own, en);
    await own.getByRole("status").filter({ hasText: "In use" }).waitFor();
    await row(page, "拠点o1").getByText(bucket).first().waitFor();
    await page
      .getByRole("switch", { name: /ご予約センター/ })
      .locator("xpath=ancestor::label")
      .click();
    await row(page, "ご予約センター").getByText("as set for the office “拠点o1”").waitFor();
    await expectAccessible(page);
  });

  test("with restrict nobody chooses a bucket, and a viewer only reads, on a phone (R32, R47, R49)", async () => {
    const { tenant, bucket } = await enrolBackingUp(stack);
    const page = await open(tenant, { width: 360 });
    const change = button(page, "会社の設定を変更");
    await change.waitFor();
    await tabTo(page, change);
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("switch", { name: "会社のバケットだけを使う" }).check();
    await button(dialog, "保存する").click();
    await page.getByText("すべての録音が会社のバケットに保存されます。").waitFor();
    await button(page, "コールセンター「ご予約センター」の設定を変更").click();
    expect(await dialog.getByRole("radio", { name: "専用のバケットを使う" }).isDisabled()).toBe(true);
    await expectFitsWidth(page);
    await expectAccessible(page);
    await button(dialog, "やめる").first().click();

    const viewers = await open(tenant, { member: "viewer", width: 360 });
    await viewers.getByText("設定を変更できるのは、全社管理者と拠点管理者です。").waitFor();
    await card(viewers, bucket).getByText("利用できます").waitFor();
    expect(await viewers.getByRole("main").getByRole("switch").count()).toBe(0);
    expect(await button(viewers.getByRole("main"), /変更|設定する|発行/).count()).toBe(0);
    await expectFitsWidth(viewers);
    await expectAccessible(viewers);
    await screenshot(viewers, "backup-settings-phone", { wholePage: true });
  });
});

describe("backup overview", () => {
  test("shows what has failed, what waits and for which bucket, by office, and leads to the list (R39, R43b, R49)", async () => {
    const office = await ledgerOffice(stack);
    const { tenant } = office;
    await office.refuse("gone-bucket", "denied");
    await office.put("failed", 1, conflict);
    await office.put("failed", 2, { ...conflict, office: "osaka" });
    await office.put("pending", 50, { parked: "gone-bucket", error: { class: "denied", message: "403" } });
    const receipt = { bucket: office.bucket, name: "n", generation: "1", bytes: 1, crc32c: "A", storedAt: new Date() };
    await office.put("stored", 3, { receipt: { ...receipt, delaySeconds: 42 } });
    const email = addressOf(tenant, "company");
    const page = await openConsole({ site: "primary", language: "ja", email, path: `/tenants/${tenant}/backup` });
    await page.getByText("保存できなかった録音があります。").waitFor();
    await page.getByRole("link", { name: "失敗 2" }).waitFor();
    await page.getByText("42 秒").first().waitFor();
    await page.getByText(/^\d+ 分.*前の通話$/).waitFor();
    const refusing = row(page, "gone-bucket");
    await refusing.getByText("保存を保留中").waitFor();
    await refusing.getByText("バケットへの書き込みが許可されていません").waitFor();
    await expectAccessible(page);
    await screenshot(page, "backup-overview", { wholePage: true });
    await office.put("failed", 4, conflict);
    await page.getByRole("link", { name: "失敗 3" }).click();
    await page.getByRole("heading", { level: 1, name: "録音の一覧" }).waitFor();
    expect(new URL(page.url()).search).toBe("?status=failed");

    const theirs = await openConsole({
      ...{ site: "primary", language: "en", width: 360 },
      email: addressOf(tenant, "there"),
      path: `/tenants/${tenant}/backup`,
    });
    await theirs.getByRole("link", { name: "Failed 1" }).waitFor();
    await theirs.getByText("None is waiting").waitFor();
    await expectFitsWidth(theirs);
    await expectAccessible(theirs);
  });
});
