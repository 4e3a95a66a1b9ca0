import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newEntry } from "../../shared/domain/backup/claim.ts";
import {
  afterTry,
  type BackupEntry,
  calledFor,
  givenUpAfterSeconds,
  isOpen,
  isWorkable,
  type StoreOutcome,
  strandedAfterSeconds,
  triedAnew,
} from "../../shared/domain/backup/entry.ts";
import {
  type DestinationCause,
  destinationCauses,
  type FailureClass,
  failureClasses,
} from "../../shared/domain/backup/failures.ts";

const start = new Date("2026-11-21T10:00:00Z");
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const recording = {
  ...{ recordingId: "rec-1", callId: "call-1", office: "o1", unit: { type: "callCenter", id: "c1" } as const },
  ...{ agentName: "髙﨑 花子", direction: "inbound", from: "+81312345678", to: "+81612345678" },
  ...{ startedAt: later(-60), endedAt: start, source: "https://recordings.example/1", contentType: "audio/mpeg" },
};
const destination = { bucket: "acme-recordings", name: "call-recordings/受付/2026-11-21/a - b - c.mp3" };
const claimed: BackupEntry = { ...newEntry(recording, "acme", start), destination };
const stored: StoreOutcome = { outcome: "stored", adopted: false, generation: "7", bytes: 10, crc32c: "AAAAAA==" };
const failed = (failure: FailureClass): StoreOutcome => ({ outcome: "failed", class: failure, message: "why" });
const refused = (cause: DestinationCause): StoreOutcome => ({ outcome: "refused", cause, message: "why" });

