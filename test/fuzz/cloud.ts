import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StackDescription } from "../../local/description.ts";
import { skipMetadataServer, surroundings } from "../../local/environment.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { removeData } from "../support/kept-logs.ts";

/**
 * Does the work on the local cloud whose `stack.json` the variable STACK names, or on an empty one of its own, whose logs stay
 * when the work throws or has failed by its result.
 */
export async function onLocalCloud<T>(
  work: (description: StackDescription) => Promise<T>,
  hasFailed: (done: T) => boolean,
): Promise<T> {
  skipMetadataServer();
  if (surroundings.STACK) return work(JSON.parse(readFileSync(surroundings.STACK, "utf8")) as StackDescription);
  const dataDirectory = mkdtempSync(join(tmpdir(), "hikae-trial-"));
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  let stack: Stack | undefined;
  let failed = true;
  try {
    stack = await startStack({ empty: true, portBase: 0, dataDirectory, signal: interrupted.signal });
    const { signal } = interrupted;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("given up")));
    });
    const done = await Promise.race([work(stack.description), aborted]);
    failed = hasFailed(done);
    return done;
  } finally {
    await stack?.stop();
    removeData(dataDirectory, { failed });
  }
}
