import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import { putInCharge } from "../support/activation.ts";
import { addMember } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol } from "../support/tenants.ts";
import { openConsole, permitFaults } from "./support/console.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
const { primary, secondary } = stack.databases;
afterAll(() => stack.close());

const pathOf = (tenant: string) => `/tenants/${tenant}/dr/failback`;
const here = (tenant: string, path: string) => secondary.doc(`tenants/${tenant}/${path}`);
const there = (tenant: string, path: string) => primary.doc(`tenants/${tenant}/${path}`);
const nameOf = async (document: FirebaseFirestore.DocumentReference) => (await document.get()).get("name");

/** A tenant in sync with some phones, and its administrator. */
async function tenantWithPhones(): Promise<{ tenant: string; administrator: string }> {
  const tenant = await enrol(stack);
  const administrator = await addMember(stack, tenant, "companyAdmin");
  await Promise.all([1, 2, 3, 4].map((n) => there(tenant, `phones/${n}`).set({ name: `内線${n}`, floor: n })));
  await stack.settled(tenant);
  return { tenant, administrator };
}

/** A fail back goes through the queue of long jobs, which other tests use as well. */
const untilDone = { timeout: 60_000 };

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const dialog = (page: Page) => page.getByRole("dialog");
const card = (page: Page, path: string) => page.getByRole("article", { name: path, exact: true });

describe("fail back", () => {
  let tenant: string;
  let administrator: string;
  beforeAll(async () => {
    ({ tenant, administrator } = await tenantWithPhones());
    await putInCharge(stack, tenant, "disaster", { reason: "東京の停電" });
    await Promise.all([
      here(tenant, "phones/1").update({ name: "大阪の受付" }),
      here(tenant, "phones/2").update({ name: "大阪の総務" }),
      there(tenant, "phones/2").update({ name: "東京の総務" }),
      there(tenant, "phones/3").update({ floor: 9 }),
      here(tenant, "queues/night").set({ name: "夜間" }),
    ]);
    await stack.settled(tenant);
  });

  test("goes from notice to request to the diff, carries a chosen change over, and shows what was done (R24, R25, R49)", async () => {
    const operator = await openConsole({
      site: "secondary",
      language: "ja",
      email: people.operator.email,
      path: pathOf(tenant),
    });
    await operator.getByText("東京の復旧を確認したら、復旧を連絡してください。").waitFor();
    await button(operator, "復旧を連絡").click();
    await dialog(operator).getByLabel("メモ（任意）").fill("復旧を確認しました");
    await dialog(operator).getByRole("button", { name: "復旧を連絡" }).click();
    await operator.getByText("お客様の管理者の再開の依頼を待っています。").waitFor();

    const page = await openConsole({
      site: "secondary",
      language: "ja",
      email: administrator,
      path: pathOf(tenant),
    });
    await page.getByText("「復旧を確認しました」").waitFor();
    await card(page, "phones/1").waitFor();
    expect(await page.getByRole("checkbox", { name: /東京へ反映する/ }).count()).toBe(0);
    expect(await button(page, "切り戻す").count()).toBe(0);
    await expectAccessible(page);
    await button(page, "再開を依頼").click();
    const request = dialog(page).getByRole("button", { name: "再開を依頼" });
    expect(await request.isDisabled()).toBe(true);
    await dialog(page).getByRole("checkbox", { name: "ソフトフォンの接続先を東京に戻しました" }).check();
    await dialog(page).getByLabel("メモ（任意）").fill("受付の名前は残してください");
    await request.click();
    await page.getByText("運用担当の切り戻しを待っています。").waitFor();

    // Nobody reloads the operator's page.
    await operator.getByText("差分を確認し、切り戻しを実行してください。").waitFor();
    await operator.getByText("「受付の名前は残してください」").waitFor();
    await chooseAndFailBack(operator);
    await page.getByText("大阪への切り替えは行われていません。切り戻しは必要ありません。").waitFor(untilDone);
    expect(await nameOf(there(tenant, "phones/1"))).toBe("大阪の受付");
    expect(await nameOf(here(tenant, "phones/2"))).toBe("東京の総務");
    expect((await here(tenant, "phones/3").get()).get("floor")).toBe(9);
    expect((await here(tenant, "queues/night").get()).exists).toBe(false);
  });

  async function chooseAndFailBack(page: Page): Promise<void> {
    await card(page, "phones/2").getByText("両方で変更").waitFor();
    expect(await card(page, "phones/2").getByRole("checkbox").count()).toBe(0);
    const values = card(page, "phones/1").getByRole("row", { name: /^name/ });
    expect(await values.getByRole("cell").allInnerTexts()).toStrictEqual([
      "name",
      '"内線1"',
      '"内線1"',
      '"大阪の受付"',
    ]);
    await page.getByRole("checkbox", { name: "大阪で変更したものだけ" }).check();
    await card(page, "phones/3").waitFor({ state: "detached" });
    await page.getByRole("combobox", { name: "種別" }).click();
    await page.getByRole("option", { name: "電話機" }).click();
    await card(page, "queues/night").waitFor({ state: "detached" });
    await card(page, "phones/1").getByRole("checkbox").check();
    await page.getByText("東京へ反映する変更：1件").waitFor();
    await expectAccessible(page);
    await screenshot(page, "failback-diff", { wholePage: true });

    const [download] = await Promise.all([page.waitForEvent("download"), button(page, "CSVをダウンロード").click()]);
    expect(download.suggestedFilename()).toBe(`failback-${tenant}.csv`);
    const csv = await readFile(await download.path(), "utf8");
    expect(csv.split("\r\n").filter((line) => line.startsWith('"phones/') || line.startsWith('"queues/'))).toHaveLength(
      4,
    );

    await button(page, "切り戻す").click();
    await dialog(page).getByText("選んだ1件の変更を、先に東京へ反映します。").waitFor();
    const act = dialog(page).getByRole("button", { name: "切り戻す" });
    expect(await act.isDisabled()).toBe(true);
    await dialog(page).getByRole("textbox").fill(tenant);
    await expectAccessible(page);
    await act.click();
    await page.getByText("大阪への切り替えは行われていません。切り戻しは必要ありません。").waitFor(untilDone);
    const result = page.getByRole("region", { name: "前回の切り戻し" });
    await result.getByText("反映しました").waitFor();
    await expectAccessible(page);
    await screenshot(page, "failback-result", { wholePage: true });
  }
});

