import type { Locator, Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { putInCharge } from "../support/activation.ts";
import { eventually } from "../support/eventually.ts";
import { failbackOn } from "../support/failback.ts";
import { addMember, addOperator } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { call, e164, emailOf, enrolWithNumbers, operator } from "../support/switch-over.ts";
import { enrol, inState, standbyOf } from "../support/tenants.ts";
import { openConsole, permitFaults } from "./support/console.ts";
import { tabTo } from "./support/keyboard.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
const { secondary } = stack.databases;
afterAll(() => stack.close());

const plan = { defaultCallerNumber: e164.osaka, phones: { p1: e164.ip }, tollFree: { [e164.free]: e164.osaka } };

/** A tenant whose plan is in Osaka, with its administrator. */
async function withPlan(): Promise<{ tenant: string; email: string }> {
  const tenant = await enrolWithNumbers(stack);
  const { body } = await call(stack, tenant, operator, "/dr/plan", { method: "PUT", body: { ...plan, version: null } });
  await eventually(async () => {
    const { body: arrived } = await call(stack, tenant, operator, "/dr/plan");
    expect(arrived.version).toBe(body.version);
  });
  return { tenant, email: emailOf(tenant, "company") };
}

const dialogOf = (page: Page) => page.getByRole("dialog");
const itemOf = (page: Page, name: string): Locator =>
  page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });

describe("activation", () => {
  test("is done by the keyboard alone, is seen as it goes, and leads to the checklist (R18, R21, R28, R49)", async () => {
    const { tenant, email } = await withPlan();
    const page = await openConsole({
      site: "secondary",
      language: "ja",
      email,
      path: `/tenants/${tenant}/dr/activate`,
    });
    await page.getByRole("radio", { name: "訓練", checked: true }).waitFor();
    await page.getByRole("heading", { name: "二要素認証の再登録" }).waitFor();
    await expectAccessible(page);
    await screenshot(page, "activate-ja");

    await tabTo(page, page.getByRole("link", { name: "本文へ移動" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("radio", { name: "訓練" }), 3);
    await tabTo(page, page.getByRole("textbox", { name: "理由" }), 3);
    await page.keyboard.type("秋の訓練");
    await tabTo(page, page.getByRole("button", { name: "確認に進む" }), 2);
    await page.keyboard.press("Enter");
    await dialogOf(page).getByLabel(`確認のため ${tenant} と入力してください`).waitFor();
    await expectAccessible(page);
    await page.keyboard.type(tenant);
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "訓練：経過と結果", level: 1 }).waitFor();
    await page.getByText("発信者番号 2件を変更").waitFor();
    await page.getByRole("row", { name: /大阪が稼働/ }).waitFor();
    await page.getByRole("status").filter({ hasText: "大阪で稼働中" }).waitFor();
    await expectAccessible(page);
    await screenshot(page, "activation-live-ja", { wholePage: true });
    const { activation } = await inState(stack, tenant, "active");
    expect(activation).toMatchObject({ mode: "drill", reason: "秋の訓練", by: { id: email } });
    expect(new URL(page.url()).pathname).toBe(`/tenants/${tenant}/dr/drills/${activation?.operation}`);

    await page.getByRole("main").getByRole("link", { name: "チェックリストを進める" }).click();
    await page.getByRole("heading", { name: "切り替え後のチェックリスト" }).waitFor();
  });

  test("says what is in the way, and takes a reason to go on all the same (R18, R29, R49)", async () => {
    const { tenant, email } = await withPlan();
    const page = await openConsole({
      site: "secondary",
      language: "en",
      email,
      path: `/tenants/${tenant}/dr/activate`,
    });
    await page.getByRole("radio", { name: "Disaster" }).check();
    await page.getByText(/Tokyo answered on .+ and is left all the same/).waitFor();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("To go on, read this and tick it").waitFor();
    await page.getByRole("checkbox", { name: "Go on, knowing of the problems" }).check();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("To go on in spite of problems, say why").waitFor();
    expect(await page.locator(":focus").getAttribute("required")).not.toBeNull();
    await page.keyboard.type("Earthquake");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Go on" }).click();
    const activate = dialogOf(page).getByRole("button", { name: "Activate" });
    expect(await activate.isDisabled()).toBe(true);
    await dialogOf(page).getByRole("textbox").fill(tenant);
    await activate.click();
    await page.getByRole("heading", { name: "Disaster: how it went" }).waitFor();
    const { activation } = await inState(stack, tenant, "active");
    expect(activation).toMatchObject({ mode: "disaster", reason: "Earthquake" });
  });

  test("cannot be asked for by who may not, nor twice (R18, R47, R49)", async () => {
    const { tenant } = await withPlan();
    const path = `/tenants/${tenant}/dr/activate`;
    const viewer = await openConsole({ site: "secondary", language: "ja", email: emailOf(tenant, "viewer"), path });
    await viewer.getByText("切り替えは、全社管理者または運用担当が行います。").waitFor();
    expect(await viewer.getByRole("button", { name: "確認に進む" }).count()).toBe(0);
    expect(await viewer.getByRole("link", { name: "切り替え・訓練" }).count()).toBe(0);
    await putInCharge(stack, tenant);
    await viewer.getByText("すでに大阪で稼働しています（訓練）").waitFor();
  });

  test("of many tenants is followed, with what came of each that was not activated (R19, R49)", async () => {
    const [first, second] = await Promise.all([enrol(stack), enrol(stack)]);
    await putInCharge(stack, second);
    const email = await addOperator(stack);
    const page = await openConsole({ site: "secondary", language: "ja", email, path: "/activate" });
    await page.getByRole("radio", { name: "訓練" }).check();
    for (const tenant of [first, second]) {
      await page.getByLabel("名称・IDで絞り込む").fill(tenant);
      await page.getByRole("checkbox", { name: `試験商事（${tenant}）を選択` }).check();
    }
    await page.getByRole("textbox", { name: "理由" }).fill("全社訓練");
    await expectAccessible(page);
    await page.getByRole("button", { name: "確認に進む" }).click();
    await dialogOf(page).getByLabel("確認のため 2 と入力してください").fill("2");
    await dialogOf(page).getByRole("button", { name: "まとめて切り替える" }).click();
    await page.getByText("切り替えられなかったテナント").waitFor({ timeout: 30_000 });
    await page.getByRole("row").filter({ hasText: second }).getByText("受け付けられず").waitFor();
    await expectAccessible(page);
    await screenshot(page, "activate-many-ja");
    expect((await standbyOf(stack, first))?.activation).toMatchObject({ mode: "drill", reason: "全社訓練" });
    await page.reload();
    await page.getByText("切り替えられなかったテナント").waitFor();
  });
});

