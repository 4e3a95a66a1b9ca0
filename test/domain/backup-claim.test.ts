import { describe, expect, test } from "vitest";
import { newEntry, recordingsOf, resolve, skippedEntry, withDestination } from "../../shared/domain/backup/claim.ts";
import type { UnitFacts } from "../../shared/domain/backup/ports.ts";
import { readEvent } from "../../shared/domain/events.ts";

const start = new Date("2026-11-21T10:00:00Z");
const event = readEvent("callEnded", {
  ...{ version: 1, tenantId: "acme", callId: "call-1", officeId: "tokyo", callCenterId: "orders", site: "primary" },
  ...{ startedAt: "2026-11-21T09:59:00Z", endedAt: "2026-11-21T10:00:00Z" },
  recordings: [
    { recordingId: "rec-1", agentName: null, source: "https://recordings.example/1" },
    { recordingId: "rec-2", agentName: "髙﨑", source: "gs://r/acme/2", bytes: 7, md5: "00", contentType: "audio/wav" },
  ],
});
const facts: UnitFacts = {
  exists: true,
  levels: { company: { enabled: true, bucket: "company" }, unit: { enabled: true } },
  unitName: "受付",
  office: { timeZone: "Asia/Tokyo" },
};
const [first, second] = recordingsOf(event);
if (!first || !second) throw new Error("the event has two recordings");

describe("recordingsOf", () => {
  test("gives each recording with its call; a missing agent name is empty (R36)", () => {
    expect(first).toMatchObject({ recordingId: "rec-1", agentName: "", contentType: "audio/mpeg", callId: "call-1" });
    expect(first.unit).toStrictEqual({ type: "callCenter", id: "orders" });
    expect(second).toMatchObject({ recordingId: "rec-2", bytes: 7, md5: "00", contentType: "audio/wav" });
  });
});

describe("resolve", () => {
  const { unitName: _name, ...nameless } = facts;
  const { office: _office, ...homeless } = facts;
  const { unit: _unit, ...unitless } = first;
  test.each([
    ["goes to the bucket in force", first, facts, { bucket: "company", sidecar: false, timeZone: "Asia/Tokyo" }],
    ["is skipped without a centre or team (R35)", unitless, facts, { skipped: "noUnit" }],
    [
      "is skipped where the centre's backup is off (R35)",
      first,
      { ...facts, levels: { company: facts.levels.company } },
      { skipped: "unitOff" },
    ],
    ["is skipped where the company's is off (R32)", first, { ...facts, levels: {} }, { skipped: "companyOff" }],
    ["fails where the centre is not there", first, nameless, { failed: "unknownUnit" }],
    ["fails where the office is not there", first, homeless, { failed: "unknownUnit" }],
  ])("%s", (_, recording, known, expected) => {
    expect(resolve(recording, known as UnitFacts)).toMatchObject(expected);
  });
});

describe("a claim", () => {
  const place = { bucket: "company", name: "call-recordings/受付/2026-11-21/a.mp3", sidecar: true };
  const fresh = newEntry(first, "acme", start);

  test("is taken up by the sweep should its worker die", () => {
    expect(fresh).toMatchObject({ state: "pending", attempts: 0, dueAt: new Date("2026-11-21T10:15:00Z") });
  });

  test("keeps name and bucket whatever is claimed later (R36)", () => {
    const claimed = withDestination(fresh, place, start);
    expect(claimed).toMatchObject({ destination: { bucket: "company", name: place.name }, sidecar: true });
    expect(withDestination(claimed, { ...place, bucket: "other" }, start)).toBe(claimed);
  });

  test("of what is skipped leaves nothing to be done", () => {
    const skipped = skippedEntry(fresh, "unitOff", start);
    expect(skipped).toMatchObject({ state: "skipped", skipped: "unitOff" });
    expect(skipped.dueAt).toBeUndefined();
  });
});
