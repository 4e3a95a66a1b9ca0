import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { addMember, addOperator } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { act, actAndWait, enrol, inState, profileOf } from "../support/tenants.ts";
import { openConsole, permitFaults } from "./support/console.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
afterAll(() => stack.close());

let operator: string;
beforeAll(async () => {
  operator = await addOperator(stack);
});

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name, exact: true });
const part = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const link = (page: Page, name: string) => page.getByRole("main").getByRole("link", { name, exact: true });

/** A tenant with a phone on both sites. */
async function withPhone(): Promise<string> {
  const tenant = await enrol(stack);
  await stack.databases.primary.doc(`tenants/${tenant}/phones/1`).set({ name: "受付", ringSeconds: 15 });
  await stack.settled(tenant);
  return tenant;
}

describe("the status of a tenant", () => {
  test("is shown whole, and both sites are compared by a button (R8, R16, R49)", async () => {
    const tenant = await withPhone();
    const email = await addMember(stack, tenant, "companyAdmin");
    const page = await openConsole({ site: "secondary", language: "ja", email, path: `/tenants/${tenant}/dr` });
    await heading(page, "DRの状況").waitFor();
    const state = part(page, "現在の状態");
    await state.getByText("東京（本番サイト）").waitFor();
    await link(page, "準備状況を確認する").waitFor();
    const sites = part(page, "サイト");
    await sites.getByText(`${tenant}.osaka.example`).waitFor();
    await sites.getByText(`${tenant}.tokyo.example`).waitFor();
    expect(await sites.getByText("同期設定").count(), "the setting is the primary's").toBe(0);
    await page.getByRole("img", { name: /直近10分の遅れの推移：中央値は/ }).waitFor();
    const proof = part(page, "最後の突き合わせ");
    await button(page, "今すぐ突き合わせる").click();
    await proof.getByText("完了", { exact: true }).waitFor();
    await proof.getByText("両サイトは一致").waitFor();
    await proof.getByText("種別ごとの結果").first().click();
    await proof.getByRole("row", { name: "電話機 1 0 0" }).waitFor();
    expect(await button(page, "同期を停止").count(), "only operators stop a sync").toBe(0);
    await expectAccessible(page);
    await screenshot(page, "dr-status", { wholePage: true });
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFitsWidth(page);
    await screenshot(page, "dr-status-phone");
  });

  test("is stopped by an operator for a reason, and resumed by restoring everything (R11, R49)", async () => {
    const tenant = await withPhone();
    const path = `/tenants/${tenant}/dr`;
    const page = await openConsole({ site: "secondary", language: "en", email: operator, path });
    await button(page, "Stop the sync").click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.getByRole("button", { name: "Stop the sync" }).isDisabled()).toBe(true);
    await dialog.getByRole("textbox", { name: "Reason" }).fill("maintenance of the network");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Stop the sync" }).click();
    const state = part(page, "Present state");
    await state.getByText("Sync stopped").waitFor();
    await state.getByText("maintenance of the network").waitFor();
    await state.getByText(operator).waitFor();
    await button(page, "Restore everything from Tokyo and resume").click();
    const restore = dialog.getByRole("button", { name: "Restore everything from Tokyo and resume" });
    expect(await restore.isDisabled()).toBe(true);
    await dialog.getByRole("textbox").fill(tenant);
    await restore.click();
    await state.getByText("Syncing", { exact: true }).waitFor({ timeout: 60_000 });
  });

  test("is resumed for a reason where Tokyo has far less, once that was refused (R8, R11, R49)", async () => {
    const tenant = await enrol(stack);
    const phones = stack.databases.primary.collection(`tenants/${tenant}/phones`);
    await Promise.all(Array.from({ length: 12 }, (_, index) => phones.doc(`${index}`).set({ name: "受付" })));
    await stack.settled(tenant);
    await act(stack, tenant, "/dr/stop", { reason: "統合" });
    await stack.databases.primary.recursiveDelete(phones);
    await phones.doc("0").set({ name: "受付" });

    const path = `/tenants/${tenant}/dr`;
    const page = await openConsole({ site: "secondary", language: "ja", email: operator, path });
    const name = "すべてを東京の内容に戻して再開";
    const dialog = page.getByRole("dialog");
    const override = dialog.getByRole("checkbox", { name: "理由を添えて実行する" });
    await button(page, name).click();
    await dialog.getByRole("textbox").fill(tenant);
    expect(await override.count()).toBe(0);
    await dialog.getByRole("button", { name }).click();
    await page.getByText(/東京1件、大阪12件/).waitFor({ timeout: 60_000 });

    await button(page, name).click();
    await dialog.getByText(/前回の復元は中止されました/).waitFor();
    await dialog.getByRole("textbox").fill(tenant);
    await override.check();
    expect(await dialog.getByRole("button", { name }).isDisabled(), "the reason is missing").toBe(true);
    await dialog.getByRole("textbox", { name: "理由" }).fill("統合で廃止した");
    await expectAccessible(page);
    await screenshot(page, "dr-restore-override");
    await dialog.getByRole("button", { name }).click();
    await part(page, "現在の状態").getByText("同期中", { exact: true }).waitFor({ timeout: 60_000 });
  });

  test("leads on while Osaka is in charge, and says that it is a drill (R21, R28, R49)", async () => {
    const tenant = await enrol(stack);
    await act(stack, tenant, "/dr/activate", { confirm: tenant, mode: "drill", override: true, reason: "訓練" });
    await inState(stack, tenant, "active");
    const path = `/tenants/${tenant}/dr`;
    const page = await openConsole({ site: "secondary", language: "ja", email: operator, path });
    const state = part(page, "現在の状態");
    await state.getByText("大阪で稼働中").waitFor();
    await state.getByText("訓練中です。").waitFor();
    await state.getByText("大阪（待機サイト）").waitFor();
    await state.getByText(/残り\d+件/).waitFor();
    await link(page, "チェックリストを進める").waitFor();
    await link(page, "切り戻しに進む").waitFor();
    await expectAccessible(page);
    await screenshot(page, "dr-status-active");
  });

  test("says why there is none: an old platform, a tenant without the option (R16, R17)", async () => {
    const [old, without] = [stack.newTenant(), stack.newTenant()];
    const { primary, secondary } = stack.databases;
    for (const database of [primary, secondary]) {
      await database.doc(`tenants/${old}`).set({ ...profileOf(old), platformVersion: "3.6.10" });
      await database.doc(`tenants/${without}`).set({ ...profileOf(without), options: { dr: false } });
    }
    const page = await openConsole({ site: "primary", language: "ja", email: operator });
    permitFaults(page, /status of 412/);
    await page.goto(`/tenants/${old}/dr`);
    await page.getByText("DRの状況は、プラットフォーム3.7.0以降でご覧になれます（現在は3.6.10）").waitFor();
    await page.goto(`/tenants/${without}/dr`);
    await page.getByText("DRオプションが契約されていません").waitFor();
    await expectAccessible(page);
  });
});

