import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type { StackDescription } from "../local/description.ts";
import { surroundings } from "../local/environment.ts";
import { startStack } from "../local/stack.ts";
import { removeData } from "./support/kept-logs.ts";

declare module "vitest" {
  export interface ProvidedContext {
    stack: StackDescription;
  }
}

/**
 * One empty local cloud on free ports for all test files; each test keeps to tenants of its own. While tests are written,
 * `STACK` may name the `stack.json` of one that runs already. Its logs stay when a test failed, or it did not start.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (surroundings.STACK) {
    project.provide("stack", JSON.parse(readFileSync(surroundings.STACK, "utf8")) as StackDescription);
    return async () => undefined;
  }
  const dataDirectory = mkdtempSync(join(tmpdir(), "hikae-test-"));
  const stack = await startStack({ empty: true, portBase: 0, dataDirectory }).catch((error: unknown) => {
    removeData(dataDirectory, { failed: true });
    throw error;
  });
  project.provide("stack", stack.description);
  return async () => {
    await stack.stop();
    const { state } = project.vitest;
    const failed = state.getFailedFilepaths().length > 0 || state.getUnhandledErrors().length > 0;
    removeData(dataDirectory, { failed });
  };
}
