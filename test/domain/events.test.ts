import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import { type events, readEvent, reloadedKinds, writeEvent } from "../../shared/domain/events.ts";

const at = new Date("2026-11-21T10:05:00.123Z");
const ack = {
  version: 1 as const,
  reloadId: "r1",
  tenantId: "acme",
  kind: "phones" as const,
  site: "secondary" as const,
  outcome: "reloaded" as const,
  at,
};
const onWire = { ...ack, at: "2026-11-21T10:05:00.123Z" };

function refused(topic: keyof typeof events, message: unknown): AppError {
  try {
    readEvent(topic, message);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error("the message was not refused");
}

describe("events", () => {
  test("are JSON, with times in RFC 3339, and come back as they were", () => {
    expect(writeEvent("reloadAck", ack)).toStrictEqual(onWire);
    expect(readEvent("reloadAck", onWire)).toStrictEqual(ack);
    expect(readEvent("reloadAck", { ...onWire, at: "2026-11-21T19:05:00.123+09:00" })).toStrictEqual(ack);
  });

  test("may gain fields: what a reader does not know it leaves alone", () => {
    expect(readEvent("reloadAck", { ...onWire, node: "media-7" })).toStrictEqual(ack);
  });

  test("tell of the kinds that the telephony reloads (R14)", () => {
    const kinds = ["accounts", "phones", "parkGroups", "pickupGroups", "callCenters", "voicemails", "musicOnHold"];
    expect(reloadedKinds.toSorted()).toStrictEqual(kinds.toSorted());
  });

  test.each([
    ["no object", "reloaded", [""]],
    ["another version", { ...onWire, version: 2 }, ["version"]],
    ["a kind that is not reloaded", { ...onWire, kind: "callFlows" }, ["kind"]],
    ["no tenant's id", { ...onWire, tenantId: "../etc" }, ["tenantId"]],
    ["a time without a zone", { ...onWire, at: "2026-11-21T10:05:00" }, ["at"]],
    ["two faults", { ...onWire, outcome: "done", site: "tokyo" }, ["site", "outcome"]],
  ])("with %s are refused for good, and the fields named", (_, message, fields) => {
    const error = refused("reloadAck", message);
    expect(error.code).toBe("invalid");
    expect(error.fields.map(({ field }) => field)).toStrictEqual(fields);
  });

  test("a softphone's id cannot lead to another document", () => {
    const reports = (softphoneId: string) => ({
      ...{ version: 1, tenantId: "acme", site: "secondary" },
      reports: [{ softphoneId, site: "secondary", at: onWire.at }],
    });
    expect(readEvent("softphoneReports", reports("account-00001:device-1")).reports).toHaveLength(1);
    for (const id of ["a/b", "..", ".", "", "__x__", "x".repeat(129)]) {
      expect(refused("softphoneReports", reports(id)).code).toBe("invalid");
    }
  });
});
