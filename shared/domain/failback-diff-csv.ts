import { catalogue, type KindName } from "../catalogue.ts";
import { byteOrderMark, line, plainCell } from "./csv.ts";
import type { DiffRow } from "./three-way.ts";

const columns = [
  "path",
  "kind",
  "kind_ja",
  "kind_en",
  "primary",
  "secondary",
  "conflict",
  "promotable",
  "why_not",
  "edited_by",
  "edited_at",
  "field",
  "field_base",
  "field_primary",
  "field_secondary",
] as const;

/** The diff as CSV, one line for each field, streamed (R25). The first piece comes when the first rows are known. */
export async function* diffCsv(portions: AsyncIterable<{ rows: DiffRow[] }>): AsyncGenerator<string> {
  let head = byteOrderMark + lineOf(columns);
  for await (const { rows } of portions) {
    const text = head + rows.map(linesOf).join("");
    head = "";
    if (text !== "") yield text;
  }
  if (head !== "") yield head;
}

function linesOf(row: DiffRow): string {
  const { path, kind, primary, secondary, conflict, fault, edited } = row;
  const { ja, en } = catalogue[kind as KindName].label;
  const edit = edited ? [edited.by.id, edited.at.toISOString()] : ["", ""];
  const promotable = String(fault === undefined);
  const place = [path, kind, ja, en, primary, secondary, String(conflict), promotable, fault ?? "", ...edit];
  const fields = row.fields.map(({ field, base = "", primary: there = "", secondary: here = "" }) =>
    lineOf([...place, field, base, there, here]),
  );
  // A document without fields has a line too.
  return fields.length > 0 ? fields.join("") : lineOf([...place, "", "", "", ""]);
}

function lineOf(cells: readonly string[]): string {
  return line(cells.map(plainCell));
}
