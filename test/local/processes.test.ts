import { devNull } from "node:os";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { startProgram } from "../../local/processes.ts";
import { StartError } from "../../local/start-error.ts";

describe("startProgram", () => {
  test("says what could not be started, and ends nobody", async () => {
    expect(() => startProgram("/no/such/java", ["-version"], devNull)).toThrow(StartError);
    // Node tells of it once more, a moment later.
    for (let turns = 0; turns < 10; turns++) await turn();
  });
});
