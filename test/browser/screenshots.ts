import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { surroundings } from "../../local/environment.ts";
import { escaped } from "../../local/html.ts";
import { findChromium, launchChromium } from "./support/chromium.ts";

const directory = fileURLToPath(new URL("../../.local/screenshots/", import.meta.url));
const published = fileURLToPath(new URL("../../docs/console/", import.meta.url));

/** The pictures that the README shows. */
const ofReadme = ["dr-status", "dr-readiness", "failback-diff", "recordings"];

const widthPixels = 900;
/** Of a long page the README shows the top. */
const heightPixels = 640;
const limitBytes = 60_000;

/** Shows the pictures that the browser tests took, or writes the README's from them. Resolves to the exit code. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { readme: { type: "boolean", default: false } } });
  const taken = globSync("*.png", { cwd: directory }).sort();
  const asked = values.readme ? ofReadme.map((name) => `${name}.png`) : taken.slice(0, 1);
  const missing = asked.filter((file) => !taken.includes(file));
  if (asked.length === 0 || missing.length > 0) {
    process.stderr.write(
      `画像がまだありません / Pictures are still missing: ${missing.join(" ")} (npx vitest run --project browser)\n`,
    );
    return 1;
  }
  if (values.readme) await publish();
  else process.stdout.write(`${pathToFileURL(writeOverview(taken))}\n`);
  return 0;
}

function writeOverview(taken: readonly string[]): string {
  const figures = taken.map((file) => {
    const name = escaped(basename(file, ".png"));
    return `<figure id="${name}"><figcaption>${name}</figcaption><a href="${name}.png"><img src="${name}.png" alt="${name}" loading="lazy"></a></figure>`;
  });
  const style =
    "body{font-family:system-ui;background:#ddd}figure{display:inline-block;vertical-align:top;margin:8px}img{max-width:600px;max-height:800px;border:1px solid #999}";
  const file = `${directory}index.html`;
  writeFileSync(
    file,
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Hikae console</title><style>${style}</style>${figures.join("\n")}</html>\n`,
  );
  return file;
}

async function publish(): Promise<void> {
  mkdirSync(published, { recursive: true });
  const browser = await launchChromium(findChromium(surroundings));
  try {
    const page = await browser.newPage({ viewport: { width: widthPixels, height: 600 } });
    for (const name of ofReadme) {
      const small = await shrink(page, readFileSync(`${directory}${name}.png`));
      writeFileSync(`${published}${name}.webp`, small);
      process.stdout.write(`docs/console/${name}.webp ${Math.ceil(small.length / 1000)} kB\n`);
    }
  } finally {
    await browser.close();
  }
}

/** The browser scales the picture and writes it again, as well as the limit allows. */
async function shrink(page: Page, picture: Buffer): Promise<Buffer> {
  const source = `data:image/png;base64,${picture.toString("base64")}`;
  await page.setContent(`<style>*{margin:0}img{display:block;width:100%}</style><img src="${source}">`);
  const box = await page.locator("img").boundingBox();
  const height = Math.min(heightPixels, Math.round(box?.height ?? heightPixels));
  await page.setViewportSize({ width: widthPixels, height });
  const protocol = await page.context().newCDPSession(page);
  for (let quality = 90; quality > 0; quality -= 10) {
    const { data } = await protocol.send("Page.captureScreenshot", { format: "webp", quality });
    const small = Buffer.from(data, "base64");
    if (small.length <= limitBytes) return small;
  }
  throw new Error(`a picture is larger than ${limitBytes} bytes at any quality`);
}

process.exitCode = await main();
