import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { putOperation } from "../support/operations.ts";
import { addMember } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { act, enrol } from "../support/tenants.ts";
import { openConsole } from "./support/console.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
afterAll(() => stack.close());

let tenant: string;
let admin: string;
let viewer: string;
beforeAll(async () => {
  tenant = await enrol(stack);
  [admin, viewer] = await Promise.all([addMember(stack, tenant, "companyAdmin"), addMember(stack, tenant, "viewer")]);
});

const paused = { state: "paused", progress: { done: 1200, total: 4000 }, updatedAt: new Date() } as const;
const opened = (path: string, email = admin, language: "ja" | "en" = "ja", width = 1280) =>
  openConsole({ site: "secondary", language, email, path: `/tenants/${tenant}/${path}`, width });
const rows = (page: Page) => page.getByRole("row").filter({ has: page.getByRole("cell") });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const state = (page: Page, name: string) => page.getByRole("main").getByRole("status").getByText(name, { exact: true });

describe("operations", () => {
  test("one finds the jobs that have not ended, and resumes a paused one to its result (R49)", async () => {
    const id = await putOperation(stack, tenant, paused);
    await putOperation(stack, tenant, { type: "purge", state: "cancelled", open: false });
    const page = await opened("operations");
    await rows(page).filter({ hasText: "消去" }).getByText("取り消し済み").waitFor();
    await page.getByRole("checkbox", { name: "終わっていないものだけ" }).click();
    await rows(page).filter({ hasText: "消去" }).waitFor({ state: "detached" });
    await rows(page).filter({ hasText: "1,200 / 4,000" }).waitFor();
    await expectAccessible(page);
    await screenshot(page, "operations");
    await page.locator(`a[href$="/operations/${id}"]`).click();
    await state(page, "一時停止中").waitFor();
    await page.getByRole("main").getByText("1,200 / 4,000 件").waitFor();
    expect(await page.getByRole("progressbar", { name: "突き合わせの進み具合" }).getAttribute("aria-valuenow")).toBe(
      "30",
    );
    expect(await page.title()).toContain("突き合わせ");
    await expectAccessible(page);
    await button(page, "再開").click();
    await state(page, "完了").waitFor();
    const result = page.getByRole("region", { name: "結果" });
    await result.getByText("一致").first().waitFor();
    expect(await page.getByRole("progressbar").count()).toBe(0);
    await expectAccessible(page);
    await screenshot(page, "operation", { wholePage: true });
  });

  test("cancelling asks first, and a failed one says why (R49)", async () => {
    const id = await putOperation(stack, tenant, paused);
    const page = await opened(`operations/${id}`, admin, "en");
    await button(page, "Cancel the job").click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel", exact: true }).first().click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await state(page, "Paused").waitFor();
    await button(page, "Cancel the job").click();
    await expectAccessible(page);
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the job" }).click();
    await state(page, "Cancelled").waitFor();
    expect(await button(page, "Resume").count()).toBe(0);

    const error = {
      code: "conflict",
      message: "the tenant is active",
      fields: [{ field: "state", problem: "is active" }],
    };
    const failed = await putOperation(stack, tenant, { ...paused, state: "failed", open: false, error } as object);
    await page.goto(`/tenants/${tenant}/operations/${failed}`);
    await state(page, "Failed").waitFor();
    await page.getByRole("alert").getByText("the tenant is active").waitFor();
  });

  test("a viewer sees a job and may not control it; one of another tenant is not found (R47, R49)", async () => {
    const [id, other] = await Promise.all([putOperation(stack, tenant, paused), enrol(stack)]);
    const page = await opened(`operations/${id}`, viewer, "ja", 360);
    await state(page, "一時停止中").waitFor();
    expect(await button(page, "再開").count()).toBe(0);
    await expectFitsWidth(page);
    await screenshot(page, "operation-phone");
    const theirs = await putOperation(stack, other, paused);
    const operator = await openConsole({
      ...{ site: "secondary", language: "ja", email: "operator@hikae.example" },
      path: `/tenants/${tenant}/operations/${theirs}`,
    });
    await operator.getByRole("heading", { name: "ページが見つかりません" }).waitFor();
  });
});

describe("audit", () => {
  test.each([
    ["ja", "同期の停止", "同期中", "同期停止中", "監査ログ"],
    ["en", "Sync stopped", "Syncing", "Sync stopped", "Audit log"],
  ] as const)(
    "shows who did what, with before and after (%s) (R30, R49)",
    async (language, name, before, after, title) => {
      const own = await enrol(stack);
      const email = await addMember(stack, own, "viewer");
      const page = await openConsole({ site: "secondary", language, email, path: `/tenants/${own}/audit` });
      await page.getByRole("heading", { name: title }).waitFor();
      await act(stack, own, "/dr/stop", { reason: "点検のため" });
      const row = rows(page).filter({ hasText: name });
      await row.waitFor({ timeout: 20_000 });
      expect(await row.locator("del").first().innerText()).toBe(before);
      expect(await row.locator("ins").first().innerText()).toBe(after);
      await row.getByText("operator@hikae.example").waitFor();
      await row.getByText("127.0.0.1").waitFor();
      await expectAccessible(page);
      await screenshot(page, `audit-${language}`);
    },
  );
});
