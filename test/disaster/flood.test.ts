import { describe, expect, test } from "vitest";
import { announced, callEnded, deliver, enrolForBackup, entriesOf, expectReceipts } from "../support/backups.ts";
import { onOwnStack } from "../support/own-stack.ts";
import type { TestStack } from "../support/stack.ts";

let stack: TestStack;
onOwnStack((_, ownStack) => {
  stack = ownStack;
});

const events = 10_000;
const atOnce = 48;

type Of = Awaited<ReturnType<typeof enrolForBackup>>;

/** One event in ten is hostile: these in turn, and what becomes of its recording; undefined where it leaves no entry. */
const hostile: { event(of: Of): object; end?: string }[] = [
  { event: (of) => callEnded(of, [tiny(of)], { version: 99 }), end: "badEvent" },
  { event: (of) => callEnded(of, [tiny(of)], { tenantId: stack.newTenant() }) },
  { event: (of) => callEnded({ ...of, callCenter: "nowhere" }, [tiny(of)]), end: "unitOff" },
  { event: (of) => callEnded(of, [tiny(of, { recordingId: "../../etc" })]) },
  { event: (of) => callEnded(of, [tiny(of, { source: "http://169.254.169.254/" })]), end: "sourceForbidden" },
  {
    event: (of) => callEnded(of, [tiny(of, { source: "gs://hikae-local-recordings-tokyo/other/x" })]),
    end: "sourceForbidden",
  },
  { event: (of) => callEnded(of, [tiny(of, { bytes: 7 })]), end: "wrongLength" },
  { event: (of) => callEnded(of, [tiny(of, { md5: "00".repeat(16) })]), end: "wrongChecksum" },
  { event: (of) => ({ tenantId: of.tenant, recordings: "all" }) },
  { event: () => ["not an event"] },
];

/** A recording as short as they come. */
function tiny(of: Of, more: object = {}) {
  const made = announced(stack, of.tenant, { bytes: 600 });
  return { ...made, source: made.source.replace("bytes=2000", "bytes=600"), ...more };
}

describe("backupRecording", () => {
  test("of ten thousand events, a tenth of them hostile, each ends as it must, and no good one is lost (R38, R39)", async () => {
    const tenants = await Promise.all(Array.from({ length: 3 }, () => enrolForBackup(stack)));
    const expected = new Map<string, Map<string, number>>(tenants.map(({ tenant }) => [tenant, new Map()]));
    const numbers = Array(events).keys();
    const statuses = new Set<number>();
    const lane = async () => {
      for (const number of numbers) {
        const of = tenants[number % tenants.length] as Of;
        const bad = number % 10 === 0 ? hostile[(number / 10) % hostile.length] : undefined;
        const end = bad ? bad.end : "stored";
        const counts = expected.get(of.tenant);
        if (end) counts?.set(end, (counts.get(end) ?? 0) + 1);
        const event = bad
          ? bad.event(of)
          : callEnded(of, [tiny(of, number % 7 === 0 ? { agentName: "../😀\u202E\n" } : {})]);
        statuses.add(await deliver(stack, event));
        // Some come twice.
        if (number % 50 === 1) statuses.add(await deliver(stack, event));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    // Whatever cannot pass is acknowledged; it would come again for ever.
    expect([...statuses].filter((status) => status >= 300)).toStrictEqual([]);
    for (const { tenant, bucket } of tenants) {
      const ended = Map.groupBy(await entriesOf(stack, tenant), ({ state, error, skipped }) => {
        return state === "stored" ? state : (error?.class ?? skipped ?? state);
      });
      const counts = new Map([...ended].map(([end, entries]) => [end, entries.length]));
      expect(counts).toStrictEqual(expected.get(tenant));
      await expectReceipts(stack, tenant, bucket);
    }
  }, 600_000);
});
