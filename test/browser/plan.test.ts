import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { call, e164, emailOf, enrolWithNumbers, operator } from "../support/switch-over.ts";
import { openConsole, permitFaults } from "./support/console.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
afterAll(() => stack.close());

let tenant: string;
beforeAll(async () => {
  tenant = await enrolWithNumbers(stack);
});

const readPlan = async (own: string) => (await call(stack, own, operator, "/dr/plan")).body;
const field = (page: Page, name: string | RegExp) => page.getByRole("combobox", { name });
const saveButton = (page: Page) => page.getByRole("button", { name: "計画を保存" });

/** Finds a number by a part of it, and chooses it by the keyboard. */
async function choose(page: Page, name: string | RegExp, part: string): Promise<void> {
  await field(page, name).fill(part);
  await page.getByRole("option", { name: new RegExp(part) }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
}

test("a plan is made of numbers that work in Osaka, saved, and arrives there (R20, R22, R49)", async () => {
  const email = emailOf(tenant, "company");
  const page = await openConsole({ site: "secondary", language: "ja", email, path: `/tenants/${tenant}/dr/plan` });
  await page.getByText("まだ計画がありません").waitFor();
  await field(page, "既定の発信者番号").fill("03-1234");
  expect(await page.getByRole("option", { name: /東京でのみ利用できる/ }).getAttribute("data-combobox-disabled")).toBe(
    "true",
  );
  await choose(page, "既定の発信者番号", "06-6123-4567");
  await choose(page, "0120-123-456 の切り替え後の着信先", "06-6765-4321");
  await choose(page, "まとめて設定する番号", "050-1234-5678");
  await page.getByRole("button", { name: "未設定の2台に設定" }).click();
  await expectAccessible(page);
  await page.getByText("未保存の変更：4件").waitFor();
  await saveButton(page).click();
  await page.getByText("保存しました", { exact: true }).waitFor();
  expect(await readPlan(tenant)).toMatchObject({
    defaultCallerNumber: e164.osaka,
    phones: { p1: e164.ip, p2: e164.ip },
    tollFree: { [e164.free]: e164.osaka2 },
  });
  await screenshot(page, "plan-ja", { wholePage: true });
});

test("who changes a plan that somebody else has changed sees both, and loses neither (R20, R49)", async () => {
  const own = await enrolWithNumbers(stack);
  const path = `/tenants/${own}/dr/plan`;
  const page = await openConsole({ site: "secondary", language: "ja", email: emailOf(own, "company"), path });
  await choose(page, "既定の発信者番号", "06-6123-4567");
  const body = { defaultCallerNumber: e164.osaka2, phones: { p1: e164.ip }, tollFree: {}, version: null };
  expect((await call(stack, own, operator, "/dr/plan", { method: "PUT", body })).status).toBe(200);

  const alert = page.getByRole("alert").filter({ hasText: "ほかの人が計画を更新しました" });
  await alert.getByRole("row", { name: "既定の発信者番号 なし 06-6765-4321 06-6123-4567" }).waitFor();
  await alert.getByRole("row", { name: "電話機 p1 の発信者番号 なし 050-1234-5678 なし" }).waitFor();
  await expectAccessible(page);
  await screenshot(page, "plan-newer-ja");
  await alert.getByRole("button", { name: "更新後の計画に自分の変更を重ねる" }).click();
  await saveButton(page).click();
  await page.getByText("保存しました", { exact: true }).waitFor();
  await eventually(async () =>
    expect(await readPlan(own)).toMatchObject({ defaultCallerNumber: e164.osaka, phones: { p1: e164.ip } }),
  );
});

test("a destination that would not work is refused at its field, and can be taken out (R20, R22, R49)", async () => {
  const own = await enrolWithNumbers(stack);
  const path = `/tenants/${own}/dr/plan`;
  const page = await openConsole({ site: "secondary", language: "en", email: emailOf(own, "company"), path });
  permitFaults(page, /status of 400/);
  await choose(page, "Destination of 0120-123-456 after activation", "050-1234-5678");
  await page.getByRole("button", { name: "Save the plan" }).click();
  await page.getByText("The plan has numbers that do not work in Osaka").waitFor();
  await page
    .getByText(/needs the carrier's intelligent service/)
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Take out: Destination of 0120-123-456" }).click();
  await page.getByText("Nothing to save").waitFor();
});

test("numbers are shown with whether they work on either site; a viewer changes nothing (R22, R47, R49)", async () => {
  const email = emailOf(tenant, "viewer");
  const opening = { site: "secondary", language: "ja", email, width: 360 } as const;
  const page = await openConsole({ ...opening, path: `/tenants/${tenant}/dr/numbers` });
  const row = page.getByRole("row").filter({ hasText: "03-1234-5678" });
  await row.getByText("東京でのみ利用できる番号です").waitFor();
  expect(await row.getByText("利用できます", { exact: true }).count()).toBe(1);
  await expectAccessible(page);
  await expectFitsWidth(page);
  await screenshot(page, "numbers-ja-360");
  await page.getByRole("link", { name: "切り替え計画を開く" }).click();
  await page.getByText("計画の変更は、全社管理者または運用担当が行います。").waitFor();
  await page
    .getByRole("cell", { name: /03-1234-5678/ })
    .first()
    .waitFor();
  expect(await field(page, "既定の発信者番号").isDisabled()).toBe(true);
  expect(await page.getByRole("button", { name: "計画を保存" }).count()).toBe(0);
  await expectFitsWidth(page);
});