describe("afterTry", () => {
  test("leaves a receipt with the delay from the call's end, and nothing to be done (R38)", () => {
    const entry = afterTry(claimed, stored, later(3.5));
    expect(entry).toMatchObject({
      state: "stored",
      receipt: { ...destination, generation: "7", bytes: 10, crc32c: "AAAAAA==", delaySeconds: 3.5 },
    });
    expect(entry.dueAt).toBeUndefined();
  });

  test.each(["gone", "conflict"] as const)(
    "what a slower worker stored after it was given up as %s has its receipt (R38)",
    (failure) => {
      const givenUp = afterTry(claimed, failed(failure), later(1));
      expect(isOpen(givenUp)).toBe(false);
      const entry = afterTry(givenUp, stored, later(3));
      expect(entry).toMatchObject({ state: "stored", receipt: { ...destination, generation: "7", delaySeconds: 3 } });
      expect([entry.error, entry.notice, entry.dueAt]).toStrictEqual([undefined, undefined, undefined]);
      // Any other end of a slower try changes nothing, nor is anything receipted that has no place.
      for (const end of [failed("internal"), refused("denied")]) expect(afterTry(givenUp, end, later(3))).toBe(givenUp);
      const { destination: _place, ...placeless } = givenUp;
      expect(afterTry(placeless, stored, later(3))).toBe(placeless);
    },
  );

  test("a telephony whose clock is ahead makes no negative delay", () => {
    expect(afterTry({ ...claimed, endedAt: later(86_400) }, stored, start).receipt?.delaySeconds).toBe(0);
  });

  test("tries again after 1 min, 5 min, 20 min, 1 h, 3 h, 24 h, then daily to 7 days (R39)", () => {
    let entry = claimed;
    const pauses: number[] = [];
    for (let now = start; isOpen(entry); now = entry.dueAt ?? now) {
      entry = afterTry(entry, failed("notReady"), now);
      if (entry.dueAt) pauses.push((entry.dueAt.getTime() - now.getTime()) / 1000);
    }
    expect(pauses.slice(0, 6)).toStrictEqual([60, 300, 1200, 3600, 10_800, 86_400]);
    expect(new Set(pauses.slice(6))).toStrictEqual(new Set([86_400]));
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(givenUpAfterSeconds);
    expect(entry).toMatchObject({ state: "unavailable", error: { class: "notReady" }, notice: "notReady" });
  });

  test("its office is told after the fifth try in vain, and when it is given up (R40)", () => {
    let entry = claimed;
    const told: number[] = [];
    for (let now = start; isOpen(entry); now = entry.dueAt ?? now) {
      const { notice: _notice, noticeAt: _noticeAt, ...untold } = entry;
      entry = afterTry(untold, failed("wrongChecksum"), now);
      if (entry.notice) told.push(entry.attempts);
    }
    expect(told).toStrictEqual([5, entry.attempts]);
  });

  test.each(Object.entries(failureClasses))("%s ends as its row says (R39)", (name, { retry, end }) => {
    const failure = name as FailureClass;
    const first = afterTry(claimed, failed(failure), later(1));
    expect(first.state).toBe(retry ? "waiting" : end);
    const last = afterTry({ ...claimed, since: later(-givenUpAfterSeconds) }, failed(failure), later(1));
    expect(last).toMatchObject({ state: end, notice: failure, error: { class: failure } });
    expect(last.dueAt).toBeUndefined();
  });

  test.each(Object.keys(destinationCauses))("%s parks the entry, whose tries are not counted (R39)", (name) => {
    const cause = name as DestinationCause;
    const parked = afterTry(claimed, refused(cause), later(1));
    expect(parked).toMatchObject({ state: "pending", parked: destination.bucket, attempts: 0, notice: cause });
    expect(parked.dueAt).toBeUndefined();
    // An office is told of a cause once.
    const { notice: _told, ...told } = parked;
    expect(afterTry(told, refused(cause), later(2)).notice).toBeUndefined();
  });

  test("what waited for its bucket for nine days is not given up at the first fault after its return (R39)", () => {
    const day = 86_400;
    const tried = afterTry(claimed, failed("sourceUnavailable"), later(1));
    const parked = afterTry({ ...tried, state: "pending" }, refused("denied"), later(2));
    const called = calledFor(parked, later(9 * day));
    expect(called).toMatchObject({ state: "pending", attempts: 0, since: later(9 * day) });
    for (const entry of [called ?? claimed, parked]) {
      const after = afterTry(entry, failed("sourceUnavailable"), later(9 * day + 5));
      expect(after).toMatchObject({ state: "waiting", attempts: 1 });
      expect(after.parked).toBeUndefined();
    }
    // Only the wait for the bucket does not count.
    expect(calledFor(tried, later(9 * day))).toMatchObject({ attempts: 1, since: start });
  });

  test("an upload that goes on is called for by its message; the sweep only makes up for a lost one (R39)", () => {
    const resume = { session: "s", offset: 1, crc32c: 2 };
    const entry = afterTry(claimed, { outcome: "unfinished", resume }, later(500));
    expect(entry).toMatchObject({ state: "pending", resume, dueAt: later(500 + strandedAfterSeconds) });
    expect(isWorkable(entry, later(500))).toBe(true);
  });

  test("an office that was not told of a return is not told again that the bucket refuses (R40)", () => {
    const { notice: _told, ...parked } = afterTry(claimed, refused("denied"), later(1));
    const called = calledFor(parked, later(60)) ?? claimed;
    const known: StoreOutcome = { outcome: "refused", cause: "denied", message: "why", known: true };
    expect(afterTry(called, known, later(61)).notice).toBeUndefined();
    expect(afterTry(called, refused("denied"), later(61)).notice).toBe("denied");
    expect(afterTry(claimed, known, later(61)).notice).toBe("denied");
  });

  test("a metadata file that is refused is made by a later try, and nothing else (R44)", () => {
    const missing: StoreOutcome = { ...stored, outcome: "stored", sidecarMissing: true } as StoreOutcome;
    const first = afterTry({ ...claimed, sidecar: true }, missing, later(3));
    expect(first).toMatchObject({ state: "stored", sidecarMissing: true, attempts: 1, dueAt: later(63) });
    expect(isWorkable(first, later(63))).toBe(true);
    const called = calledFor(first, later(63)) ?? claimed;
    expect(called).toMatchObject({ state: "stored", dueAt: later(63 + strandedAfterSeconds) });
    for (const end of [missing, refused("denied"), failed("internal")]) {
      const again = afterTry(called, end, later(1e6));
      expect(again).toMatchObject({ state: "stored", sidecarMissing: true, attempts: 2, receipt: first.receipt });
      expect(again.dueAt).toStrictEqual(later(1e6 + 300));
    }
    const made = afterTry(called, { ...stored }, later(70));
    expect([made.sidecarMissing, made.dueAt]).toStrictEqual([undefined, undefined]);
    expect(made.receipt).toStrictEqual(first.receipt);
    expect(calledFor(made, later(80))).toBeUndefined();
  });

  test("whatever comes in whatever order, what is stored once stays stored, its name and bucket the same (R36)", () => {
    const ends: fc.Arbitrary<StoreOutcome> = fc.oneof(
      fc.constant(stored),
      fc.constantFrom(...(Object.keys(failureClasses) as FailureClass[])).map(failed),
      fc.constantFrom(...(Object.keys(destinationCauses) as DestinationCause[])).map(refused),
    );
    fc.assert(
      fc.property(fc.array(ends, { maxLength: 20 }), (tries) => {
        let entry = claimed;
        for (const [index, end] of tries.entries()) {
          const before = entry;
          entry = afterTry(entry, end, later(index * 100));
          expect(entry.destination).toStrictEqual(destination);
          const isLate = end.outcome === "stored" && before.state !== "stored";
          if (!isOpen(before) && !isLate) expect(entry).toBe(before);
          if (end.outcome === "stored") expect(entry).toMatchObject({ state: "stored", receipt: destination });
          // Something is always to happen to what is open: a time, or the return of its bucket.
          if (isOpen(entry)) expect(entry.dueAt !== undefined || entry.parked !== undefined).toBe(true);
          else expect([entry.dueAt, entry.parked]).toStrictEqual([undefined, undefined]);
        }
      }),
    );
  });
});

describe("isWorkable", () => {
  test("a waiting one when its time has come, a pending one at any time, others never", () => {
    const waiting = afterTry(claimed, failed("notReady"), start);
    expect([isWorkable(waiting, later(59)), isWorkable(waiting, later(60))]).toStrictEqual([false, true]);
    expect(isWorkable(claimed, start)).toBe(true);
    expect(isWorkable(afterTry(claimed, stored, start), later(1e6))).toBe(false);
  });
});

describe("triedAnew", () => {
  test("begins the tries again and keeps name and bucket (R41, R42)", () => {
    const given = afterTry(claimed, failed("gone"), later(1));
    const again = triedAnew(given, later(100), "run-1");
    expect(again).toMatchObject({ state: "pending", attempts: 0, since: later(100), run: "run-1", destination });
    expect([again.error, again.notice]).toStrictEqual([undefined, undefined]);
  });
});
