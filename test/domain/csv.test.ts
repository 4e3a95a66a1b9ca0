import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Columns,
  cellOf,
  documentColumns,
  headerOf,
  line,
  noColumns,
  otherColumn,
  rowOf,
  textCell,
  widened,
} from "../../shared/domain/csv.ts";
import { type Fields, fingerprint, type Value } from "../../shared/domain/value.ts";
import { type Cell, parseCsv, textIn, valueIn } from "../support/csv.ts";
import { anyFields, array, double, fieldName, int, map, reference, roots, text } from "../support/wire-values.ts";

const root = roots.secondary;
const at = { seconds: 1_795_262_400, nanos: 120_000_000 };
const documentOf = (fields: Fields, path = "callHistory/1") => ({ path, fields, createTime: at, updateTime: at });

/** What is read back from a file with these documents. */
function readBack(documents: Fields[], columns: Columns): Fields[] {
  const file = headerOf(columns) + documents.map((fields) => rowOf(documentOf(fields), columns, root)).join("");
  const [header = [], ...rows] = parseCsv(file);
  const names = header.slice(documentColumns.length).map(({ text }) => nameIn(text));
  return rows.map((cells) => {
    expect(cells).toHaveLength(header.length);
    const fields: Fields = {};
    for (const [index, name] of names.entries()) {
      const value = valueIn(cells[index + documentColumns.length] as Cell, root);
      if (value === undefined) continue;
      if (name === otherColumn) Object.assign(fields, value.mapValue?.fields);
      else fields[name] = value;
    }
    return fields;
  });
}

/** The name in a cell of the header, which is a text like any other. */
const nameIn = (cell: string) => (/^[{["]/.test(cell) ? (JSON.parse(cell) as string) : textIn(cell));

const columnsOf = (documents: Fields[]) =>
  documents.reduce((columns, fields) => widened(columns, Object.keys(fields)), noColumns);

const hashesOf = (documents: Fields[]) => documents.map((fields) => fingerprint(fields, root).hash);

describe("rowOf", () => {
  test("loses nothing: documents with values of every type are read back as they were (R27)", () => {
    fc.assert(
      fc.property(fc.array(anyFields, { minLength: 1, maxLength: 4 }), (documents) => {
        const read = readBack(documents, columnsOf(documents));
        expect(hashesOf(read)).toStrictEqual(hashesOf(documents));
      }),
    );
  });

  test("loses nothing of fields that have no column of their own (R27)", () => {
    fc.assert(
      fc.property(fc.array(anyFields, { minLength: 1, maxLength: 4 }), fc.nat(5), (documents, most) => {
        const { names } = columnsOf(documents);
        const read = readBack(documents, { names: names.slice(0, most), others: true });
        expect(hashesOf(read)).toStrictEqual(hashesOf(documents));
      }),
    );
  });

  test("says which document it is, and when it was made and changed (R27)", () => {
    const [cells] = parseCsv(rowOf(documentOf({}, 'callHistory/a/parts/髙,"1"'), noColumns, root));
    expect(cells?.map((cell) => cell.text)).toStrictEqual([
      '髙,"1"',
      'callHistory/a/parts/髙,"1"',
      "2026-11-21T12:00:00.12Z",
      "2026-11-21T12:00:00.12Z",
    ]);
  });
});

describe("cellOf", () => {
  const nested = map({ a: int(1), b: double(1), c: array(text('x,"y"'), double(Number.NaN)) });
  test.each<[string, Value, string]>([
    ["null", { nullValue: 0 }, "null"],
    ["a boolean", { booleanValue: true }, "true"],
    ["an integer of 64 bits", int("9223372036854775807"), "9223372036854775807"],
    ["a negative integer", int(-5), "-5"],
    ["a double that is whole", double(12), "12.0"],
    ["the shortest form of a double", double(0.1 + 0.2), "0.30000000000000004"],
    ["minus zero", double(-0), "-0.0"],
    ["no number", double(Number.NaN), "NaN"],
    ["infinity", double(Number.NEGATIVE_INFINITY), "-Infinity"],
    ["a time", { timestampValue: { seconds: at.seconds, nanos: 123_456_000 } }, "2026-11-21T12:00:00.123456Z"],
    ["the first year", { timestampValue: { seconds: -62_135_596_800 } }, "0001-01-01T00:00:00Z"],
    ["a text", text("髙﨑\r\n様"), '"髙﨑\r\n様"'],
    ["an empty text", text(""), '""'],
    ["a text that looks like a number", text("0312345678"), '"0312345678"'],
    ["a text that looks like JSON", text("[1]"), '"""[1]"""'],
    ["bytes", { bytesValue: Buffer.from("hi") }, '"{""$bytes"":""aGk=""}"'],
    ["a reference", reference(root, "tenants/t/phones/1"), '"{""$reference"":""tenants/t/phones/1""}"'],
    ["a place", { geoPointValue: { latitude: 35.5, longitude: 139 } }, '"{""$geoPoint"":[35.5,139.0]}"'],
    [
      "a vector",
      map({ __type__: text("__vector__"), value: array(double(1)) }),
      '"{""__type__"":""__vector__"",""value"":[1.0]}"',
    ],
    ["maps and arrays", nested, '"{""a"":1,""b"":1.0,""c"":[""x,\\""y\\"""",{""$double"":""NaN""}]}"'],
    ["a map that looks like a type", map({ $bytes: int(1) }), '"{""$map"":{""$bytes"":1}}"'],
  ])("writes %s (R27)", (_name, value, expected) => {
    expect(cellOf(value, root)).toBe(expected);
  });

  test.each(["=1+1", "+81312345678", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "＝1", "＋1", "－1", "＠a"])(
    "never gives a spreadsheet %j to compute (R27)",
    (formula) => {
      expect(cellOf(text(formula), root)).toBe(`"'${formula}"`);
    },
  );

  test("never begins with what a spreadsheet computes, nor breaks the line, whatever the text (R27)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (one, other) => {
        const [cells, ...more] = parseCsv(line([textCell(one), textCell(other)]));
        expect(more).toStrictEqual([]);
        expect(cells).toHaveLength(2);
        for (const cell of cells ?? []) expect(cell.text).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
      }),
    );
  });
});

describe("widened", () => {
  test("has a column for each field, in an order that does not depend on the documents' (R27)", () => {
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(fieldName, { maxLength: 5 }), { maxLength: 6 }), (documents) => {
        const columns = (order: string[][]) => order.reduce(widened, noColumns);
        expect(columns(documents)).toStrictEqual(columns(documents.toReversed()));
        expect(columns(documents).names).toStrictEqual([...new Set(documents.flat())].sort());
      }),
    );
  });

  test("stays the same object where all fields have a column", () => {
    const columns = widened(noColumns, ["a", "b"]);
    expect(widened(columns, ["b", "a"])).toBe(columns);
  });

  test("gives what is too much for columns one column together (R27)", () => {
    const many = Array.from({ length: 1500 }, (_, index) => `field-${index}`);
    const columns = widened(noColumns, many);
    expect(columns.others).toBe(true);
    expect(columns.names).toHaveLength(1000);
    expect(widened(columns, ["another"])).toBe(columns);
    const documents = [Object.fromEntries(many.map((name) => [name, int(1)]))];
    expect(hashesOf(readBack(documents, columns))).toStrictEqual(hashesOf(documents));
  });
});
