import type { Draw } from "../../local/demo-data/draw.ts";
import type { Fields, Value } from "../../shared/domain/value.ts";
import { fingerprint } from "../../shared/domain/value.ts";
import type { Wire, WireWrite } from "../../shared/stores/wire.ts";

/** The kinds that the races spread their documents over. */
export const kinds = ["accounts", "phones", "callFlows", "queues", "numbers", "ivrMenus", "voicemails", "speedDials"];

/** The path below the database's root of the document of that index. */
export function pathOf(tenant: string, index: number): string {
  return `tenants/${tenant}/${kinds[index % kinds.length]}/document-${String(index).padStart(6, "0")}`;
}

const sentences = [
  "担当者不在のときは総務部の代表へ転送します。",
  "夜間は宿直へ転送、つながらない場合はボイスメールで受け付ける。",
  "髙﨑様のお名前は登録どおりに表記し、ﾌﾘｶﾞﾅは半角で表示する。",
  "The second option of the menu is for callers who speak English.",
];

/** The fields of a document of about 1 KB, in wire form, different for each drawing. */
export function fieldsOf(draw: Draw): Fields {
  const text = (count: number): Value => ({
    stringValue: Array.from({ length: count }, () => draw.pick(sentences)).join(""),
  });
  return {
    name: { stringValue: `内線 ${draw.digits(4)}` },
    extension: { integerValue: draw.integer(1000, 9999) },
    platformId: { integerValue: `90071992547${draw.digits(8)}` },
    weight: { doubleValue: draw.fraction() },
    enabled: { booleanValue: draw.chance(0.5) },
    closedFrom: { nullValue: 0 },
    changedAt: { timestampValue: { seconds: draw.integer(1_700_000_000, 1_790_000_000), nanos: 123_456_000 } },
    digest: { bytesValue: draw.bytes(32) },
    place: { geoPointValue: { latitude: 35.681236, longitude: 139.767125 } },
    keys: { mapValue: { fields: { "1": { stringValue: "受付" }, "2": { stringValue: draw.digits(6) } } } },
    ring: { arrayValue: { values: [{ integerValue: 20 }, { stringValue: "順番" }, { doubleValue: 0.5 }] } },
    announcement: text(3),
    note: text(5),
  };
}

/** A hash for every document below a tenant, by path; equal documents of two sites have equal hashes. */
export async function hashesOf(wire: Wire, tenant: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { document } of wire.query(`${wire.root}tenants/${tenant}`, { from: [{ allDescendants: true }] })) {
    const { hash } = fingerprint(document.fields as Fields, wire.root);
    found.set((document.name ?? "").slice(wire.root.length), hash);
  }
  return found;
}

/** How many paths have not the same hash on both sides, or are on one side only. */
export function differing(expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): number {
  const paths = new Set([...expected.keys(), ...found.keys()]);
  return [...paths].filter((path) => expected.get(path) !== found.get(path)).length;
}

/** Commits the writes, four batches of 500 at a time. Answers each write's commit time in the writes' order. */
export async function commitAll(wire: Wire, writes: readonly WireWrite[]) {
  const times: Awaited<ReturnType<Wire["commit"]>>["commitTime"][] = [];
  let next = 0;
  const writer = async () => {
    while (next < writes.length) {
      const from = next;
      next += 500;
      const batch = writes.slice(from, from + 500);
      const { commitTime } = await wire.commit(batch);
      for (const [index] of batch.entries()) times[from + index] = commitTime;
    }
  };
  await Promise.all([writer(), writer(), writer(), writer()]);
  return times;
}
