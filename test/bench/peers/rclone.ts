import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

/** rclone on Cloud Storage at this address, as fast as its options make it. */
export function createRclone(endpoint: string) {
  const remote = ["--config", "/dev/null", "--gcs-anonymous", "--gcs-endpoint", endpoint];
  const fastest = ["--checksum", "--fast-list", "--transfers", "32", "--checkers", "32"];
  async function run(...args: string[]): Promise<{ milliseconds: number; memory: number }> {
    const started = performance.now();
    const child = spawn("rclone", [...remote, "--quiet", ...args], { stdio: "inherit" });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("exit", resolve);
      child.once("error", reject);
    });
    const memory = peakOf(child.pid, ended);
    const code = await ended;
    const milliseconds = performance.now() - started;
    if (code !== 0) throw new Error(`rclone ended with ${code}`);
    return { milliseconds, memory: await memory };
  }
  return {
    /** Makes the second bucket's folder equal to the first's; answers the whole process's time and peak memory in MiB. */
    sync: (from: string, to: string) => run(...fastest, "sync", `:gcs:${from}`, `:gcs:${to}`),
    /** Compares two folders by their lists; throws where they differ. */
    check: (from: string, to: string) => run(...fastest, "check", `:gcs:${from}`, `:gcs:${to}`),
    /** Copies all that a web server lists at this address into a bucket's folder; so many at once. */
    fetch(url: string, to: string, atOnce: number) {
      const lanes = [
        "--transfers",
        `${atOnce}`,
        "--checkers",
        `${atOnce}`,
        "--no-check-dest",
        "--gcs-bucket-policy-only",
      ];
      return run(...lanes, "--http-url", url, "copy", ":http:", `:gcs:${to}`);
    },
    /** How long it takes to start and to find an empty folder. */
    async start(bucket: string): Promise<number> {
      const started = performance.now();
      const args = [...remote, ...fastest, "size", `:gcs:${bucket}/nothing`];
      // An empty folder does not exist in Cloud Storage, which rclone takes for a failure.
      await promisify(execFile)("rclone", [...args, "--retries", "1"]).catch(() => undefined);
      return performance.now() - started;
    },
  };
}

/** The version of rclone, or nothing where it is not installed. */
export async function rcloneVersion(): Promise<string | undefined> {
  const printed = await promisify(execFile)("rclone", ["version"]).catch(() => undefined);
  return printed?.stdout.split("\n")[0];
}

/** The highest that the kernel has counted while the process lived. */
async function peakOf(pid: number | undefined, ended: Promise<unknown>): Promise<number> {
  let living = true;
  const end = () => {
    living = false;
  };
  ended.then(end, end);
  let peak = 0;
  while (living) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    await pause(20);
  }
  return peak;
}
