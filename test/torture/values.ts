import { kindsWith } from "../../shared/catalogue.ts";
import type { Fields, Value } from "../../shared/domain/value.ts";
import type { Random } from "./random.ts";

/** Kinds that Hikae itself writes, or reads as its own settings: nobody edits them at random. */
const ours = new Set(["backupSettings", "backupBuckets", "switchoverPlans", "members"]);
const kinds = kindsWith("realtime").filter((kind) => !ours.has(kind));
const ids = ["d1", "d2", "d3", "d4", "d5", "電話 6", "d.7", "d-八", "__d9", "d😀"];

/** A path of a random kind, sometimes two or four levels deep; few enough that paths meet again. */
export function drawPath(random: Random): string {
  const steps = [random.pick(kinds), random.pick(ids)];
  while (random.chance(0.25)) steps.push(random.pick(["steps", "段"]), random.pick(ids));
  return steps.join("/");
}

const makers: ((random: Random, root: string) => Value)[] = [
  () => ({ nullValue: 0 }),
  (random) => ({ booleanValue: random.chance(0.5) }),
  (random) => ({ integerValue: random.pick(["0", "-9223372036854775808", "9007199254740993", "42"]) }),
  (random) => ({ doubleValue: random.pick([0.5, -0, Number.NaN, Number.NEGATIVE_INFINITY, 1e308]) }),
  (random) => ({
    timestampValue: { seconds: 1_700_000_000 + random.below(10_000_000), nanos: random.below(1e6) * 1000 },
  }),
  (random) => ({ stringValue: random.pick(["", "内線", "a\u0000b", "髙﨑😀", "=1+1", "x".repeat(3000)]) }),
  (random) => ({ bytesValue: Buffer.from([random.below(256), 0, 255]) }),
  (random, root) => ({ referenceValue: `${root}tenants/other/phones/${random.pick(ids)}` }),
  () => ({ geoPointValue: { latitude: 35.68, longitude: 139.76 } }),
];

/** Fields of any type, never twice the same. */
export function drawFields(random: Random, root: string): Fields {
  const one = () => random.pick(makers)(random, root);
  return {
    unique: { integerValue: String(random.below(2 ** 32)) },
    value: one(),
    ...(random.chance(0.4) ? { "a.b/c": { mapValue: { fields: { deep: one(), 日本: one() } } } } : {}),
    ...(random.chance(0.3) ? { list: { arrayValue: { values: [one(), one()] } } } : {}),
    ...(random.chance(0.03) ? { large: { stringValue: "大".repeat(60_000) } } : {}),
  };
}
