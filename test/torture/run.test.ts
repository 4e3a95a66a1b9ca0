import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";

// Each starts a program.
vi.setConfig({ testTimeout: 60_000 });

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe("programs that prove something", () => {
  test.each([
    ["run.ts", ["--seeds", "0"]],
    ["run.ts", ["--steps", "0"]],
    ["run.ts", ["--seed", "none"]],
    ["../fuzz/run.ts", ["--only", "PUT /v1/no-such-route"]],
    ["../fuzz/run.ts", ["--only", "event"]],
    ["../fuzz/run.ts", ["--only", ""]],
  ])("%s refuses %j, which would try nothing", (path, args) => {
    const { status, stderr } = spawnSync(process.execPath, [file(path), ...args], { encoding: "utf8" });
    expect(stderr).toContain("npm run");
    expect(status).toBe(2);
  });
});
