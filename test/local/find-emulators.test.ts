import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findEmulators } from "../../local/find-emulators.ts";
import { assignPorts } from "../../local/ports.ts";
import { StartError } from "../../local/start-error.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hikae-find-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function file(path: string): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, "", { mode: 0o755 });
  return full;
}

function linesOf(variables: Record<string, string>): readonly string[] {
  try {
    findEmulators(variables);
  } catch (error) {
    if (error instanceof StartError) return error.lines;
    throw error;
  }
  return [];
}

describe("findEmulators", () => {
  test("finds the jars of the Google Cloud CLI on the path", () => {
    const java = file("bin/java");
    file("bin/gcloud");
    const firestoreJar = file("platform/cloud-firestore-emulator/cloud-firestore-emulator.jar");
    const pubsubJar = file("platform/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar");
    expect(findEmulators({ PATH: join(root, "bin") })).toEqual({ java, firestoreJar, pubsubJar });
  });

  test("finds the newest jars in the Firebase CLI's cache", () => {
    const java = file("bin/java");
    const cache = ".cache/firebase/emulators";
    file(`${cache}/cloud-firestore-emulator-v1.9.0.jar`);
    const firestoreJar = file(`${cache}/cloud-firestore-emulator-v1.19.8.jar`);
    const pubsubJar = file(`${cache}/pubsub-emulator-0.8.14/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.14-all.jar`);
    expect(findEmulators({ PATH: join(root, "bin"), HOME: root })).toEqual({ java, firestoreJar, pubsubJar });
  });

  test("prefers the jars that the environment names", () => {
    const [java, firestoreJar, pubsubJar] = [file("bin/java"), file("f.jar"), file("p.jar")];
    const variables = { PATH: join(root, "bin"), FIRESTORE_EMULATOR_JAR: firestoreJar, PUBSUB_EMULATOR_JAR: pubsubJar };
    expect(findEmulators(variables)).toEqual({ java, firestoreJar, pubsubJar });
  });

  test("says in one line each what is missing and which command installs it", () => {
    const lines = linesOf({ PATH: join(root, "bin"), HOME: root });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain("apt-get install default-jre-headless");
    expect(lines[1]).toContain("gcloud components install cloud-firestore-emulator");
    expect(lines[2]).toContain("google-cloud-cli-pubsub-emulator");
  });

  test("names the file that the environment names in vain", () => {
    file("bin/java");
    const lines = linesOf({
      PATH: join(root, "bin"),
      FIRESTORE_EMULATOR_JAR: "/none.jar",
      PUBSUB_EMULATOR_JAR: file("p"),
    });
    expect(lines).toEqual([expect.stringContaining("FIRESTORE_EMULATOR_JAR names a missing file: /none.jar")]);
  });
});

describe("assignPorts", () => {
  test("names a port that is taken, and the option that moves it", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => server.once("listening", listening));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(assignPorts(port)).rejects.toThrow(new RegExp(`Port ${port} .*--port-base`));
    server.close();
  });
});