describe("a fail back that the API refuses", () => {
  test("says why, what to do, and leaves Osaka in charge; a drill needs no words (R24, R28, R49)", async () => {
    const { tenant } = await tenantWithPhones();
    await putInCharge(stack, tenant, "drill");
    await Promise.all(
      ["phones", "members"].map((kind) => primary.recursiveDelete(primary.collection(`tenants/${tenant}/${kind}`))),
    );
    const page = await openConsole({
      site: "secondary",
      language: "en",
      width: 360,
      email: people.operator.email,
      path: pathOf(tenant),
    });
    await page.getByText("Not needed in a drill").first().waitFor();
    await card(page, "phones/1").getByText("Tokyo: deleted").waitFor();
    await expectFitsWidth(page);
    await expectAccessible(page);
    await screenshot(page, "failback-phone");
    permitFaults(page, /status of 412/);
    await button(page, "Fail back").click();
    await dialog(page).getByRole("textbox").fill(tenant);
    await dialog(page).getByRole("button", { name: "Fail back" }).click();
    await dialog(page)
      .getByText(/Tokyo has no document at all \(Osaka has \d+\)\. Restore Tokyo first\./)
      .waitFor();
    await expectAccessible(page);
    await expectFitsWidth(page);
    expect((await secondary.doc(`standbys/${tenant}`).get()).get("state")).toBe("active");
  });
});
