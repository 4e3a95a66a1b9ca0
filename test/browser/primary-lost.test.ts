import { expect, test } from "vitest";
import { people } from "../../local/description.ts";
import type { Stack } from "../../local/stack.ts";
import { onOwnStack } from "../support/own-stack.ts";
import { addMember } from "../support/people.ts";
import type { TestStack } from "../support/stack.ts";
import { enrol, inState } from "../support/tenants.ts";
import { openConsole, permitFaults } from "./support/console.ts";
import { expectAccessible } from "./support/looks.ts";

let local: Stack;
let stack: TestStack;
onOwnStack((started, tests) => {
  local = started;
  stack = tests;
});

test("when the primary is lost its console says so and names the secondary's, which takes people in and activates (R18, R49)", async () => {
  const { description } = stack;
  const tenant = await enrol(stack);
  const email = await addMember(stack, tenant, "companyAdmin");
  const path = `/tenants/${tenant}/dr`;
  const before = await openConsole({ site: "primary", language: "ja", email, path, stack: description });
  await before.getByRole("heading", { level: 1 }).waitFor();

  permitFaults(before, /ERR_|status of 50\d/);
  await local.kill("primary");
  const other = before.getByRole("alert").getByRole("link");
  await other.waitFor({ timeout: 60_000 });
  expect(await other.getAttribute("href")).toBe(`${description.sites.secondary.api}${path}`);

  // Somebody else's browser, which knows nothing of before.
  const page = await openConsole({ site: "secondary", language: "ja", email, path, stack: description });
  await page.getByRole("banner").getByText("待機サイト").waitFor();
  await page.getByRole("navigation").getByText("試験商事").waitFor();
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);

  await page.getByRole("navigation").getByRole("link", { name: "切り替え・訓練" }).click();
  await page.getByRole("radio", { name: "災害時の切り替え", checked: true }).waitFor();
  expect(await page.getByRole("radio", { name: "訓練" }).isDisabled()).toBe(true);
  await page.getByRole("textbox", { name: "理由" }).fill("東京の停電");
  await page.getByRole("button", { name: "確認に進む" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill(tenant);
  await page.getByRole("dialog").getByRole("button", { name: "切り替える" }).click();
  await page.getByRole("heading", { name: "災害時の切り替え：経過と結果" }).waitFor();
  await page.getByRole("row", { name: /チェックリストの作成 完了/ }).waitFor();
  const { activation } = await inState(stack, tenant, "active");
  expect(activation).toMatchObject({ mode: "disaster", by: { id: email }, reason: "東京の停電" });

  const staff = { site: "secondary", language: "ja", email: people.operator.email, stack: description } as const;
  const schedules = await openConsole({ ...staff, path: "/schedules" });
  const tokyo = schedules.getByRole("region", { name: "東京（本番サイト）" }).first();
  await tokyo.getByText("このサイトから応答がありません").waitFor();
  expect(await tokyo.getByRole("button", { name: "heartbeatを今すぐ実行" }).isDisabled()).toBe(true);
  const osaka = schedules.getByRole("region", { name: "大阪（待機サイト）" }).first();
  expect(await osaka.getByRole("button", { name: "sweep-outboxを今すぐ実行" }).isEnabled()).toBe(true);
  await expectAccessible(schedules);
});
