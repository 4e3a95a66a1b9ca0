import type { Fields, Value } from "../../shared/domain/value.ts";

/** One cell as RFC 4180 has it. */
export type Cell = { text: string; quoted: boolean };

/** The lines of a file, or an error for anything that RFC 4180 does not allow. */
export function parseCsv(file: string): Cell[][] {
  const lines: Cell[][] = [];
  let [line, rest]: [Cell[], string] = [[], file];
  while (rest !== "") {
    const [whole, quoted, plain, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ?? [];
    if (whole === undefined) throw new Error(`not CSV: ${rest.slice(0, 100)}`);
    line.push(
      quoted === undefined
        ? { text: plain ?? "", quoted: false }
        : { text: quoted.replaceAll('""', '"'), quoted: true },
    );
    if (end === "\r\n") {
      lines.push(line);
      line = [];
    }
    rest = rest.slice(whole.length);
  }
  if (line.length > 0) throw new Error("the last line does not end");
  return lines;
}

/** The value that a cell stands for; undefined for a field that is not there. */
export function valueIn({ text, quoted }: Cell, root: string): Value | undefined {
  if (quoted) return /^[{["]/.test(text) ? jsonValue(text, root) : { stringValue: textIn(text) };
  if (text === "") return undefined;
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return { timestampValue: timeIn(text) };
  return numberOr(text);
}

/** A cell's text without the apostrophe that keeps it from being a formula. */
export function textIn(text: string): string {
  return text.startsWith("'") ? text.slice(1) : text;
}

function numberOr(text: string): Value {
  if (text === "null") return { nullValue: 0 };
  if (text === "true" || text === "false") return { booleanValue: text === "true" };
  return /^-?\d+$/.test(text) ? { integerValue: text } : { doubleValue: Number(text) };
}

function timeIn(text: string) {
  const [, seconds = "", , fraction = ""] = /^(.*?)(\.(\d+))?Z$/.exec(text) ?? [];
  return { seconds: Date.parse(`${seconds}Z`) / 1000, nanos: Number(fraction.padEnd(9, "0")) };
}

/** Numbers are read as they are written: JavaScript's own would lose digits and the difference to doubles. */
class Digits {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Json = null | boolean | string | Digits | Json[] | { [name: string]: Json };

function jsonValue(text: string, root: string): Value {
  const reviver = (_name: string, value: unknown, { source }: { source?: string }) =>
    typeof value === "number" ? new Digits(source ?? "") : value;
  return shapeOf(JSON.parse(text, reviver as never) as Json, root);
}

function shapeOf(json: Json, root: string): Value {
  if (json === null) return { nullValue: 0 };
  if (typeof json === "boolean") return { booleanValue: json };
  if (typeof json === "string") return { stringValue: json };
  if (json instanceof Digits) return numberOr(json.source);
  if (Array.isArray(json)) return { arrayValue: { values: json.map((item) => shapeOf(item, root)) } };
  const [[name = "", content] = []] = Object.entries(json);
  if (Object.keys(json).length === 1 && name.startsWith("$")) return taggedValue(name, content as Json, root);
  return { mapValue: { fields: fieldsOf(json, root) } };
}

function fieldsOf(json: Json, root: string): Fields {
  return Object.fromEntries(Object.entries(json as object).map(([name, value]) => [name, shapeOf(value, root)]));
}

function taggedValue(tag: string, content: Json, root: string): Value {
  const text = String(content);
  switch (tag) {
    case "$double":
      return { doubleValue: Number(text) };
    case "$timestamp":
      return { timestampValue: timeIn(text) };
    case "$bytes":
      return { bytesValue: Buffer.from(text, "base64") };
    case "$reference":
      return { referenceValue: text.startsWith("projects/") ? text : root + text };
    case "$geoPoint": {
      const [latitude, longitude] = (content as Digits[]).map(({ source }) => Number(source));
      return { geoPointValue: { latitude: latitude ?? 0, longitude: longitude ?? 0 } };
    }
    case "$map":
      return { mapValue: { fields: fieldsOf(content, root) } };
    default:
      throw new Error(`no type ${tag}`);
  }
}
