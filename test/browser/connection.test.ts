import type { Page, Route } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { enrolOffices } from "../support/backup-settings.ts";
import { addMember, addOperator } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { call, emailOf } from "../support/switch-over.ts";
import { enrol, inState, standbyOf } from "../support/tenants.ts";
import { openConsole, openPage, permitFaults } from "./support/console.ts";
import { expectAccessible, screenshot } from "./support/looks.ts";

const stack = sharedStack();
afterAll(() => stack.close());

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const lost = (page: Page) => page.getByRole("alert").filter({ hasText: "このサイトから応答がありません" });
const dialogOf = (page: Page) => page.getByRole("dialog");

/** What Cloud Run answers itself when it has no instance for a request. */
const rateExceeded = { status: 429, contentType: "text/plain", body: "Rate exceeded." };

async function onStatus(): Promise<{ page: Page; tenant: string }> {
  const tenant = await enrol(stack);
  const email = await addOperator(stack);
  const page = await openConsole({ site: "secondary", language: "ja", email, path: `/tenants/${tenant}/dr` });
  await button(page, "同期を停止").waitFor();
  return { page, tenant };
}

async function askToStop(page: Page): Promise<void> {
  await button(page, "同期を停止").click();
  await dialogOf(page).getByRole("textbox", { name: "停止の理由" }).fill("点検");
  await dialogOf(page).getByRole("button", { name: "同期を停止" }).click();
}

describe("without a network", () => {
  test("what is shown is said to be old, and what was given up is not done later (R49)", async () => {
    const { page, tenant } = await onStatus();
    permitFaults(page, /ERR_INTERNET_DISCONNECTED/);
    await page.context().setOffline(true);
    await lost(page).waitFor();
    await expectAccessible(page);
    await screenshot(page, "offline");

    await askToStop(page);
    // While it is being sent there is no way to give it up.
    const cancel = dialogOf(page).getByRole("button", { name: "やめる" });
    expect(await cancel.evaluateAll((all) => all.every((each) => each.hasAttribute("disabled")))).toBe(true);
    await page.keyboard.press("Escape");
    await dialogOf(page).getByRole("alert").getByText("行われたかどうかを確認できていません").waitFor();
    await cancel.last().click();
    await dialogOf(page).waitFor({ state: "detached" });

    const sent: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") sent.push(request.url());
    });
    await page.context().setOffline(false);
    await lost(page).waitFor({ state: "detached" });
    expect(sent).toEqual([]);
    expect(await standbyOf(stack, tenant)).toMatchObject({ state: "syncing" });
  });
});

describe("an answer that is not the API's", () => {
  test("to an act is no success: it is sent again under its key, and done once (R49)", async () => {
    const { page, tenant } = await onStatus();
    permitFaults(page, /status of (429|500)/);
    const keys: (string | undefined)[] = [];
    const answers = [rateExceeded, { status: 500, body: "" }];
    await page.route(`**/v1/tenants/${tenant}/dr/stop`, (route: Route) => {
      keys.push(route.request().headers()["idempotency-key"]);
      const answer = answers.shift();
      return answer ? route.fulfill(answer) : route.continue();
    });
    await askToStop(page);
    await dialogOf(page).waitFor({ state: "detached" });
    await inState(stack, tenant, "stopped");
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  test("to a question is said above what is shown, until there is one (R49)", async () => {
    const { page, tenant } = await onStatus();
    permitFaults(page, /status of 429/);
    const status = (url: URL) => url.pathname === `/v1/tenants/${tenant}/dr`;
    await page.route(status, (route: Route) => route.fulfill(rateExceeded));
    const said = page.getByRole("alert").filter({ hasText: /応答がありません/ });
    await said.first().waitFor();
    await button(page, "同期を停止").waitFor();
    await page.unroute(status);
    await said.first().waitFor({ state: "detached" });
  });
});

test("whose functions are gone when it is opened, a site's console leads to the other's, to the same page (R49)", async () => {
  const path = "/tenants/acme/dr/activate";
  const page = await openPage({ site: "primary", language: "ja", path });
  await button(page, "サインイン").waitFor();
  permitFaults(page, /status of 503/);
  const gone = { status: 503, contentType: "text/html", body: "Service Unavailable" };
  await page.route("**/v1/**", (route: Route) => route.fulfill(gone));
  await page.reload();
  const link = page.getByRole("link", { name: "大阪のコンソールを開く" });
  await link.waitFor();
  expect(await link.getAttribute("href")).toBe(`${stack.description.sites.secondary.api}${path}`);
  await expectAccessible(page);
  await screenshot(page, "api-gone");
});

test("an activation that is being confirmed stays what it was, whatever is found out meanwhile (R18, R49)", async () => {
  const tenant = await enrol(stack);
  const email = await addMember(stack, tenant, "companyAdmin");
  const path = `/tenants/${tenant}/dr/activate`;
  const page = await openConsole({ site: "secondary", language: "ja", email, path });
  permitFaults(page, /status of 412/);
  await page.getByRole("radio", { name: "訓練", checked: true }).waitFor();
  await button(page, "確認に進む").click();
  const begin = dialogOf(page).getByRole("button", { name: "訓練を始める" });
  await dialogOf(page).getByRole("textbox").fill(tenant);

  // It is refused once, and after that Tokyo is found to be silent.
  const readiness = (url: URL) => url.pathname === `/v1/tenants/${tenant}/dr/readiness`;
  await page.route(readiness, async (route: Route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), primaryAnswers: false } });
  });
  const problem = { code: "precondition-failed", status: 412, title: "", detail: "not now", type: "", trace: "t" };
  const refusal = { status: 412, contentType: "application/problem+json", body: JSON.stringify(problem) };
  const activation = `**/v1/tenants/${tenant}/dr/activate`;
  await page.route(activation, (route: Route) => route.fulfill(refusal));
  await begin.click();
  await dialogOf(page).getByRole("alert").waitFor();
  await page.locator("input[type=radio]:disabled").first().waitFor({ state: "attached" });
  await begin.waitFor();
  await page.unrouteAll({ behavior: "wait" });
  await begin.click();
  expect((await inState(stack, tenant, "active")).activation).toMatchObject({ mode: "drill" });
});

test("an office administrator may back up though the offices' names do not come (R42, R47)", async () => {
  const tenant = await enrolOffices(stack);
  const email = emailOf(tenant, "office");
  const page = await openConsole({ site: "primary", language: "ja", email });
  permitFaults(page, /status of 429/);
  await page.route("**/backup/settings", (route: Route) => route.fulfill(rateExceeded));
  await page.goto(`/tenants/${tenant}/backup/runs`);
  await button(page, "件数を調べる").waitFor();
  expect(await page.getByLabel("対象").inputValue()).toBe("office:o1");
  expect((await call(stack, tenant, email, "/backup/runs/estimate?office=o1", { site: "primary" })).status).toBe(200);
});
