import { describe, expect, test } from "vitest";
import { awaited, lookedAtAgain, lost, savedSetting } from "../../shared/domain/backup/bucket-state.ts";
import { type BackupBucket, noAccess } from "../../shared/domain/backup/buckets.ts";
import { bucketView, stateOf } from "../../shared/domain/backup/setting-views.ts";
import { versionOf } from "../../shared/domain/backup/settings.ts";

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 1) + minutes * 60_000);
const stamp = { updatedAt: at(0), updatedBy: "a@x.example" };
const fine: BackupBucket = { bucket: "b-1", access: "granted", checkedAt: at(0), placeholder: "1" };
const owned: BackupBucket = { ...fine, provedAt: at(1), provedBy: "a@x.example" };

describe("the version of a setting (R32)", () => {
  const wanting = savedSetting({ enabled: true, bucket: "b-0" }, { enabled: true, bucket: "b-1" }, undefined, stamp);

  test("stays when the bucket that is saved comes into force, and whoever saved it when", () => {
    const inForce = savedSetting(wanting, { enabled: true, bucket: "b-1" }, owned, { ...stamp, updatedAt: at(5) });
    expect(versionOf(inForce)).toBe(versionOf(wanting));
    expect(versionOf({ enabled: true, bucket: "b-1", restrict: false })).toBe(versionOf(wanting));
  });

  test("is another with any other setting, and none where nothing was saved", () => {
    const others = [{ enabled: false }, { restrict: true }, { sidecar: true }, { wanted: "b-2" }];
    const versions = [wanting, ...others.map((each) => ({ ...wanting, ...each }))].map(versionOf);
    expect(new Set(versions).size).toBe(others.length + 1);
    expect(versionOf(undefined)).toBeNull();
  });
});

describe("waiting for permission (R33)", () => {
  const waiting = awaited(undefined, "b-1", noAccess, at(0));
  const denied = { problem: noAccess };

  test("goes on for ten minutes, then fails with the cause", () => {
    expect(lookedAtAgain(waiting, denied, at(9))).toMatchObject({
      access: "waiting",
      checkedAt: at(9),
      waitingSince: at(0),
    });
    expect(lookedAtAgain(waiting, denied, at(10))).toEqual({
      bucket: "b-1",
      access: "failed",
      checkedAt: at(10),
      problem: noAccess,
    });
    const gone = { problem: { cause: "bucketGone", message: "there is no such bucket" } } as const;
    expect(lookedAtAgain(waiting, gone, at(10))).toMatchObject({ access: "failed", problem: gone.problem });
  });

  test("does not fail by what passes", () => {
    const silent = { problem: { cause: "unavailable", message: "Cloud Storage does not answer" } } as const;
    expect(lookedAtAgain(waiting, silent, at(30))).toMatchObject({ access: "waiting" });
  });

  test("ends with the permission", () => {
    expect(lookedAtAgain(waiting, { placeholder: "5" }, at(3))).toEqual({
      ...fine,
      checkedAt: at(3),
      placeholder: "5",
    });
  });
});

describe("what is saved (R33)", () => {
  const wish = { enabled: true, bucket: "b-1" };
  test.each([
    ["nothing yet, the bucket proved", undefined, owned, { bucket: "b-1" }],
    ["nothing yet, the bucket unproved", undefined, fine, { wanted: "b-1" }],
    ["nothing yet, the bucket not permitted", undefined, awaited(undefined, "b-1", noAccess, at(0)), { wanted: "b-1" }],
    ["another in force, unproved", { enabled: false, bucket: "old" }, fine, { bucket: "old", wanted: "b-1" }],
    ["another in force, proved", { enabled: false, bucket: "old" }, owned, { bucket: "b-1" }],
    ["another wanted, proved", { enabled: false, wanted: "old" }, owned, { bucket: "b-1" }],
    [
      "the same in force, its permission gone",
      { enabled: true, bucket: "b-1" },
      awaited(owned, "b-1", noAccess, at(2)),
      { bucket: "b-1" },
    ],
    ["the same in force, its proof lost", { enabled: true, bucket: "b-1" }, lost(owned, at(2)), { bucket: "b-1" }],
  ])("with %s", (_what, current, bucket, expected) => {
    expect(savedSetting(current, wish, bucket, stamp)).toEqual({ enabled: true, ...stamp, ...expected });
  });

  test("without a bucket has none", () => {
    expect(
      savedSetting({ enabled: true, bucket: "a", wanted: "b" }, { enabled: false, bucket: null }, undefined, stamp),
    ).toEqual({
      enabled: false,
      ...stamp,
    });
  });
});

describe("the view of a bucket", () => {
  const challenge = {
    ...{ hash: "its-hash", object: "call-recordings/hikae-challenge-1.txt", generation: "7", wrongTries: 0 },
    ...{ issuedAt: at(0), issuedBy: "a@x.example", expiresAt: at(60) },
  };

  const incident = { id: "i", cause: "denied", message: "", since: at(3), probes: 1, nextProbeAt: at(4) } as const;
  const destination = { bucket: "b-1", tenant: "t", draining: false, updatedAt: at(3) } as const;
  const outOfService = { ...destination, state: "outOfService", incident } as const;

  test.each([
    ["unchecked", undefined, undefined, undefined],
    ["waitingForPermission", awaited(undefined, "b-1", noAccess, at(0)), undefined, "denied"],
    ["failed", { ...fine, access: "failed", problem: noAccess } as BackupBucket, undefined, "denied"],
    ["waitingForProof", fine, undefined, "unproved"],
    ["proofLost", lost(owned, at(2)), undefined, "unproved"],
    ["proofLost", owned, { ...destination, state: "inService", proofLostAt: at(2) } as const, "unproved"],
    ["proved", owned, undefined, undefined],
    ["outOfService", owned, outOfService, "denied"],
  ])("is %s, with problem and remedy in both languages (R33)", (state, bucket, record, cause) => {
    expect(stateOf(bucket, record)).toBe(state);
    const { problem } = bucketView("b-1", bucket, record);
    if (cause === undefined) expect(problem).toBeUndefined();
    else
      expect(problem).toMatchObject({
        cause,
        label: { ja: expect.stringMatching(/./) },
        remedy: { en: expect.stringMatching(/./) },
      });
  });

  test("has neither code nor hash, and claims nothing that cannot be read (R33, R34)", () => {
    const shown = bucketView("b-1", { ...fine, challenge });
    expect(JSON.stringify(shown)).not.toContain(challenge.hash);
    expect(shown.challenge).toMatchObject({ object: `gs://b-1/${challenge.object}`, triesLeft: 10 });
    expect(shown.notChecked.map(({ setting, state }) => [setting, state])).toEqual([
      ["publicAccessPrevention", "notChecked"],
      ["retention", "notChecked"],
      ["encryption", "notChecked"],
    ]);
  });
});
