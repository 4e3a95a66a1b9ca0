import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { removeData } from "../support/kept-logs.ts";

let directory: string;
const told = vi.spyOn(process.stderr, "write").mockImplementation(() => true);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hikae-kept-"));
  mkdirSync(join(directory, "logs"));
  told.mockClear();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const logged = (name: string, text: string) => writeFileSync(join(directory, "logs", name), text);

describe("the data of a local cloud that has been stopped", () => {
  test("go when all went well, whatever the emulators say", () => {
    logged("primary-firestore.log", "WARNING: onUnhandledInboundException\nNot a FATAL ERROR: of ours\n");
    removeData(directory, { failed: false });
    expect(existsSync(directory)).toBe(false);
  });

  test("stay when something failed", () => {
    removeData(directory, { failed: true });
    expect(existsSync(directory)).toBe(true);
    expect(told).toHaveBeenCalledWith(`logs: ${join(directory, "logs")}\n`);
  });

  test.each([
    "Uncaught exception\nTypeError: no",
    "Unhandled rejection\nError: no",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  ])("stay when a function ended by itself, which is a failure: %j", (text) => {
    logged("secondary-activate.log", `{"message":"invocation"}\n${text}\n`);
    expect(() => removeData(directory, { failed: false })).toThrow(`secondary-activate.log: ${text.split("\n")[0]}`);
    expect(existsSync(directory)).toBe(true);
  });
});
