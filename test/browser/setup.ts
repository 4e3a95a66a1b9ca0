import { spawnSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { surroundings } from "../../local/environment.ts";
import { findChromium } from "./support/chromium.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The path of the browser's program. */
    chromium: string;
  }
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Finds the browser, and builds the console unless its files are newer than all they are made of. */
export function setup(project: TestProject): void {
  project.provide("chromium", findChromium(surroundings));
  if (isBuilt()) return;
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "build:console"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`npm run build:console failed:\n${stdout}${stderr}`);
}

function isBuilt(): boolean {
  const built = `${root}console/dist/index.html`;
  if (!existsSync(built)) return false;
  const builtAt = statSync(built).mtimeMs;
  const sources = globSync(["console/{src,public}/**", "console/*.*", "shared/**", "package-lock.json"], { cwd: root });
  return sources.every((file) => statSync(root + file).mtimeMs <= builtAt || statSync(root + file).isDirectory());
}
