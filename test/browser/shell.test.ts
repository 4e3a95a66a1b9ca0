import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import { sites } from "../../shared/domain/sites.ts";
import { eventually } from "../support/eventually.ts";
import { addMember, newEmail } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol } from "../support/tenants.ts";
import { openConsole, openPage, permitFaults, signIn } from "./support/console.ts";
import { expectFocusVisible, tabTo } from "./support/keyboard.ts";
import { expectAccessible, expectFitsWidth, screenshot } from "./support/looks.ts";

const stack = sharedStack();
afterAll(() => stack.close());

let tenant: string;
let viewer: string;
beforeAll(async () => {
  tenant = await enrol(stack);
  viewer = await addMember(stack, tenant, "viewer");
});

/** As a phone held upright. */
const phone = 360;

const texts = {
  ja: { signIn: "サインイン", signOut: "サインアウト", tenants: "テナント一覧", menu: "メニュー" },
  en: { signIn: "Sign in", signOut: "Sign out", tenants: "Tenants", menu: "Menu" },
} as const;

const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { level: 1, name });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const language = (page: Page) => page.locator("html").getAttribute("lang");
const pathOf = (page: Page) => new URL(page.url()).pathname;

describe("language", () => {
  test.each([
    { own: "ja", other: "en", press: "English" },
    { own: "en", other: "ja", press: "日本語" },
  ] as const)(
    "is the browser's ($own) until another is chosen, which then stays (R49)",
    async ({ own, other, press }) => {
      const page = await openPage({ site: "secondary", language: own });
      await button(page, texts[own].signIn).waitFor();
      expect(await language(page)).toBe(own);
      await expectAccessible(page);
      await screenshot(page, `sign-in-${own}`);
      await button(page, press).click();
      await button(page, texts[other].signIn).waitFor();
      expect(await language(page)).toBe(other);
      await page.reload();
      await button(page, texts[other].signIn).waitFor();
      await signIn(page, viewer);
      await heading(page, texts[other].tenants).waitFor();
      expect(await page.title()).toContain(texts[other].tenants);
      await button(page, own === "ja" ? "日本語" : "English").click();
      await heading(page, texts[own].tenants).waitFor();
      expect(await language(page)).toBe(own);
    },
  );
});

describe("sign-in", () => {
  test.each(sites)("by choosing a person leads to the console of the site it began at: %s (R46, R49)", async (site) => {
    const page = await openPage({ site, language: "ja" });
    const badge = site === "primary" ? "本番サイト" : "待機サイト";
    await page.getByText(badge).waitFor();
    await button(page, "サインイン").click();
    await page.getByRole("button", { name: people.operator.name }).click();
    await heading(page, "テナント一覧").waitFor();
    await page.getByRole("banner").getByText(people.operator.email).waitFor();
    await page.getByRole("banner").getByText(badge).waitFor();
    expect(new URL(page.url()).origin).toBe(stack.description.sites[site].api);
  });

  test.each(["ja", "en"] as const)(
    "shows a member their own tenants and nobody else's (%s) (R47, R49)",
    async (own) => {
      await enrol(stack);
      const page = await openConsole({ site: "secondary", language: own, email: viewer });
      await page.getByRole("link", { name: "試験商事" }).first().waitFor();
      const listed = await page.getByRole("main").getByRole("link").all();
      const addresses = await Promise.all(listed.map((link) => link.getAttribute("href")));
      expect(addresses).toStrictEqual([`/tenants/${tenant}/dr`]);
      await expectAccessible(page);
      await screenshot(page, `tenants-${own}`);
    },
  );

  test.each([
    { own: "ja", whom: "全社管理者に" },
    { own: "en", whom: "Ask your company's administrator" },
  ] as const)("of somebody nobody registered shows whom to ask ($own) (R47)", async ({ own, whom }) => {
    const page = await openConsole({ site: "secondary", language: own, email: newEmail("stranger") });
    await page.getByRole("main").getByText(whom).waitFor();
    await expectAccessible(page);
  });

  test("leads back to the page that was asked for, and a reload asks nothing (R49)", async () => {
    const path = `/tenants/${tenant}/dr`;
    const page = await openPage({ site: "secondary", language: "ja", path });
    await signIn(page, viewer);
    await page.getByRole("navigation").getByText("試験商事").waitFor();
    expect(pathOf(page)).toBe(path);
    await page.reload();
    await page.getByRole("banner").getByText(viewer).waitFor();
    expect(pathOf(page)).toBe(path);
  });

  test("leaves no token in the address, the storage or a cookie of the page (R46)", async () => {
    const page = await openConsole({ site: "secondary", language: "ja", email: viewer });
    const kept = await page.evaluate<string>(
      "JSON.stringify([location.href, localStorage, sessionStorage, document.cookie])",
    );
    expect(kept).toContain(stack.description.sites.secondary.api);
    // How the parts of every JSON web token begin, and the parameters of the answer that the sign-in came back with.
    expect(kept).not.toMatch(/eyJ|code=|id_token|access_token/);
  });

  test("ends with signing out, at the issuer too (R46)", async () => {
    const page = await openConsole({ site: "secondary", language: "ja", email: viewer });
    await button(page, "サインアウト").click();
    await button(page, "サインイン").waitFor();
    await page.reload();
    await button(page, "サインイン").click();
    await page.getByRole("textbox", { name: "メールアドレス" }).waitFor();
    expect(new URL(page.url()).origin).toBe(stack.description.issuer);
  });
});

