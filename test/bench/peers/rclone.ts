import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

/** rclone on Cloud Storage at this address, as fast as its options make it. */
export function createRclone(endpoint: string) {
  const remote = ["--config", "/dev/null", "--gcs-anonymous", "--gcs-endpoint", `${endpoint}/storage/v1/`];
  const fastest = ["--checksum", "--fast-list", "--transfers", "32", "--checkers", "32"];
  async function run(...args: string[]): Promise<{ milliseconds: number; memory: number; cpu: number }> {
    const started = performance.now();
    const child = spawn("rclone", [...remote, "--quiet", ...args], { stdio: "inherit" });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("exit", resolve);
      child.once("error", reject);
    });
    const usage = usageOf(child.pid, ended);
    const code = await ended;
    const milliseconds = performance.now() - started;
    if (code !== 0) throw new Error(`rclone ended with ${code}`);
    return { milliseconds, ...(await usage) };
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

/** The kernel counts processor time in hundredths of a second. */
const tickMilliseconds = 10;

/** The peak memory in MiB and the processor time in milliseconds that the kernel has counted while the process lived. */
async function usageOf(pid: number | undefined, ended: Promise<unknown>): Promise<{ memory: number; cpu: number }> {
  let living = true;
  const end = () => {
    living = false;
  };
  ended.then(end, end);
  let [memory, cpu] = [0, 0];
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  while (living) {
    const [status, stat] = await Promise.all([read("status"), read("stat")]);
    memory = Math.max(memory, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    const [user, system] = (stat.split(") ")[1] ?? "").split(" ").slice(11, 13);
    cpu = Math.max(cpu, (Number(user ?? 0) + Number(system ?? 0)) * tickMilliseconds);
    await pause(20);
  }
  return { memory, cpu };
}
