import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { scenes } from "./demo/scenes.ts";
import { openStage } from "./demo/stage.ts";
import { demoTenants } from "./demo-data.ts";
import { type Stack, startStack } from "./stack.ts";
import { StartError } from "./start-error.ts";

/** Plays every scene on a local cloud of its own. Resolves to the exit code: 0 only if every check held. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const dataDirectory = mkdtempSync(join(tmpdir(), "hikae-demo-"));
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
  let stack: Stack | undefined;
  try {
    const started = performance.now();
    write("控え Hikae — 両サイトを起動しています… / bringing up both sites …");
    stack = await startStack({ empty: false, portBase: 0, dataDirectory, signal: ended.signal });
    const ready = Math.round((performance.now() - started) / 100) / 10;
    write(
      `   ✓ ${ready} s: ${demoTenants()
        .map(({ id, documents }) => `${id} ${documents}`)
        .join(", ")}\n`,
    );
    const figures = { ready_s: ready, ...(await play(stack, write, ended.signal)) };
    if (values.json) write(JSON.stringify(figures));
    return 0;
  } catch (error) {
    const lines =
      error instanceof StartError ? error.lines : [`   ✗ ${error instanceof Error ? error.message : error}`];
    process.stderr.write(`${lines.join("\n")}\n`);
    return 1;
  } finally {
    await stack?.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

async function play(stack: Stack, write: (line: string) => void, signal: AbortSignal) {
  const stage = openStage(stack, write);
  const figures: Record<string, unknown> = {};
  try {
    for (const [index, scene] of scenes.entries()) {
      signal.throwIfAborted();
      write(`${index + 1}. ${scene.title.ja} / ${scene.title.en}`);
      figures[scene.figures] = await scene.play(stage);
      write("");
    }
  } finally {
    await stage.close();
  }
  return figures;
}

process.exitCode = await main();
