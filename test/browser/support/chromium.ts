import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import type { surroundings } from "../../../local/environment.ts";
import { StartError } from "../../../local/start-error.ts";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The second is for Japanese, which is empty boxes without it. */
const debianPackages = ["chromium", "fonts-noto-cjk"];

const isRoot = process.getuid?.() === 0;

/**
 * The path of a Chromium that runs: `CHROMIUM`, an installed one, or Playwright's own; on Debian, as root, it is installed if
 * there is none.
 * @throws StartError with one line that names the command which installs it.
 */
export function findChromium({ CHROMIUM: named }: typeof surroundings): string {
  if (named && !runs(named)) {
    throw new StartError(`CHROMIUM のブラウザーを起動できません / CHROMIUM names no browser that runs: ${named}`);
  }
  const found = named || installed() || (installOnDebian() && installed());
  if (found) return found;
  throw new StartError(
    `Chromium がありません / Chromium is missing: npx playwright-core install chromium (Debian: sudo apt-get install ${debianPackages.join(" ")})`,
  );
}

function installed(): string | undefined {
  return [...places, chromium.executablePath()].find(runs);
}

/** Some distributions put a script there that only says what to install. */
function runs(path: string): boolean {
  if (!existsSync(path)) return false;
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 30_000 });
  return /Chrom(e|ium)[^\n]* \d+\./.test(stdout ?? "");
}

function installOnDebian(): boolean {
  if (!isRoot || !existsSync("/usr/bin/apt-get")) return false;
  process.stderr.write("Chromium を入れます / Installing Chromium, once: apt-get install …\n");
  const aptGet = (...args: string[]) =>
    spawnSync("env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", ...args], { stdio: "ignore" }).status === 0;
  return aptGet("update") && aptGet("install", "-y", "--no-install-recommends", ...debianPackages);
}

const switches = [
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-gpu",
  // No name is looked up: nothing but this machine can be reached.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/** Starts it without a window and without any connection but to this machine. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  const launch = (chromiumSandbox: boolean) => chromium.launch({ executablePath, chromiumSandbox, args: switches });
  if (isRoot) return launch(false);
  // A container may lack the kernel's user namespaces; only pages of this machine are opened.
  return launch(true).catch(() => launch(false));
}
