import { describe, expect, test } from "vitest";
import { readEvent } from "../../shared/domain/events.ts";
import { instantText, isStorable } from "../../shared/domain/instant.ts";

describe("instantText", () => {
  test.each([
    ["0000-12-31T23:59:59.999Z", false],
    ["0001-01-01T00:00:00Z", true],
    ["0001-01-01T08:59:59+09:00", false],
    ["2026-11-21T10:00:00.123456789Z", true],
    ["9999-12-31T23:59:59.999Z", true],
    ["9999-12-31T23:59:59-00:01", false],
    ["not a time", false],
  ])("takes %s as a time that a database can keep: %s (R39)", (text, isTaken) => {
    expect(instantText.safeParse(text).success).toBe(isTaken);
    expect(isStorable(text)).toBe(isTaken);
  });

  test("has an event with a time that cannot be kept refused for good: it would come for ever (R39)", () => {
    const report = { softphoneId: "a", site: "secondary", at: "0000-01-01T00:00:00Z" };
    const message = { version: 1, tenantId: "acme", site: "secondary", reports: [report] };
    expect(() => readEvent("softphoneReports", message)).toThrow(/"reports.0.at"/);
  });
});
