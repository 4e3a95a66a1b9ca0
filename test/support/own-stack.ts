import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type Stack, startStack } from "../../local/stack.ts";
import { removeData } from "./kept-logs.ts";
import { type TestStack, testStackOf } from "./stack.ts";

/**
 * Gives a test file an empty local cloud of its own, whose parts it may lose; it is ended after the last test. Its logs stay when
 * a test failed, or it did not start.
 */
export function onOwnStack(begin: (local: Stack, stack: TestStack) => void): void {
  const dataDirectory = mkdtempSync(join(tmpdir(), "hikae-disaster-"));
  let local: Stack | undefined;
  let stack: TestStack | undefined;
  let failed = true;
  beforeAll(async () => {
    local = await startStack({ empty: true, portBase: 0, dataDirectory });
    stack = testStackOf(local.description);
    begin(local, stack);
    failed = false;
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => {
      failed = true;
    });
  });
  afterAll(async () => {
    await stack?.close();
    await local?.stop();
    removeData(dataDirectory, { failed });
  });
}
