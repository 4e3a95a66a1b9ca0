import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addMember, addOperator } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { publish } from "../support/telephony.ts";
import { enrol } from "../support/tenants.ts";
import { openConsole, permitFaults } from "./support/console.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
afterAll(() => stack.close());

let tenant: string;
let operator: string;
beforeAll(async () => {
  [tenant, operator] = await Promise.all([enrol(stack), addOperator(stack)]);
});

const rows = (page: Page) => page.getByRole("row").filter({ has: page.getByRole("cell") });

describe("schedules", () => {
  test("shows both sites', and runs one now, which is in the audit log (R15, R30, R49)", async () => {
    const page = await openConsole({ site: "secondary", language: "ja", email: operator });
    await page.getByRole("navigation").getByRole("link", { name: "定期処理" }).click();
    const tokyo = page.getByRole("region", { name: "東京（本番サイト）" }).first();
    const osaka = page.getByRole("region", { name: "大阪（待機サイト）" }).first();
    await tokyo.getByText("毎分、鼓動の文書を東京に書き").waitFor();
    await osaka.getByRole("row").filter({ hasText: "reconcile" }).getByText("毎時5分").waitFor();
    await osaka.getByRole("row").filter({ hasText: "expire-records" }).getByText("毎日 4:20（日本時間）").waitFor();
    await osaka.getByRole("button", { name: "sweep-outboxを今すぐ実行" }).click();
    const row = osaka.getByRole("row").filter({ hasText: "sweep-outbox" });
    await row.getByRole("status").getByText("実行しました").waitFor();
    await row.getByText("成功").waitFor();
    await expectAccessible(page);
    await screenshot(page, "schedules", { wholePage: true });
    await page.getByRole("navigation").getByRole("link", { name: "監査ログ" }).click();
    const entry = rows(page).filter({ hasText: operator });
    await entry.getByText("定期処理の実行").waitFor();
    await entry.getByText("sweep-outbox").waitFor();
    await expectAccessible(page);
    await screenshot(page, "platform-audit");
  });

  test("are not for a tenant's people, on a phone as well (R47)", async () => {
    const email = await addMember(stack, tenant, "companyAdmin");
    const page = await openConsole({ site: "secondary", language: "en", email, width: 360 });
    await page.getByRole("button", { name: "Menu" }).click();
    expect(await page.getByRole("navigation").getByRole("link", { name: "Schedules" }).count()).toBe(0);
    permitFaults(page, /status of 403/);
    await page.goto("/schedules");
    await page.getByRole("alert").getByText("You may not do this").waitFor();
    await expectFitsWidth(page);
    await expectAccessible(page);
  });
});

describe("dead letters", () => {
  test("one finds what a function could not handle, and sends it again (R39, R49)", async () => {
    const report = { version: 1, tenantId: tenant, site: "secondary", reports: [] };
    const data = Buffer.from(JSON.stringify(report)).toString("base64");
    const message = { data, attributes: { tenantId: tenant }, messageId: "1" };
    const body = JSON.stringify({ message, subscription: "s" });
    await publish(stack, "deadLetters", { function: "record-softphones", id: randomUUID(), code: "invalid", body });
    const page = await openConsole({ site: "secondary", language: "ja", email: operator, path: "/dead-letters" });
    const row = rows(page).filter({ has: page.locator(`a[href="/tenants/${tenant}/dr"]`) });
    await row.waitFor({ timeout: 30_000 });
    await page.getByRole("combobox", { name: "関数" }).click();
    await page.getByRole("option", { name: "record-softphones" }).click();
    await page.waitForURL("**/dead-letters?function=record-softphones");
    await row.getByText("softphone-reports").waitFor();
    await row.getByRole("button", { name: "record-softphonesへ送り直す" }).click();
    await row.getByRole("status").getByText("1回送り直しました").waitFor();
    await expectAccessible(page);
    await screenshot(page, "dead-letters");
  });

  test("that cannot be sent again says what to do instead (R39)", async () => {
    const code = `fault-${randomUUID()}`;
    await publish(stack, "deadLetters", { function: "mirror-config", id: randomUUID(), code, body: "AA==" });
    const path = "/dead-letters?function=mirror-config";
    const page = await openConsole({ site: "secondary", language: "en", email: operator, path });
    const row = rows(page).filter({ hasText: code });
    await row.waitFor({ timeout: 30_000 });
    await row.getByText("reconcile the tenant instead").waitFor();
    expect(await row.getByRole("button").count()).toBe(0);
    await expectAccessible(page);
  });
});
