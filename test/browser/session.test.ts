import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addMember } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol } from "../support/tenants.ts";
import { openConsole, permitFaults, signIn } from "./support/console.ts";
import { expectAccessible, screenshot } from "./support/looks.ts";

const stack = sharedStack();
afterAll(() => stack.close());

let tenant: string;
let viewer: string;
beforeAll(async () => {
  tenant = await enrol(stack);
  viewer = await addMember(stack, tenant, "viewer");
});

const openAudit = async (language: "ja" | "en" = "ja"): Promise<Page> => {
  const path = `/tenants/${tenant}/audit`;
  const page = await openConsole({ site: "secondary", language, email: viewer, path });
  await page.getByRole("cell").first().waitFor();
  return page;
};
const refuse = (route: Route) =>
  route.fulfill({
    status: 401,
    contentType: "application/problem+json",
    json: { code: "unauthenticated", status: 401 },
  });

describe("a sign-in whose token is refused", () => {
  test("is renewed without a question while the issuer knows the person (R46, R49)", async () => {
    const page = await openAudit();
    permitFaults(page, /status of 401/);
    let refused = 0;
    await page.route("**/v1/tenants/**", (route) => (refused++ === 0 ? refuse(route) : route.continue()));
    const renewed = page.waitForRequest((request) => request.url().startsWith(`${stack.description.issuer}/token`));
    await renewed;
    await page.getByRole("cell").first().waitFor();
    await page.getByRole("alert").waitFor({ state: "detached" });
    expect(new URL(page.url()).pathname).toBe(`/tenants/${tenant}/audit`);
  });

  test.each([
    ["ja", "サインインの期限が切れました", "監査ログ"],
    ["en", "Your sign-in has expired", "Audit log"],
  ] as const)("is asked for again, and leads back to the page (%s) (R46, R49)", async (language, expired, title) => {
    const page = await openAudit(language);
    permitFaults(page, /status of 401/, /ERR_FAILED/);
    await page.route("**/v1/tenants**", refuse);
    await page.route(`${stack.description.issuer}/authorize**`, (route) => route.abort());
    await page.getByText(expired).waitFor({ timeout: 30_000 });
    await expectAccessible(page);
    await screenshot(page, `sign-in-expired-${language}`);
    await page.unrouteAll({ behavior: "wait" });
    await signIn(page, viewer);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
  });
});

describe("a site that stops answering", () => {
  test("is told above what was read before, until it answers again (R49)", async () => {
    const page = await openAudit();
    permitFaults(page, /ERR_FAILED/);
    await page.route("**/v1/**", (route) => route.abort());
    const banner = page.getByRole("alert").filter({ hasText: "このサイトから応答がありません" });
    await banner.waitFor({ timeout: 30_000 });
    const other = `${stack.description.sites.primary.api}/tenants/${tenant}/audit`;
    expect(await banner.getByRole("link", { name: "東京のコンソールを開く" }).getAttribute("href")).toBe(other);
    await page.getByRole("cell").first().waitFor();
    expect(await page.getByRole("alert").count()).toBe(1);
    await expectAccessible(page);
    await screenshot(page, "connection-lost");
    await page.unrouteAll({ behavior: "wait" });
    await banner.waitFor({ state: "detached" });
  });

  test("leaves the navigation in place when a page cannot be loaded (R49)", async () => {
    const page = await openAudit();
    permitFaults(page, /ERR_FAILED/, /dynamically imported module/);
    await page.route("**/assets/**", (route) => route.abort());
    await page.getByRole("navigation").getByRole("link", { name: "準備状況" }).click();
    await page.getByRole("heading", { level: 1, name: "表示中に問題が起きました" }).waitFor();
    expect(await page.getByRole("main").count()).toBe(1);
    await expectAccessible(page);
    await page.unrouteAll({ behavior: "wait" });
    await page.getByRole("button", { name: "再読み込み" }).click();
    await page.getByRole("heading", { level: 1, name: "準備状況" }).waitFor();
  });
});
