import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const crash = /^(?:Uncaught exception|Unhandled rejection|FATAL ERROR: .*)$/m;

/**
 * Ends with the data of a local cloud that has been stopped: removed when all went well, else left, and told where its logs are.
 * @throws Error when nothing else failed, but a function's process had ended by itself: by a failure that nobody caught, or for
 *   want of memory. Whoever was killed says nothing of that sort.
 */
export function removeData(dataDirectory: string, { failed }: { failed: boolean }): void {
  const logs = join(dataDirectory, "logs");
  const crashes = existsSync(logs) ? crashesIn(logs) : [];
  if (!failed && crashes.length === 0) {
    rmSync(dataDirectory, { recursive: true, force: true });
    return;
  }
  process.stderr.write(`logs: ${logs}\n`);
  const told = `functions ended by themselves:\n${crashes.join("\n")}\n`;
  if (!failed) throw new Error(told);
  if (crashes.length > 0) process.stderr.write(told);
}

/** The beginning of what each log says of its process's own end. */
function crashesIn(logs: string): string[] {
  return readdirSync(logs).flatMap((name) => {
    const text = readFileSync(join(logs, name), "utf8");
    const at = text.search(crash);
    return at < 0 ? [] : [`${name}: ${text.slice(at, at + 600)}`];
  });
}
