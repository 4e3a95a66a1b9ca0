import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

/** The page as it is now keeps all of WCAG 2.2 A and AA that a program can judge; else it fails with rule, element and remedy. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations, passes } = await new AxeBuilder({ page }).withTags(wcag).analyze();
  expect(passes.length, "rules that were judged").toBeGreaterThan(5);
  const faults = violations.map(({ id, help, helpUrl, nodes }) => {
    const elements = nodes.map(
      ({ target, failureSummary = "" }) => `  ${target.join(" ")}\n    ${indented(failureSummary)}`,
    );
    return `${id}: ${help} (${helpUrl})\n${elements.join("\n")}`;
  });
  if (faults.length > 0) expect.fail(`${page.url()} is not accessible:\n${faults.join("\n")}`);
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n    ");
}

/** The page needs no scrolling sideways; else it fails and names what is too wide. */
export async function expectFitsWidth(page: Page): Promise<void> {
  const tooWide = await page.evaluate<string[]>(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const beyond = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > clientWidth + 0.5);
    return [scrollWidth + " px wide in " + clientWidth + " px", ...beyond.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
  })()`);
  expect(tooWide, `${page.url()} fits the window's width`).toStrictEqual([]);
}

const directory = fileURLToPath(new URL("../../../.local/screenshots/", import.meta.url));

/** Keeps a picture of what the window shows, for `npm run screenshots`; `wholePage` with what is below it. */
export async function screenshot(page: Page, name: string, { wholePage = false } = {}): Promise<void> {
  // Fonts and pictures that are still on their way would be missing.
  await page.evaluate("document.fonts.ready.then(() => undefined)");
  await page.screenshot({ path: `${directory}${name}.png`, fullPage: wholePage, animations: "disabled" });
}
