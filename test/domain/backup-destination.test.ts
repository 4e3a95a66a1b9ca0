import { describe, expect, test } from "vitest";
import type { BucketProblem } from "../../shared/domain/backup/buckets.ts";
import { drained, probed, refusedBy, trusted } from "../../shared/domain/backup/destination.ts";
import type { DestinationRecord } from "../../shared/domain/backup/ports.ts";

const start = new Date("2026-11-21T10:00:00Z");
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const bucket = { bucket: "acme-recordings", tenant: "acme" };
const denied = { cause: "denied", message: "403" } as const;
const gone = { cause: "bucketGone", message: "404" } as const;

/** The bucket after a refusal at that second, of a try that began then or so many seconds before. */
const refused = (current: DestinationRecord | undefined, seconds: number, why: BucketProblem = denied, took = 0) =>
  refusedBy(current, bucket, { ...why, begun: later(seconds - took) }, `i${seconds}`, later(seconds));

describe("a destination", () => {
  test("is out of service at its first refusal; further ones belong to the same incident (R39)", () => {
    const first = refused(undefined, 0);
    const second = refused(first, 5, { cause: "throttled", message: "429" });
    expect(second).toMatchObject({ state: "outOfService", incident: { id: "i0", since: start, cause: "throttled" } });
    expect(second.incident?.nextProbeAt).toStrictEqual(later(30));
  });

  test("is probed with growing pauses, and drained when it is back (R39)", () => {
    let record = refused(undefined, 0);
    const pauses: number[] = [];
    for (let now = later(30); pauses.length < 7; now = record.incident?.nextProbeAt ?? now) {
      record = probed(record, denied, true, now);
      pauses.push(((record.incident?.nextProbeAt.getTime() ?? 0) - now.getTime()) / 1000);
    }
    expect(pauses).toStrictEqual([60, 120, 300, 600, 900, 900, 900]);
    const back = probed(record, "ok", true, later(9999));
    expect(back).toMatchObject({ state: "inService", draining: true, onTrial: true });
    expect(back.incident).toBeUndefined();
    expect(drained(back, false, later(9999 + 599)).draining).toBe(true);
    expect(drained(back, true, later(99_999)).draining).toBe(true);
    expect(drained(back, false, later(99_999))).toMatchObject({ draining: false });
    expect(drained(back, false, later(99_999)).onTrial).toBeUndefined();
  });

  test("has had its turn when it was drained, and is drained for as long as before (R39)", () => {
    const back = probed(refused(undefined, 0), "ok", true, later(30));
    let record = back;
    for (let seconds = 60; seconds < 630; seconds += 60) {
      record = drained(record, seconds % 120 === 0, later(seconds));
      expect(record).toMatchObject({ draining: true, returnedAt: later(30), updatedAt: later(seconds) });
    }
    expect(drained(record, false, later(630)).draining).toBe(false);
    // A record of before its return was noted keeps what told of it.
    const { returnedAt: _returnedAt, ...old } = back;
    expect(drained(old, false, later(60))).toMatchObject({ draining: true, returnedAt: later(30) });
    expect(drained(record, false, later(630))).toStrictEqual(drained(back, false, later(630)));
  });

  test("that a probe finds well and that refuses all the same is one incident, with growing pauses (R39, R40)", () => {
    let record = refused(undefined, 0);
    const pauses: number[] = [];
    for (let seconds = 30; pauses.length < 7; seconds += pauses.at(-1) ?? 0) {
      record = probed(record, "ok", true, later(seconds));
      expect(record).toMatchObject({ state: "inService", onTrial: true });
      record = refused(record, seconds + 1);
      expect(record.incident).toMatchObject({ id: "i0", since: start, resumed: true });
      pauses.push(((record.incident?.nextProbeAt.getTime() ?? 0) - later(seconds + 1).getTime()) / 1000);
    }
    expect(pauses).toStrictEqual([60, 120, 300, 600, 900, 900, 900]);
  });

  test("that took one and refuses while the rest is called for goes on with its incident; who was told of the return is told again", () => {
    const back = trusted(probed(refused(undefined, 0), "ok", true, later(30)), later(40));
    expect(back.onTrial).toBeUndefined();
    const again = refused(back, 100, { cause: "throttled", message: "429" });
    expect(again.incident).toMatchObject({ id: "i0", since: start, probes: 1, cause: "throttled" });
    expect(again.incident?.resumed).toBeUndefined();
    const afterwards = refused(drained(back, false, later(9999)), 10_000);
    expect(afterwards.incident).toMatchObject({ id: "i10000", since: later(10_000), probes: 0 });
  });

  test("stays in service when a try that began before its return is refused (R39)", () => {
    const back = probed(refused(undefined, 0), "ok", true, later(30));
    expect(refused(back, 35, denied, 10)).toBe(back);
    expect(refused(back, 35, denied, 4)).toMatchObject({ state: "outOfService" });
  });

  test("that was gone is not trusted again before it is proved anew (R34)", () => {
    const lost = refused(undefined, 0, gone);
    expect(lost.proofLostAt).toStrictEqual(start);
    const made = probed(lost, "ok", false, later(30));
    expect(made).toMatchObject({ state: "outOfService", incident: { cause: "unproved" }, proofLostAt: start });
    const proved = probed(made, "ok", true, later(90));
    expect(proved).toMatchObject({ state: "inService", proofLostAt: start });
    // The slow answer tells of the loss that is known.
    expect(refused(proved, 100, gone, 150)).toBe(proved);
  });

  test("that is seen gone after its return loses its proof, whenever the try began (R34)", () => {
    const back = probed(refused(undefined, 0), "ok", true, later(30));
    expect(refused(back, 40, gone, 20)).toMatchObject({ state: "outOfService", proofLostAt: later(40) });
  });
});