describe("an edit on the secondary", () => {
  const change = (tenant: string) =>
    stack.databases.secondary.doc(`tenants/${tenant}/phones/1`).update({ ringSeconds: 60, note: "深夜の変更" });

  test("appears at once on the DR pages, is shown field by field, and is restored (R10, R10b, R49)", async () => {
    const tenant = await withPhone();
    const email = await addMember(stack, tenant, "companyAdmin");
    await stack.settled(tenant);
    const page = await openConsole({ site: "secondary", language: "ja", email, path: `/tenants/${tenant}/dr` });
    await part(page, "現在の状態").getByText("東京の設定変更は、自動で大阪に写されています。").waitFor();
    await change(tenant);
    const banner = page.getByRole("alert").filter({ hasText: "同期を停止しています" });
    await banner.waitFor({ timeout: 60_000 });
    await screenshot(page, "dr-tampered");
    await banner.getByRole("link", { name: "変更内容を確認して再開する" }).click();
    await heading(page, "大阪での直接変更").waitFor();
    const edit = page.getByRole("article", { name: `phones/1` });
    await edit.getByText("fake-auth-id@gmail.com").waitFor();
    await edit.getByRole("row", { name: "ringSeconds 15 60" }).waitFor();
    await edit.getByRole("row", { name: 'note なし "深夜の変更"' }).waitFor();
    expect(await button(page, "すべてを東京の内容に戻して再開").count(), "operators alone").toBe(0);
    await expectAccessible(page);
    await screenshot(page, "dr-edits", { wholePage: true });
    await button(page, "東京の内容に戻して再開").click();
    await page.getByRole("dialog").getByText("残したい変更がある場合は").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "東京の内容に戻して再開" }).click();
    await page.getByText("大阪は東京の内容に戻り、同期を再開しました。").waitFor({ timeout: 60_000 });
    await banner.waitFor({ state: "detached" });
    const restored = await stack.databases.secondary.doc(`tenants/${tenant}/phones/1`).get();
    expect(restored.data()).toStrictEqual({ name: "受付", ringSeconds: 15 });
  });

  test("can be seen but not restored by a viewer (R47, R49)", async () => {
    const tenant = await withPhone();
    const email = await addMember(stack, tenant, "viewer");
    await stack.settled(tenant);
    await change(tenant);
    await inState(stack, tenant, "stopped");
    const path = `/tenants/${tenant}/dr/edits`;
    const page = await openConsole({ site: "secondary", language: "en", email, path, width: 360 });
    await page.getByText("A company administrator or an operator resumes it.").waitFor();
    await page.getByRole("row", { name: "ringSeconds 15 60" }).waitFor();
    expect(await page.getByRole("main").getByRole("button").count()).toBe(0);
    await expectAccessible(page);
    await expectFitsWidth(page);
  });
});

