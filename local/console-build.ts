import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { plainEnvironment } from "./environment.ts";
import { killGroup } from "./processes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Builds the console for Hosting, in a process group of its own that is killed by the signal. Never rejects; resolves to the
 * line that tells of a failure, or to nothing.
 */
export async function buildConsole(signal: AbortSignal, script = "build:console"): Promise<string | undefined> {
  const said: string[] = [];
  const child = spawn("npm", ["run", "--silent", script], {
    cwd: root,
    env: plainEnvironment(),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const output of [child.stdout, child.stderr]) output.setEncoding("utf8").on("data", (text) => said.push(text));
  const kill = () => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  signal.addEventListener("abort", kill);
  const ended = await new Promise<number | string | null>((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("close", resolve);
  });
  signal.removeEventListener("abort", kill);
  if (ended === 0 || signal.aborted) return undefined;
  const why = typeof ended === "string" ? ended : inOneLine(said.join("")) || `npm ended with ${ended}`;
  return `コンソールをビルドできませんでした / The console could not be built (npm run ${script}): ${why}`;
}

function inOneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/g, " ").trim().slice(0, 300);
}
