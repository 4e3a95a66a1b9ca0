import { execFile, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { surroundings } from "../../local/environment.ts";
import { startTestStorage, type TestStorage } from "../support/storage.ts";

/** Without the program its test is skipped, and the report says so. */
const isThere = (program: string) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
const directory = mkdtempSync(join(tmpdir(), "hikae-tools-"));
const names = ["empty", "large", "案内/a b#?%.wav", "案内/深い/c"];

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
  const sizes = [0, 20_000_000, 1000, 300_000];
  names.forEach((name, at) => {
    mkdirSync(join(directory, "source", name, ".."), { recursive: true });
    writeFileSync(join(directory, "source", name), randomBytes(sizes[at] ?? 0));
  });
});
afterAll(async () => {
  await storage.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a program while this process answers it. */
function run(program: string, parameters: string[], environment: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: surroundings.PATH, HOME: directory, ...environment };
    execFile(program, parameters, { env }, (error, output, fault) =>
      error === null ? resolve(output) : reject(new Error(`${program} ${parameters.join(" ")}: ${fault}`)),
    );
  });
}
const listed = async (bucket: string, prefix: string) =>
  (await storage.client.bucket(bucket).getFiles({ prefix }))[0].map(({ name }) => name.slice(prefix.length)).sort();

describe("rclone", () => {
  test.skipIf(!isThere("rclone"))(
    "copies up, compares, copies between buckets and deletes",
    { timeout: 60_000 },
    async () => {
      const { primary, secondary } = storage.buckets;
      const rclone = (...parameters: string[]) =>
        run("rclone", [...parameters, "--gcs-endpoint", `${storage.url}/storage/v1/`], {
          RCLONE_CONFIG_GCS_TYPE: "google cloud storage",
          RCLONE_CONFIG_GCS_ANONYMOUS: "true",
          RCLONE_CONFIG_GCS_BUCKET_POLICY_ONLY: "true",
        });
      const source = join(directory, "source");
      await rclone("sync", source, `gcs:${primary}/r`);
      expect(await listed(primary, "r/")).toStrictEqual([...names].sort());
      await rclone("check", source, `gcs:${primary}/r`);
      await rclone("check", "--download", source, `gcs:${primary}/r`);
      await rclone("sync", `gcs:${primary}/r`, `gcs:${secondary}/r`);
      await rclone("check", `gcs:${primary}/r`, `gcs:${secondary}/r`);
      await rclone("delete", `gcs:${secondary}/r`);
      expect(await listed(secondary, "r/")).toStrictEqual([]);
    },
  );
});

describe("gcloud storage", () => {
  test.skipIf(!isThere("gcloud"))(
    "copies up and down, between buckets, and deletes",
    { timeout: 120_000 },
    async () => {
      const { primary, secondary } = storage.buckets;
      const gcloud = (...parameters: string[]) =>
        run("gcloud", ["storage", ...parameters, "--quiet"], {
          CLOUDSDK_CONFIG: join(directory, "gcloud"),
          CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${storage.url}/storage/v1/`,
          CLOUDSDK_AUTH_DISABLE_CREDENTIALS: "true",
          CLOUDSDK_CORE_PROJECT: "hikae-local",
          CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: "true",
        });
      await gcloud("cp", "-r", join(directory, "source"), `gs://${primary}/g/`);
      expect(await listed(primary, "g/source/")).toStrictEqual([...names].sort());
      await gcloud("cp", `gs://${primary}/g/source/large`, join(directory, "back"));
      const [sent, back] = ["source/large", "back"].map((name) => readFileSync(join(directory, name)));
      expect(sent !== undefined && back?.equals(sent)).toBe(true);
      await gcloud("cp", "-r", `gs://${primary}/g`, `gs://${secondary}/`);
      expect(await listed(secondary, "g/source/")).toStrictEqual([...names].sort());
      await gcloud("rm", "-r", `gs://${primary}/g`);
      expect(await listed(primary, "g/")).toStrictEqual([]);
    },
  );
});
