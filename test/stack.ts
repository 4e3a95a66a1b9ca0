import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type { StackDescription } from "../local/description.ts";
import { startStack } from "../local/stack.ts";

declare module "vitest" {
  export interface ProvidedContext {
    stack: StackDescription;
  }
}

/** One empty local cloud on free ports for all test files; each test keeps to tenants of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "hikae-test-"));
  const stack = await startStack({ empty: true, portBase: 0, dataDirectory });
  project.provide("stack", stack.description);
  return async () => {
    await stack.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  };
}
