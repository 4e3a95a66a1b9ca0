import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type Stack, startStack } from "../../local/stack.ts";
import { type TestStack, testStackOf } from "./stack.ts";

/** Gives a test file an empty local cloud of its own, whose parts it may lose; it is ended after the last test. */
export function onOwnStack(begin: (local: Stack, stack: TestStack) => void): void {
  const dataDirectory = mkdtempSync(join(tmpdir(), "hikae-disaster-"));
  let local: Stack | undefined;
  let stack: TestStack | undefined;
  beforeAll(async () => {
    local = await startStack({ empty: true, portBase: 0, dataDirectory });
    stack = testStackOf(local.description);
    begin(local, stack);
  });
  afterAll(async () => {
    await stack?.close();
    await local?.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  });
}
