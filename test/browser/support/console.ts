import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, expect, inject, onTestFinished } from "vitest";
import type { StackDescription } from "../../../local/description.ts";
import type { Site } from "../../../shared/domain/sites.ts";
import { launchChromium } from "./chromium.ts";

export type Opening = {
  site: Site;
  /** The browser's own language, in Japan either way. */
  language: "ja" | "en";
  /** Where to begin. Default `/`. */
  path?: string;
  /** Of the window, in CSS pixels. Default 1280; a phone has 360. */
  width?: number;
  /** Default: the local cloud that the browser tests share. */
  stack?: StackDescription;
};

/** Pictures of pages as they were when a test failed. */
const failures = fileURLToPath(new URL("../../../.local/screenshots/failed/", import.meta.url));

let browser: Promise<Browser> | undefined;
afterAll(async () => (await browser)?.close());

/** What went wrong in each browser session, beside what the test says may go wrong. */
const sessions = new WeakMap<BrowserContext, { faults: string[]; permitted: RegExp[] }>();

/**
 * Opens a site's console in a browser session of its own, in which nobody is signed in. The session ends with the test, which
 * fails if the console logged an error, threw one, broke its content security policy or asked anything of another machine
 * (`permitFaults`). For use within a test only.
 */
export async function openPage({ site, language, path = "/", width = 1280, stack }: Opening): Promise<Page> {
  browser ??= launchChromium(inject("chromium"));
  const { api } = (stack ?? inject("stack")).sites[site];
  const context = await (await browser).newContext({
    baseURL: api,
    locale: language === "ja" ? "ja-JP" : "en-GB",
    timezoneId: "Asia/Tokyo",
    colorScheme: "light",
    reducedMotion: "reduce",
    viewport: { width, height: width < 600 ? 740 : 800 },
  });
  context.setDefaultTimeout(15_000);
  watch(context);
  const page = await context.newPage();
  onTestFinished(({ task }) => end(page, task.result?.state === "fail" ? task.name : undefined));
  await page.goto(path);
  return page;
}

/** Goes through the issuer's sign-in from the console's; resolves when the console shows its content to that person. */
export async function signIn(page: Page, email: string): Promise<void> {
  const console = new URL(page.url()).origin;
  await page.getByRole("button", { name: /^(サインイン|Sign in)$/ }).click();
  await page.getByRole("textbox", { name: /メールアドレス|e-?mail address/i }).fill(email);
  await page.getByRole("button", { name: /このアドレスでサインイン|Sign in with this address/ }).click();
  await page.waitForURL((url) => url.origin === console);
  await page.getByRole("banner").getByText(email).waitFor();
  await page.getByRole("main").waitFor();
}

/** Opens a site's console and signs in; the same page as `openPage` otherwise. */
export async function openConsole({ email, ...opening }: Opening & { email: string }): Promise<Page> {
  const page = await openPage(opening);
  await signIn(page, email);
  return page;
}

/**
 * From now on, errors in the browser's console that match are no fault of the test's page: for requests that are refused
 * on purpose (`/status of 403/`) or come to nothing (`/ERR_CONNECTION_REFUSED/`). Each is matched as `<text> <address>`.
 */
export function permitFaults(page: Page, ...permitted: RegExp[]): void {
  sessions.get(page.context())?.permitted.push(...permitted);
}

function watch(context: BrowserContext): void {
  const session = { faults: [] as string[], permitted: [] as RegExp[] };
  sessions.set(context, session);
  const report = (fault: string) => {
    if (!session.permitted.some((pattern) => pattern.test(fault))) session.faults.push(fault);
  };
  context.on("console", (message) => {
    if (message.type() === "error") report(`${message.text()} ${message.location().url}`);
  });
  context.on("weberror", (thrown) => report(thrown.error().stack ?? thrown.error().message));
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") report(`asks another machine: ${request.url()}`);
  });
}

async function end(page: Page, failed: string | undefined): Promise<void> {
  const context = page.context();
  if (failed !== undefined && !page.isClosed()) {
    mkdirSync(failures, { recursive: true });
    await page.screenshot({ path: `${failures}${failed.replace(/[^\p{L}\p{N}]+/gu, "-")}.png` });
  }
  await context.close();
  expect(sessions.get(context)?.faults, "what the browser reported").toStrictEqual([]);
}