describe("readiness", () => {
  test("says whether we are ready, what is in the way and what to do, and looks again (R29, R49)", async () => {
    const tenant = await withPhone();
    await actAndWait(stack, tenant, "/dr/reconcile");
    const path = `/tenants/${tenant}/dr/readiness`;
    const page = await openConsole({ site: "secondary", language: "ja", email: operator, path });
    await page.getByText(/^切り替え(られますが、注意点が|を妨げる問題が)\d+件/).waitFor();
    await part(page, "注意").getByText("切り替え計画を登録してください").waitFor();
    await part(page, "問題なし").getByRole("heading", { name: "最後の突き合わせ" }).waitFor();
    await act(stack, tenant, "/dr/stop", { reason: "保守" });
    await button(page, "もう一度確認する").click();
    await part(page, "切り替えを妨げる問題").getByText("同期が停止しています").waitFor();
    await page
      .getByText("東京が失われたときは、理由を添えて切り替えられます。平常時は、先に解決してください。")
      .waitFor();
    await expectAccessible(page);
    await screenshot(page, "dr-readiness", { wholePage: true });
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFitsWidth(page);
  });
});

describe("the features", () => {
  test("that stop in Osaka are listed, those that the tenant uses first (R23, R49)", async () => {
    const tenant = await enrol(stack);
    await stack.databases.primary.doc(`tenants/${tenant}/systemSettings/options`).set({ mobileApp: true, fax: false });
    const path = `/tenants/${tenant}/dr/features`;
    const page = await openConsole({ site: "secondary", language: "ja", email: operator, path });
    await heading(page, "大阪で使える機能").waitFor();
    await eventually(async () => {
      await page.reload();
      const first = part(page, "使えなくなる機能").getByRole("row").nth(1);
      expect(await first.innerText({ timeout: 10_000 })).toMatch(/モバイルアプリ\s*利用中/);
    });
    await page.getByRole("row", { name: /^FAX 利用なし/ }).waitFor();
    await page.getByRole("row", { name: /^Open CTI 不明/ }).waitFor();
    await expectAccessible(page);
    await screenshot(page, "dr-features");
    await button(page, "English").click();
    await page.getByRole("row", { name: /^Mobile app in use/ }).waitFor();
  });
});
