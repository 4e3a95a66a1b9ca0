import { describe, expect, test } from "vitest";
import { AppError, type ErrorCode, errorCodes } from "../../shared/domain/errors.ts";
import { cancelled, failedBy } from "../../shared/domain/given-up.ts";
import { requireWholePrimary, tenantMissing } from "../../shared/domain/whole-primary.ts";

const latin = /[A-Za-z]{2,}/;
const japanese = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;

describe("why an operation was given up", () => {
  test.each(Object.keys(errorCodes) as ErrorCode[])(
    "by %s is said in Japanese without its English text (R48)",
    (code) => {
      const { message, label } = failedBy(new AppError(code, "no answer from 10.0.0.1"));
      expect(message).toBe("no answer from 10.0.0.1");
      expect(label.ja).toMatch(japanese);
      expect(label.ja.replaceAll("Hikae", "")).not.toMatch(latin);
      expect(label.en).toContain("(no answer from 10.0.0.1)");
      expect(label.en).not.toMatch(japanese);
    },
  );

  test("names a tenant that the primary has lost (R24, R48)", () => {
    const { label } = failedBy(tenantMissing("the primary has no tenant acme"));
    expect(label.ja).toBe(
      "必要な条件が満たされていません。東京にこのテナントがありません。東京で失われた場合は、先に東京を復元してください",
    );
  });

  test("names the kinds that the primary has lost, each in a sentence (R8, R48)", () => {
    let caught: unknown;
    try {
      requireWholePrimary({ phones: 1, queues: 2 }, { phones: 40, queues: 30 }, undefined);
    } catch (error) {
      caught = error;
    }
    const { ja } = failedBy(caught as AppError).label;
    expect(ja).toContain("東京1件、大阪40件");
    expect(ja).toContain("東京2件、大阪30件");
    expect(ja).not.toContain("。。");
  });

  test("by somebody who cancelled it is said in both languages (R48)", () => {
    expect(cancelled.label.ja).not.toMatch(latin);
    expect(cancelled.label.en).not.toMatch(japanese);
  });
});
