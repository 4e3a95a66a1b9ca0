import { createHash } from "node:crypto";

/** A 64-bit integer as the wire decoders give it: a number, a decimal string, or an object that prints as one. */
export type Int64 = number | string | { toString(): string };

/** A point in time as Firestore's wire format has it. */
export type WireTime = { seconds?: Int64 | null; nanos?: number | null };

/**
 * A Firestore value in the shape of its wire format (`google.firestore.v1.Value`). Hikae copies values in
 * this shape and never through JavaScript's own types, so that integers above 2^53, NaN, nanoseconds and
 * vectors arrive as they were (R4).
 */
export type Value = {
  nullValue?: unknown;
  booleanValue?: boolean | null;
  integerValue?: Int64 | null;
  doubleValue?: number | null;
  timestampValue?: WireTime | null;
  stringValue?: string | null;
  bytesValue?: Uint8Array | string | null;
  referenceValue?: string | null;
  geoPointValue?: { latitude?: number | null; longitude?: number | null } | null;
  arrayValue?: { values?: Value[] | null } | null;
  mapValue?: { fields?: Fields | null } | null;
  /** Which of the above is set; the decoders add it. */
  valueType?: string;
};

export type Fields = { [name: string]: Value };

/** A document in wire form. */
export type WireState = {
  name?: string | null;
  fields?: { [name: string]: object } | null;
  updateTime?: WireTime | null;
};

type ValueType = Exclude<keyof Value, "valueType">;

/** How each type is written for the hash: unambiguous, and the same on both sites. */
const canonical: { [T in ValueType]: (value: Value, root: string) => string } = {
  nullValue: () => "n",
  booleanValue: (value) => (value.booleanValue ? "T" : "F"),
  integerValue: (value) => `i${value.integerValue};`,
  doubleValue: (value) => `d${doubleBits(value.doubleValue ?? 0)}`,
  timestampValue: (value) => `t${value.timestampValue?.seconds ?? 0}.${value.timestampValue?.nanos ?? 0};`,
  stringValue: (value) => sized("s", value.stringValue ?? ""),
  bytesValue: (value) => sized("y", base64(value.bytesValue ?? "")),
  referenceValue: (value, root) => sized("r", withoutRoot(value.referenceValue ?? "", root)),
  geoPointValue: (value) =>
    `g${doubleBits(value.geoPointValue?.latitude ?? 0)}${doubleBits(value.geoPointValue?.longitude ?? 0)}`,
  arrayValue: (value, root) => {
    const values = value.arrayValue?.values ?? [];
    return `a${values.length}:${values.map((item) => canonicalValue(item, root)).join("")}`;
  },
  mapValue: (value, root) => canonicalFields(value.mapValue?.fields ?? {}, root),
};

const valueTypes = Object.keys(canonical) as ValueType[];

/** Which type a value has. Decoders say it; objects made by hand are searched for it. */
export function typeOf(value: Value): ValueType {
  const named = value.valueType as ValueType | undefined;
  return named ?? valueTypes.find((type) => value[type] !== undefined) ?? "nullValue";
}

/** A document's fields in short: a hash to tell them from others, and about how many bytes they take. */
export type Fingerprint = { hash: string; bytes: number };

/**
 * The fingerprint of a document's fields, the same for equal documents of both sites: independent of the order of
 * fields, and with references taken relative to `root`, the document root of the database they were read from.
 */
export function fingerprint(fields: Fields, root: string): Fingerprint {
  const text = Buffer.from(canonicalFields(fields, root));
  return { hash: createHash("sha256").update(text).digest("base64url").slice(0, 27), bytes: text.length };
}

function canonicalFields(fields: Fields, root: string): string {
  const names = Object.keys(fields).sort();
  let text = `m${names.length}:`;
  for (const name of names) text += sized("", name) + canonicalValue(fields[name] as Value, root);
  return text;
}

function canonicalValue(value: Value, root: string): string {
  return canonical[typeOf(value)](value, root);
}

function sized(tag: string, text: string): string {
  return `${tag}${text.length}:${text}`;
}

const scratch = new DataView(new ArrayBuffer(8));
function doubleBits(value: number): string {
  if (Number.isNaN(value)) return "7ff8000000000000";
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0).toString(16).padStart(16, "0");
}

function base64(bytes: Uint8Array | string): string {
  return typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("base64");
}

function withoutRoot(name: string, root: string): string {
  return name.startsWith(root) ? name.slice(root.length) : name;
}

/**
 * The fields with every reference into the database at `from` turned into a reference to the same path in the
 * database at `to` (R4). References to other databases stay. Fields without a reference are returned as they are.
 */
export function retarget(fields: Fields, from: string, to: string): Fields {
  let result = fields;
  for (const name of Object.keys(fields)) {
    const value = fields[name] as Value;
    const moved = retargetValue(value, from, to);
    if (moved === value) continue;
    if (result === fields) result = { ...fields };
    result[name] = moved;
  }
  return result;
}

function retargetValue(value: Value, from: string, to: string): Value {
  const type = typeOf(value);
  if (type === "referenceValue") {
    const name = value.referenceValue ?? "";
    return name.startsWith(from) ? { referenceValue: to + name.slice(from.length), valueType: type } : value;
  }
  if (type === "mapValue") {
    const fields = value.mapValue?.fields ?? {};
    const moved = retarget(fields, from, to);
    return moved === fields ? value : { mapValue: { fields: moved }, valueType: type };
  }
  if (type === "arrayValue") {
    const values = value.arrayValue?.values ?? [];
    const moved = values.map((item) => retargetValue(item, from, to));
    return moved.every((item, index) => item === values[index])
      ? value
      : { arrayValue: { values: moved }, valueType: type };
  }
  return value;
}

/** A wire time as whole microseconds since 1970: Firestore's own precision, and exact as a number until 2255. */
export function microseconds(time: WireTime): number {
  return Number(time.seconds ?? 0) * 1_000_000 + Math.floor((time.nanos ?? 0) / 1000);
}

/** The wire time of whole microseconds since 1970. */
export function wireTime(micros: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(micros / 1_000_000);
  return { seconds, nanos: (micros - seconds * 1_000_000) * 1000 };
}
