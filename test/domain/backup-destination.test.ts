import { describe, expect, test } from "vitest";
import { drained, probed, refusedBy } from "../../shared/domain/backup/destination.ts";

const start = new Date("2026-11-21T10:00:00Z");
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const bucket = { bucket: "acme-recordings", tenant: "acme" };
const denied = { cause: "denied", message: "403" } as const;

describe("a destination", () => {
  test("is out of service at its first refusal; further ones belong to the same incident (R39)", () => {
    const first = refusedBy(undefined, bucket, denied, "i1", start);
    const second = refusedBy(first, bucket, { cause: "throttled", message: "429" }, "i2", later(5));
    expect(second).toMatchObject({ state: "outOfService", incident: { id: "i1", since: start, cause: "throttled" } });
    expect(second.incident?.nextProbeAt).toStrictEqual(later(30));
  });

  test("is probed with growing pauses, and drained when it is back (R39)", () => {
    let record = refusedBy(undefined, bucket, denied, "i1", start);
    const pauses: number[] = [];
    for (let now = later(30); pauses.length < 7; now = record.incident?.nextProbeAt ?? now) {
      record = probed(record, denied, true, now);
      pauses.push(((record.incident?.nextProbeAt.getTime() ?? 0) - now.getTime()) / 1000);
    }
    expect(pauses).toStrictEqual([60, 120, 300, 600, 900, 900, 900]);
    const back = probed(record, "ok", true, later(9999));
    expect(back).toMatchObject({ state: "inService", draining: true });
    expect(back.incident).toBeUndefined();
    expect(drained(back, false, later(9999 + 599)).draining).toBe(true);
    expect(drained(back, true, later(99_999)).draining).toBe(true);
    expect(drained(back, false, later(99_999)).draining).toBe(false);
  });

  test("that was gone is not trusted again before it is proved anew (R34)", () => {
    const gone = refusedBy(undefined, bucket, { cause: "bucketGone", message: "404" }, "i1", start);
    expect(gone.proofLostAt).toStrictEqual(start);
    const made = probed(gone, "ok", false, later(30));
    expect(made).toMatchObject({ state: "outOfService", incident: { cause: "unproved" }, proofLostAt: start });
    expect(probed(made, "ok", true, later(90))).toMatchObject({ state: "inService", proofLostAt: start });
  });
});