describe("addresses", () => {
  test.each([
    ["nothing", () => "/nothing/here"],
    ["no page of a tenant", () => `/tenants/${tenant}/nothing`],
    ["a tenant that is not theirs", () => "/tenants/of-somebody-else/dr"],
  ])("of %s are answered by a page that says so (R47, R49)", async (_what, path) => {
    const page = await openConsole({ site: "secondary", language: "ja", email: viewer, path: path() });
    await heading(page, "ページが見つかりません").waitFor();
    await page.getByRole("main").getByRole("link").click();
    await heading(page, "テナント一覧").waitFor();
  });
});

describe("on a phone", () => {
  test("nothing is wider than the window, and the menu opens and closes (R49)", async () => {
    const page = await openPage({ site: "secondary", language: "ja", width: phone });
    await button(page, "サインイン").waitFor();
    await expectFitsWidth(page);
    await signIn(page, viewer);
    await page.getByRole("main").getByRole("link", { name: "試験商事" }).click();
    await page.waitForURL(`**/tenants/${tenant}/dr`);
    await heading(page, /./).waitFor();
    await expectFitsWidth(page);
    const menu = page.getByRole("navigation").getByRole("link", { name: "テナント一覧" });
    expect(await menu.isVisible()).toBe(false);
    await button(page, "メニュー").click();
    await menu.waitFor();
    await expectFitsWidth(page);
    await expectAccessible(page);
    await screenshot(page, "menu-phone");
    await menu.click();
    await heading(page, "テナント一覧").waitFor();
    expect(await menu.isVisible()).toBe(false);
    await expectFitsWidth(page);
  });
});

describe("by keyboard alone", () => {
  test("one signs in, skips to the content, and goes from page to page (R49)", async () => {
    const page = await openPage({ site: "secondary", language: "ja" });
    await button(page, "サインイン").waitFor();
    await tabTo(page, button(page, "サインイン"));
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "メールアドレス" }).waitFor();
    await tabTo(page, page.getByRole("textbox", { name: "メールアドレス" }));
    await page.keyboard.type(viewer);
    await page.keyboard.press("Enter");
    const link = page.getByRole("main").getByRole("link", { name: "試験商事" });
    await link.waitFor();
    await tabTo(page, page.getByRole("link", { name: "本文へ移動" }), 1);
    await page.keyboard.press("Enter");
    await expectFocusVisible(page);
    // The next stop is within the content: the header and the menu were skipped.
    await tabTo(page, link, 3);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/tenants/${tenant}/dr`);
    await eventually(async () => expect(await page.locator("main:focus").count()).toBe(1));
  });
});

describe("what is loaded", () => {
  test.each(sites)("from the %s comes with a policy that allows its own files alone (R49)", async (site) => {
    const answer = await fetch(stack.description.sites[site].api);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/default-src 'none'.*script-src 'self';/);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const page = await openPage({ site, language: "ja" });
    await button(page, "サインイン").waitFor();
    permitFaults(page, /Content Security Policy/);
    const ran = await page.evaluate<boolean>(`(() => {
      const script = document.createElement("script");
      script.textContent = "window.intruded = true";
      document.body.append(script);
      return window.intruded === true;
    })()`);
    expect(ran).toBe(false);
  });

  test("at first is less than 250 kB of scripts and styles, compressed (R49)", async () => {
    const page = await openPage({ site: "secondary", language: "ja" });
    await button(page, "サインイン").waitFor();
    const loaded = await page.evaluate<string[]>("performance.getEntriesByType('resource').map(({ name }) => name)");
    const files = loaded.filter((address) => /\.(js|css)$/.test(new URL(address).pathname));
    expect(files.length).toBeGreaterThan(1);
    const sizes = await Promise.all(
      files.map(async (file) => gzipSync(Buffer.from(await (await fetch(file)).arrayBuffer())).length),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
  });
});