describe("the checklist", () => {
  test("is ticked with a note, opened again, and shows who did it (R21, R49)", async () => {
    const { tenant, email } = await withPlan();
    const body = { confirm: tenant, mode: "drill", reason: "訓練" };
    expect((await call(stack, tenant, email, "/dr/activate", { body })).status).toBe(202);
    const path = `/tenants/${tenant}/dr/checklist`;
    const page = await openConsole({ site: "secondary", language: "ja", email, path });
    await itemOf(page, "着信を確認する").getByText("携帯電話などから").waitFor();
    await page.getByText("自動で完了").first().waitFor();
    await expectAccessible(page);
    await screenshot(page, "checklist-ja", { wholePage: true });

    await page.getByRole("button", { name: "「着信を確認する」にメモを付けて完了" }).click();
    await dialogOf(page).getByLabel("メモ").fill("携帯から確認");
    await dialogOf(page).getByRole("button", { name: "完了にする" }).click();
    await itemOf(page, "着信を確認する").getByText("メモ：携帯から確認").waitFor();
    await itemOf(page, "着信を確認する").getByText(email).waitFor();
    await page.getByRole("button", { name: "「発信を確認する」を完了にする" }).click();
    await page.getByText(/項目のうち4項目が完了/).waitFor();
    await page.getByRole("button", { name: "「着信を確認する」を未完了に戻す" }).click();
    await page.getByText(/項目のうち3項目が完了/).waitFor();
    const item = await secondary.doc(`standbys/${tenant}/checklist/test-outgoing`).get();
    expect(item.get("done")).toMatchObject({ how: "person", by: { id: email } });
  });
});

describe("drills", () => {
  test("are listed and reported with what they measured, in English and on a phone (R28, R49)", async () => {
    const tenant = await enrol(stack);
    const email = await addMember(stack, tenant, "viewer");
    const { operation } = await putInCharge(stack, tenant, "drill", { reason: "Autumn drill" });
    const opening = { site: "secondary", language: "en", email } as const;
    const page = await openConsole({ ...opening, path: `/tenants/${tenant}/dr/drills`, width: 360 });
    await page.getByRole("link", { name: "See how it goes" }).waitFor();
    await page.getByText("There are none so far.").waitFor();
    await failbackOn(stack).failedBack(tenant, { override: true, reason: "The drill is over" });
    await page.reload();
    await page
      .getByRole("row", { name: /Drill operator@hikae\.example Ended/ })
      .getByRole("link")
      .click();
    await page.getByRole("heading", { name: "Drill: how it went" }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/tenants/${tenant}/dr/drills/${operation}`);
    await page.getByText("This is the record of a drill.").waitFor();
    await page.getByRole("heading", { name: "Fail back" }).waitFor();
    await expectAccessible(page);
    await expectFitsWidth(page);
    await screenshot(page, "drill-en-360", { wholePage: true });
    await page.emulateMedia({ media: "print" });
    expect(await page.getByRole("navigation").isVisible()).toBe(false);
  });

  test("that do not exist are said to be not there (R47, R49)", async () => {
    const tenant = await enrol(stack);
    const email = await addMember(stack, tenant, "viewer");
    const path = `/tenants/${tenant}/dr/drills/of-nobody`;
    const page = await openConsole({ site: "secondary", language: "ja", email, path: "/" });
    permitFaults(page, /status of 404/);
    await page.goto(path);
    await page.getByRole("alert").getByText("見つかりません").waitFor();
  });
});
