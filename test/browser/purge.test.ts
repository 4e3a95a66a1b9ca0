import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { putInCharge } from "../support/activation.ts";
import { addMember } from "../support/people.ts";
import { bucketsOf, fillHistories, fillRecordings, namesIn } from "../support/purges.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol, wiresOf } from "../support/tenants.ts";
import { openConsole } from "./support/console.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
const { recordings } = bucketsOf(stack);
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

/** Exports and purges go through the queue of long jobs, which other tests use as well. */
const untilDone = { timeout: 60_000 };
const pathOf = (tenant: string) => `/tenants/${tenant}/dr/purge`;
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

/** A tenant with histories and recordings in Osaka, and its administrator. */
async function tenantWithHistories(): Promise<{ tenant: string; administrator: string }> {
  const tenant = await enrol(stack);
  const administrator = await addMember(stack, tenant, "companyAdmin");
  await fillHistories(wires.secondary, tenant, 3);
  await fillRecordings(recordings, tenant, 4);
  return { tenant, administrator };
}

describe("purge", () => {
  test("exports what is chosen, then deletes everything when the tenant's id is typed (R26, R27, R49)", async () => {
    const { tenant, administrator } = await tenantWithHistories();
    const page = await openConsole({
      site: "secondary",
      language: "ja",
      email: administrator,
      path: pathOf(tenant),
    });
    await page.getByText(/録音ファイル 4件/).waitFor();
    await exportCalls(page, tenant);

    const dialog = page.getByRole("dialog");
    const needless = dialog.getByRole("checkbox", { name: "書き出しは必要ありません" });
    const act = dialog.getByRole("button", { name: "消去する" });
    const type = () => dialog.getByRole("textbox").fill(tenant);
    await button(page, "消去する").click();
    await dialog.getByText("最後の書き出し：").waitFor();
    // Of all the histories one was exported.
    const note = dialog.getByRole("alert");
    await note.getByText("最後の書き出しに含まれていない").waitFor();
    await type();
    expect(await act.isDisabled()).toBe(true);
    await needless.check();
    expect(await act.isEnabled()).toBe(true);
    // What was typed and ticked does not outlive the dialog, and the focus goes back to where it was.
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.locator("button:focus", { hasText: "消去する" }).waitFor();
    await page.keyboard.press("Enter");
    expect(await dialog.getByRole("textbox").inputValue()).toBe("");
    expect(await needless.isChecked()).toBe(false);
    await needless.check();
    await type();
    await expectAccessible(page);
    await act.click();
    await page.getByText("大阪に履歴はありません。").waitFor(untilDone);
    await region(page, "最新の消去").getByText("消去した件数").waitFor();
    expect(await button(page, "消去する").isDisabled()).toBe(true);
    await expectAccessible(page);
    await screenshot(page, "purge-done", { wholePage: true });
    expect(await namesIn(recordings, `${tenant}/`)).toStrictEqual([]);
    const left = await stack.databases.secondary.collection(`tenants/${tenant}/callHistory`).get();
    expect(left.size).toBe(0);
  });

  async function exportCalls(page: Page, tenant: string): Promise<void> {
    await button(page, "選択を解除").click();
    expect(await button(page, "書き出す").isDisabled()).toBe(true);
    await page.getByRole("checkbox", { name: "通話履歴（3件）", exact: true }).check();
    await page.getByRole("checkbox", { name: "録音ファイルの一覧" }).check();
    await button(page, "書き出す").click();
    const files = region(page, "書き出したファイル");
    await files.getByRole("link").first().waitFor(untilDone);
    expect(await files.getByRole("link").allInnerTexts()).toStrictEqual([
      `${tenant}-callHistory.csv`,
      `${tenant}-recordingObjects.csv`,
    ]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      files.getByRole("link", { name: `${tenant}-callHistory.csv` }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${tenant}-callHistory.csv`);
    expect(await readFile(await download.path(), "utf8")).toContain("callHistory、2件目");
    await expectAccessible(page);
    await screenshot(page, "purge-exported", { wholePage: true });
  }

  test("deletes the only copies of recordings only when that is ticked too (R26, R49)", async () => {
    const { tenant, administrator } = await tenantWithHistories();
    const ledger = stack.databases.secondary.collection(`tenants/${tenant}/recordingBackups`);
    const source = `gs://${recordings.name}/${tenant}/2026/1.mp3`;
    await ledger.doc("rec-1").set({ state: "waiting", source });
    const page = await openConsole({ site: "secondary", language: "en", email: administrator, path: pathOf(tenant) });
    await button(page, "Purge").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Recordings not yet stored in your bucket: 1.").waitFor();
    await dialog.getByRole("textbox").fill(tenant);
    await dialog.getByRole("checkbox", { name: "No export is needed" }).check();
    const act = dialog.getByRole("button", { name: "Purge" });
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByRole("checkbox", { name: "Delete the recordings that are not backed up as well" }).check();
    await expectAccessible(page);
    await act.click();
    await page.getByText("There is no history in Osaka.").waitFor(untilDone);
    expect(await namesIn(recordings, `${tenant}/`)).toStrictEqual([]);
  });

  test("says why it is not possible while Osaka is in charge, and what to do (R26, R49)", async () => {
    const { tenant, administrator } = await tenantWithHistories();
    await putInCharge(stack, tenant, "disaster");
    const page = await openConsole({
      site: "secondary",
      language: "en",
      width: 360,
      email: administrator,
      path: pathOf(tenant),
    });
    await page.getByText(/Only while Tokyo is in charge/).waitFor();
    expect(await button(page, "Purge").isDisabled()).toBe(true);
    await expectFitsWidth(page);
    await expectAccessible(page);
    await screenshot(page, "purge-phone");
  });
});
