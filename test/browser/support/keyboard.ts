import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/**
 * Goes to an element by the Tab key alone, from where the focus is; what has the focus must show it each time (WCAG 2.4.7).
 * @throws when it is not reached within that many steps, naming what was.
 */
export async function tabTo(page: Page, target: Locator, limit = 40): Promise<void> {
  const focused = page.locator(":focus");
  const passed: string[] = [];
  for (let step = 0; step < limit; step++) {
    await page.keyboard.press("Tab");
    if ((await focused.count()) === 0) {
      passed.push("the window");
      continue;
    }
    await expectFocusVisible(page);
    if ((await target.and(focused).count()) > 0) return;
    passed.push(await page.evaluate<string>("document.activeElement.outerHTML.slice(0, 80)"));
  }
  expect.fail(`${target} was not reached by the keyboard, but:\n${passed.join("\n")}`);
}

/** What has the focus is marked by an outline or a ring. */
export async function expectFocusVisible(page: Page): Promise<void> {
  const [outline, shadow, html] = await page.evaluate<[string, string, string]>(`(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return [outlineStyle === "none" ? "0px" : outlineWidth, boxShadow, element.outerHTML.slice(0, 80)];
  })()`);
  expect(outline !== "0px" || shadow !== "none", `${html} shows that it has the focus`).toBe(true);
}
