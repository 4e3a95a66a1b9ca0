import { type Fields, typeOf, type Value, type WireTime } from "./value.ts";

/**
 * Histories as CSV (RFC 4180) that people can read and that loses nothing (R27).
 *
 * A text is quoted, always, and nothing else is but JSON. So an unquoted cell is what it says: `null`, `true`, `12`, the
 * double `12.0`, a time; an empty one is a field that the document does not have. JSON begins with a brace or a bracket;
 * a text that begins so, or with a quotation mark, is given as a JSON string. Types that JSON does not have are objects
 * of one member whose name begins with `$`; a map that looks like one is the member `$map` of another. A text with
 * which a spreadsheet would begin to compute has an apostrophe before it, and so has one that begins with an apostrophe.
 */

export const byteOrderMark = "\uFEFF";
const lineEnd = "\r\n";

/** What a row says of its document besides its fields; no field can be called so. */
export const documentColumns = ["__id__", "__path__", "__createTime__", "__updateTime__"] as const;

/** Holds what has no column of its own, where documents have too many different fields, as JSON. */
export const otherColumn = "__otherFields__";

/** A document of a history; `path` is relative to its tenant. */
export type HistoryDocument = { path: string; fields: Fields; createTime: WireTime; updateTime: WireTime };

/** Which fields have a column, in order, and whether there is a column for all others. */
export type Columns = { names: readonly string[]; others: boolean };

/** With more fields than these, the rest goes into one column. */
const mostColumns = 1000;

export const noColumns: Columns = { names: [], others: false };

/** The columns with one more for each of these fields that has none; the same where all have one. */
export function widened(columns: Columns, fields: Iterable<string>): Columns {
  if (columns.others) return columns;
  const names = new Set(columns.names);
  for (const name of fields) names.add(name);
  if (names.size === columns.names.length) return columns;
  if (names.size <= mostColumns) return { names: [...names].sort(), others: false };
  return { names: [...names].slice(0, mostColumns).sort(), others: true };
}

/** The first line of a history's file. */
export function headerOf({ names, others }: Columns): string {
  return line([...documentColumns, ...names, ...(others ? [otherColumn] : [])].map(textCell));
}

/** One document's line; `root` is the document root of its database, which references leave out. */
export function rowOf(document: HistoryDocument, { names, others }: Columns, root: string): string {
  const { path, fields, createTime, updateTime } = document;
  const cells = [textCell(path.slice(path.lastIndexOf("/") + 1)), textCell(path), timeText(createTime)];
  cells.push(timeText(updateTime));
  for (const name of names) cells.push(Object.hasOwn(fields, name) ? cellOf(fields[name] as Value, root) : "");
  if (others) cells.push(otherCell(fields, new Set(names), root));
  return line(cells);
}

function otherCell(fields: Fields, known: ReadonlySet<string>, root: string): string {
  const rest = Object.entries(fields).filter(([name]) => !known.has(name));
  return rest.length === 0 ? "" : quoted(mapJson(Object.fromEntries(rest), root));
}

/** Cells as one line. */
export function line(cells: readonly string[]): string {
  return cells.join(",") + lineEnd;
}

/** A value as a cell. */
export function cellOf(value: Value, root: string): string {
  switch (typeOf(value)) {
    case "stringValue":
      return textCell(value.stringValue ?? "");
    case "nullValue":
    case "booleanValue":
    case "integerValue":
      return jsonOf(value, root);
    case "doubleValue":
      return doubleText(value.doubleValue ?? 0);
    case "timestampValue":
      return timeText(value.timestampValue ?? {});
    default:
      return quoted(jsonOf(value, root));
  }
}

/** A text as a cell: always quoted, and never a formula. */
export function textCell(text: string): string {
  return /^[{["]/.test(text) ? quoted(JSON.stringify(text)) : plainCell(text);
}

/** A text that is only to be read, as a cell: what it begins with says nothing of its type. */
export function plainCell(text: string): string {
  // The wide forms count as operators where Chinese, Japanese or Korean is typed.
  return quoted(/^[=+\-@\t\r\n'＝＋－＠]/.test(text) ? `'${text}` : text);
}

function quoted(text: string): string {
  return `"${text.includes('"') ? text.replaceAll('"', '""') : text}"`;
}

function jsonOf(value: Value, root: string): string {
  switch (typeOf(value)) {
    case "nullValue":
      return "null";
    case "booleanValue":
      return value.booleanValue ? "true" : "false";
    case "integerValue":
      return String(value.integerValue);
    case "doubleValue": {
      const number = value.doubleValue ?? 0;
      return Number.isFinite(number) ? doubleText(number) : tagged("double", JSON.stringify(doubleText(number)));
    }
    case "timestampValue":
      return tagged("timestamp", JSON.stringify(timeText(value.timestampValue ?? {})));
    case "stringValue":
      return JSON.stringify(value.stringValue ?? "");
    case "bytesValue": {
      const bytes = value.bytesValue ?? "";
      return tagged("bytes", JSON.stringify(typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("base64")));
    }
    case "referenceValue": {
      const name = value.referenceValue ?? "";
      return tagged("reference", JSON.stringify(name.startsWith(root) ? name.slice(root.length) : name));
    }
    case "geoPointValue": {
      const { latitude, longitude } = value.geoPointValue ?? {};
      return tagged("geoPoint", `[${doubleText(latitude ?? 0)},${doubleText(longitude ?? 0)}]`);
    }
    case "arrayValue":
      return `[${(value.arrayValue?.values ?? []).map((item) => jsonOf(item, root)).join(",")}]`;
    case "mapValue":
      return mapJson(value.mapValue?.fields ?? {}, root);
  }
}

function tagged(type: string, json: string): string {
  return `{"$${type}":${json}}`;
}

function mapJson(fields: Fields, root: string): string {
  const names = Object.keys(fields).sort();
  const members = names.map((name) => `${JSON.stringify(name)}:${jsonOf(fields[name] as Value, root)}`);
  const map = `{${members.join(",")}}`;
  return names.length === 1 && names[0]?.startsWith("$") ? tagged("map", map) : map;
}

/** The shortest decimal that is exactly this double, and never the look of an integer. */
function doubleText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** RFC 3339 in UTC with the digits that the time has. */
export function timeText({ seconds, nanos }: WireTime): string {
  const whole = new Date(Number(seconds ?? 0) * 1000).toISOString().slice(0, -5);
  const fraction = nanos ? `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}` : "";
  return `${whole}${fraction}Z`;
}
