import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import { answered } from "../../shared/stores/firestore-client.ts";

/** A refusal as Google's clients throw it. */
const refusal = (code: number) => Object.assign(new Error(`${code}: no`), { code });

describe("answered", () => {
  test.each([
    ["INVALID_ARGUMENT", 3],
    ["OUT_OF_RANGE", 11],
  ])("says of %s that it can never pass, and nothing of the inside", async (_, code) => {
    const failure = answered(() => Promise.reject(refusal(code)));
    await expect(failure).rejects.toMatchObject({ code: "invalid", cause: { code } });
    await expect(failure).rejects.not.toThrow(/no$/);
  });

  test.each([
    ["DEADLINE_EXCEEDED", 4],
    ["PERMISSION_DENIED", 7],
    ["FAILED_PRECONDITION", 9],
    ["UNAVAILABLE", 14],
  ])("says of %s that it may pass", async (_, code) => {
    await expect(answered(() => Promise.reject(refusal(code)))).rejects.toMatchObject({ code: "unavailable" });
  });

  test("hands on an error of our own, and says of silence that it may pass", async () => {
    const own = new AppError("conflict", "another one was first");
    await expect(answered(() => Promise.reject(own))).rejects.toBe(own);
    await expect(answered(() => new Promise(() => undefined), 5)).rejects.toMatchObject({ code: "unavailable" });
  });
});
