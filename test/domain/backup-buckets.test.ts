import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketName } from "../../shared/domain/backup/bucket-name.ts";
import { granted, lost, proved } from "../../shared/domain/backup/bucket-state.ts";
import { type BackupBucket, type Challenge, isTaken, proofCounts } from "../../shared/domain/backup/buckets.ts";
import { challengeText, expiryOf, hashOf, judgeCode, newCode, readCode } from "../../shared/domain/backup/challenge.ts";

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 1) + minutes * 60_000);
const fine: BackupBucket = { bucket: "b-1", access: "granted", checkedAt: at(0), placeholder: "1" };
const owned: BackupBucket = { ...fine, provedAt: at(1), provedBy: "a@x.example" };

describe("the name of a bucket", () => {
  test.each(["abc", "a-b_c.d", "1st-bucket", "a".repeat(63), `${"a".repeat(63)}.${"b".repeat(63)}`])(
    "may be %s (R33)",
    (name) => {
      expect(bucketName.safeParse(name).success).toBe(true);
    },
  );
  test.each([
    ["ab", /3 to 63/],
    ["", /3 to 63/],
    ["Recordings", /small letters/],
    ["gs://recordings", /without gs/],
    ["録音バケット", /small letters/],
    ["a/b", /small letters/],
    ["-abc", /begin and end/],
    ["abc.", /begin and end/],
    ["a..b", /dot/],
    ["a.-b", /dot/],
    ["192.168.5.4", /IP/],
    ["goog-recordings", /goog/],
    ["my-google-recordings", /google/],
    ["a".repeat(64), /between dots/],
  ])("may not be %s, and the fault is told (R33)", (name, text) => {
    const parsed = bucketName.safeParse(name);
    expect(parsed.error?.issues).toEqual([expect.objectContaining({ message: expect.stringMatching(text) })]);
  });
});

describe("a code", () => {
  test("is read however it is typed (R34)", () => {
    const code = newCode();
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/);
    const wide = [...code]
      .map((c) => (c === "-" ? "　" : String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0)))
      .join("");
    for (const typed of [code.toLowerCase(), code.replaceAll("-", " "), ` ${code.replaceAll("-", "")}\n`, wide]) {
      expect(hashOf(typed, "t", "b-1")).toBe(hashOf(code, "t", "b-1"));
    }
    expect(readCode("oil0-1")).toBe("01101");
  });

  test("is worth nothing for another tenant or bucket (R34)", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        expect(hashOf("CODE", a, b)).not.toBe(hashOf("CODE", c, d));
      }),
    );
  });

  test("stands in a text in both languages, with what it is for and until when (R34)", () => {
    const text = challengeText("AAAA-BBBB", "acme", "acme-recordings", at(0));
    for (const part of ["AAAA-BBBB", "acme-recordings", "2026-11-01T00:00:00.000Z", "確認コード", "Enter this code"]) {
      expect(text).toContain(part);
    }
  });
});

const code = newCode();
const challenge: Challenge = {
  hash: hashOf(code, "t", "b-1"),
  object: "call-recordings/hikae-challenge-1.txt",
  generation: "7",
  issuedAt: at(0),
  issuedBy: "a@x.example",
  expiresAt: expiryOf(at(0)),
  wrongTries: 0,
};
const challenged: BackupBucket = { ...fine, challenge };

describe("judging a code (R34)", () => {
  test("takes the right one for seven days", () => {
    expect(judgeCode(challenged, "t", code, at(7 * 24 * 60 - 1))).toMatchObject({ is: "right" });
    expect(judgeCode(challenged, "t", code, at(7 * 24 * 60))).toEqual({ is: "expired" });
    expect(judgeCode(challenged, "other", code, at(1))).toMatchObject({ is: "wrong" });
    expect(judgeCode(fine, "t", code, at(1))).toEqual({ is: "none" });
    expect(judgeCode(undefined, "t", code, at(1))).toEqual({ is: "none" });
  });

  test("takes ten wrong ones, and then not even the right one", () => {
    let bucket = challenged;
    for (let left = 9; left >= 0; left--) {
      const judged = judgeCode(bucket, "t", newCode(), at(1));
      expect(judged).toMatchObject({ is: "wrong", triesLeft: left });
      if (judged.is === "wrong") bucket = judged.next;
    }
    expect(judgeCode(bucket, "t", code, at(1))).toEqual({ is: "exhausted" });
  });

  test("answers the right one again after it has proved, until the proof is lost", () => {
    const done = proved(challenged, "a@x.example", at(2));
    expect(judgeCode(done, "t", code, at(3))).toEqual({ is: "proved" });
    expect(judgeCode(done, "t", code, at(20_000))).toEqual({ is: "proved" });
    expect(judgeCode(lost(done, at(4)), "t", code, at(5))).toEqual({ is: "none" });
  });
});

describe("a proof", () => {
  test("counts when it is later than every loss (R34)", () => {
    const time = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined });
    const date = (minutes: number | undefined) => (minutes === undefined ? undefined : at(minutes));
    fc.assert(
      fc.property(time, time, time, (provedAt, lostAt, destination) => {
        const counts = proofCounts(
          { provedAt: date(provedAt), lostAt: date(lostAt) },
          { proofLostAt: date(destination) },
        );
        expect(counts).toBe(provedAt !== undefined && provedAt > (lostAt ?? -1) && provedAt > (destination ?? -1));
      }),
    );
    expect(proofCounts(undefined)).toBe(false);
  });

  test("is lost once, takes the code with it, and a later one is not touched (R34)", () => {
    const gone = lost({ ...owned, challenge }, at(5));
    expect(gone).toMatchObject({ lostAt: at(5) });
    expect(gone).not.toHaveProperty("challenge");
    expect(lost(gone, at(9))).toBe(gone);
    expect(lost(owned, at(1))).toBe(owned);
    expect(lost(fine, at(5))).toBe(fine);
    expect(proofCounts(proved(gone, "b", at(6)))).toBe(true);
    expect(lost(challenged, at(1))).not.toHaveProperty("challenge");
  });

  test("of another tenant takes the bucket, until it is lost (R34)", () => {
    const claim = { bucket: "b-1", tenant: "t", provedAt: at(1), provedBy: "a" };
    expect([isTaken(claim, "u"), isTaken(claim, "t"), isTaken(undefined, "u")]).toEqual([true, false, false]);
    expect(isTaken({ ...claim, lostAt: at(2) }, "u")).toBe(false);
  });

  test("is taken over from the claim, with its loss (R34)", () => {
    const claim = { bucket: "b-1", tenant: "t", provedAt: at(3), provedBy: "z" };
    expect(granted(undefined, "b-1", { placeholder: "1", claim }, at(4))).toMatchObject({
      provedAt: at(3),
      provedBy: "z",
    });
    const later = granted(
      owned,
      "b-1",
      { placeholder: "1", claim: { ...claim, provedAt: at(1), lostAt: at(2) } },
      at(4),
    );
    expect(proofCounts(later)).toBe(false);
    expect(proofCounts(granted(owned, "b-1", { placeholder: "1", proofLostAt: at(2) }, at(4)))).toBe(false);
  });
});
