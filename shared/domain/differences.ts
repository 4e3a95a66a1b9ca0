import type { FieldDifference } from "./standby.ts";
import { type Fields, typeOf, type Value } from "./value.ts";

/** As many fields of one document as are listed, and as many characters of one value as are shown. */
export const limits = { fields: 100, characters: 1000 };

/**
 * The fields that differ between two states of a document, maps entered, each under its dotted path with parts
 * quoted by backticks where they are not plain names. A side that is absent altogether is given as undefined.
 */
export function differences(before: Fields | undefined, after: Fields | undefined): FieldDifference[] {
  const found: FieldDifference[] = [];
  collect("", before ?? {}, after ?? {}, found);
  return found.slice(0, limits.fields);
}

function collect(prefix: string, before: Fields, after: Fields, found: FieldDifference[]): void {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of [...names].sort()) {
    if (found.length >= limits.fields) return;
    const [left, right] = [own(before, name), own(after, name)];
    const field = prefix + quoted(name);
    if (left && right && typeOf(left) === "mapValue" && typeOf(right) === "mapValue") {
      collect(`${field}.`, left.mapValue?.fields ?? {}, right.mapValue?.fields ?? {}, found);
      continue;
    }
    const [was, is] = [left && show(left), right && show(right)];
    if (was === is) continue;
    found.push({
      field,
      ...(was === undefined ? {} : { before: shortened(was) }),
      ...(is === undefined ? {} : { after: shortened(is) }),
    });
  }
}

/** A field may be called `constructor`, which every object has. */
function own(fields: Fields, name: string): Value | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** A field name as Firestore's own field paths write it. */
function quoted(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replace(/[\\`]/g, "\\$&")}\``;
}

/** One field by its path, in the form and as short as `differences` gives it. */
export function shownAt(fields: Fields | undefined, field: string): string | undefined {
  let value: Value | undefined = { mapValue: { fields: fields ?? {} } };
  for (const [part] of field.matchAll(/`(?:\\.|[^`\\])*`|[^.`]+/gs)) {
    const name = part.startsWith("`") ? part.slice(1, -1).replace(/\\(.)/gs, "$1") : part;
    value = own(value?.mapValue?.fields ?? {}, name);
  }
  return value && shortened(show(value));
}

function shortened(text: string): string {
  if (text.length <= limits.characters) return text;
  return `${text.slice(0, limits.characters)}… (${text.length} characters)`;
}

/** A value for people: JSON where JSON has the type, else the type's name and its content. */
export function show(value: Value): string {
  const type = typeOf(value);
  switch (type) {
    case "nullValue":
      return "null";
    case "booleanValue":
      return String(value.booleanValue ?? false);
    case "integerValue":
      return String(value.integerValue);
    case "doubleValue":
      return Object.is(value.doubleValue, -0) ? "-0.0" : decimal(value.doubleValue ?? 0);
    case "timestampValue":
      return `timestamp(${showTime(value)})`;
    case "stringValue":
      return JSON.stringify(value.stringValue ?? "");
    case "bytesValue": {
      const bytes = value.bytesValue ?? "";
      return `bytes(${typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("base64")})`;
    }
    case "referenceValue":
      return `reference(${(value.referenceValue ?? "").replace(/^projects\/[^/]+\/databases\/[^/]+\/documents\//, "")})`;
    case "geoPointValue":
      return `geopoint(${value.geoPointValue?.latitude ?? 0}, ${value.geoPointValue?.longitude ?? 0})`;
    case "arrayValue":
      return `[${(value.arrayValue?.values ?? []).map(show).join(", ")}]`;
    case "mapValue":
      return showMap(value.mapValue?.fields ?? {});
  }
}

function showMap(fields: Fields): string {
  const names = Object.keys(fields).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}: ${show(fields[name] as Value)}`).join(", ")}}`;
}

/** A double that is a whole number keeps a decimal point, so that it is told from an integer. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function showTime(value: Value): string {
  const seconds = Number(value.timestampValue?.seconds ?? 0);
  const nanos = String(value.timestampValue?.nanos ?? 0).padStart(9, "0");
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${nanos}Z`;
}
