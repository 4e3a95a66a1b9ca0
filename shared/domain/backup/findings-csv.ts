import { byteOrderMark, line, plainCell } from "../csv.ts";
import { pagesOf } from "../pages.ts";
import type { FindingType } from "./verification.ts";
import type { Findings, KeptFinding } from "./verify-ports.ts";

const columns = [
  ...[
    "finding",
    "differs",
    "bucket",
    "name",
    "recording_id",
    "call_id",
    "office",
    "unit_type",
    "unit_id",
    "started_at",
  ],
  ...["receipt_generation", "receipt_bytes", "receipt_crc32c", "receipt_stored_at"],
  ...["object_generation", "object_bytes", "object_crc32c", "object_created_at"],
];

const rowsAtOnce = 500;

/** The findings of a verification as CSV, streamed (R43); none of its texts is taken for a formula. */
export async function* findingsCsv(
  findings: Findings,
  verification: string,
  type: FindingType | undefined,
): AsyncGenerator<string> {
  let head = byteOrderMark + lineOf(columns);
  for await (const page of pagesOf((asked) => findings.list(verification, type, asked), rowsAtOnce)) {
    yield head + page.map(rowOf).join("");
    head = "";
  }
}

function rowOf(found: KeptFinding): string {
  const { finding, differs = [], bucket, name, recordingId, callId, office, unit, startedAt, receipt, object } = found;
  const place = [finding, differs.join(" "), bucket, name, recordingId, callId, office, unit?.type, unit?.id];
  const told = [receipt?.generation, receipt?.bytes, receipt?.crc32c, receipt?.storedAt.toISOString()];
  const there = [object?.generation, object?.bytes, object?.crc32c, object?.createdAt.toISOString()];
  return lineOf([...place, startedAt?.toISOString(), ...told, ...there]);
}

function lineOf(cells: readonly (string | number | undefined)[]): string {
  return line(cells.map((cell) => plainCell(String(cell ?? ""))));
}
