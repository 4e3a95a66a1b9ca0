import { randomUUID } from "node:crypto";
import { kindsWith } from "../catalogue.ts";
import { byteOrderMark, type Columns, noColumns, widened } from "./csv.ts";
import { AppError } from "./errors.ts";
import { historySource, type Item, recordingSource, type SourceStores } from "./export-source.ts";
import { keepCursor } from "./keep-cursor.ts";
import { requireNoneOpen } from "./open-operation.ts";
import type { Operation } from "./operation.ts";
import type { RecoveryApp } from "./recovery.ts";
import type { EngineApp, OperationType, SaveProgress } from "./run-operation.ts";
import type { Actor } from "./standby.ts";
import { TextBuffer } from "./text-buffer.ts";
import { existing } from "./transitions.ts";

/** The list of recording objects, which is exported with the histories' own documents. */
export const recordingObjects = "recordingObjects";

/** What can be exported: every history, and the list of recordings. */
export const exportKinds: readonly string[] = [...kindsWith("history"), recordingObjects];

/** One exported file; `object` is its name in the bucket of exports. */
export type ExportedFile = { kind: string; object: string; rows: number; bytes: number; crc32c: string };

type Stored = { bytes: number; crc32c: string };

/** The bucket of exports; names begin with the tenant. All but `link` may be repeated. */
export type Exports = {
  /** Writes an object whole, whatever was there, and verifies its checksum. */
  put(object: string, content: Uint8Array): Promise<Stored>;
  /** Makes one object of at most 32, in this order. */
  join(parts: readonly string[], object: string): Promise<Stored>;
  /** Deletes every object whose name begins so. */
  clear(prefix: string): Promise<void>;
  /** Whether the object is there: after its time it is deleted. */
  holds(object: string): Promise<boolean>;
  /** An address from which the object can be read without a token until then, as a file of that name. */
  link(object: string, fileName: string, until: Date): Promise<string>;
};

/** What export operations need. */
export type ExportApp = RecoveryApp & EngineApp & SourceStores & { exports: Exports };

/**
 * Starts to write the secondary's histories as CSV (R27), all or these kinds; possible in every state. The same key again is
 * the same operation.
 * @throws AppError `not-found` without a stand-by; `conflict` while a purge is open, which would leave half of them, and
 *   for a key used otherwise; `unavailable`.
 */
export async function requestExport(
  app: RecoveryApp,
  { tenant, actor, key, kinds }: { tenant: string; actor: Actor; key: string; kinds?: readonly string[] },
): Promise<Operation> {
  existing(await app.standbys.read(tenant));
  const chosen = exportKinds.filter((kind) => kinds === undefined || kinds.includes(kind));
  const asked = { type: "export", tenant, input: { kinds: chosen }, createdBy: actor, key };
  const known = await app.operations.find(asked);
  if (known) return known;
  await requireNoneOpen(app, tenant, "purge");
  return app.operations.start(asked);
}

/**
 * How far one kind's file is: everything up to `after` is in its parts. While `collecting`, nothing is written: a field
 * without a column was met, and all documents are looked at before the file is begun again.
 */
type OpenFile = {
  columns: Columns;
  collecting: boolean;
  after?: string;
  rows: number;
  bytes: number;
  parts: string[];
};
type ExportCursor = { total: number; files: ExportedFile[]; open?: OpenFile };

/** A part is written when it has as many bytes, or when as long has passed since the one before. */
const partOf = { bytes: 2 * 1024 * 1024, milliseconds: 10_000 };
/** As many documents are looked at for their fields before the first row is written. */
const sampleOf = { items: 500, characters: 1024 * 1024 };
const roomForRow = 1024 * 1024;
const partsTogether = 32;

/** One slice of an export; objects' names begin with `folder`, and `text` is what is not written yet. */
type Slice = { app: ExportApp; operation: Operation; save: SaveProgress; folder: string; text: TextBuffer };

/**
 * Writes one CSV file for each kind to the bucket of exports (R27). Memory does not grow with the rows; whatever dies,
 * finished files stay and the one under way goes on after its last part.
 */
export const exportOperation: OperationType<ExportApp> = {
  async run(app, operation, save) {
    const { kinds } = operation.input as { kinds: string[] };
    const text = new TextBuffer(partOf.bytes + roomForRow);
    const slice = { app, operation, save, folder: folderOf(operation), text };
    const begun = operation.cursor as ExportCursor | undefined;
    // Both may have been asked for in one moment.
    if (!begun) await requireNoneOpen(app, operation.tenant, "purge");
    let cursor = begun ?? { total: await countRows(app, operation.tenant, kinds), files: [] };
    for (const kind of kinds.slice(cursor.files.length)) {
      const file = await writeFile(slice, kind, cursor);
      if (file === "yield") return { done: false };
      cursor = { total: cursor.total, files: [...cursor.files, file] };
      if ((await save(cursor, progressOf(cursor))) === "yield") return { done: false };
    }
    // The parts may only go when no other slice will look for them any more.
    await keepCursor(app, operation, cursor);
    await app.exports.clear(`${slice.folder}parts/`);
    const sum = (figure: "rows" | "bytes") => cursor.files.reduce((total, file) => total + file[figure], 0);
    return { done: true, result: { files: cursor.files, rows: sum("rows"), bytes: sum("bytes") } };
  },
  abandoned: (app, operation) => app.exports.clear(folderOf(operation)),
};

function folderOf({ tenant, id }: Operation): string {
  return `${tenant}/${id}/`;
}

async function countRows(app: SourceStores, tenant: string, kinds: readonly string[]): Promise<number> {
  const entries = await app.histories.count(tenant);
  return kinds.reduce((sum, kind) => sum + (entries[kind] ?? 0), 0);
}

function progressOf({ total, files, open }: ExportCursor): Operation["progress"] {
  const done = files.reduce((sum, { rows }) => sum + rows, open && !open.collecting ? open.rows : 0);
  return { done, total: Math.max(total, done) };
}

/** Writes a kind's file, from where the cursor is. */
async function writeFile(slice: Slice, kind: string, cursor: ExportCursor): Promise<ExportedFile | "yield"> {
  const { app, operation } = slice;
  const source =
    kind === recordingObjects ? recordingSource(app, operation.tenant) : historySource(app, operation.tenant, kind);
  let { open } = cursor;
  for (;;) {
    const read = source.read(open?.after);
    const { items, columns } = open ? { items: read, columns: open.columns } : await sampled(read);
    open ??= { columns, ...unwritten };
    const passed = await passOver(slice, { kind, items, header: source.header }, { ...cursor, open });
    if (passed === "yield") return "yield";
    if (!passed.collecting) return finishFile(slice, kind, passed);
    open = { columns: passed.columns, ...unwritten };
  }
}

const unwritten = { collecting: false, rows: 0, bytes: 0, parts: [] as string[] };

/** The items again, and columns that are likely to do for all: those of the first, as many as may be in memory. */
async function sampled(items: AsyncGenerator<Item>): Promise<{ items: AsyncIterable<Item>; columns: Columns }> {
  const first: Item[] = [];
  let columns = noColumns;
  for (let characters = 0; first.length < sampleOf.items && characters < sampleOf.characters; ) {
    const { value, done } = await items.next();
    if (done) break;
    columns = widened(columns, value.fields);
    characters += value.row(columns).length;
    first.push(value);
  }
  return { items: following(first, items), columns };
}

async function* following(first: Item[], rest: AsyncGenerator<Item>): AsyncGenerator<Item> {
  yield* first;
  yield* rest;
}

/** The rows of one file. */
type Table = { kind: string; items: AsyncIterable<Item>; header(columns: Columns): string };

/** Reads all rows from where the file is, and writes parts of it. What is not written yet at the end is left in `text`. */
async function passOver(
  slice: Slice,
  { kind, items, header }: Table,
  cursor: ExportCursor & { open: OpenFile },
): Promise<OpenFile | "yield"> {
  const { text } = slice;
  let { open } = cursor;
  let known = new Set(open.columns.names);
  text.clear();
  if (open.bytes === 0) text.add(byteOrderMark + header(open.columns));
  let rows = 0;
  const now = () => slice.app.now().getTime();
  let begun = now();
  for await (const item of items) {
    if (!open.columns.others && !item.fields.every((name) => known.has(name))) {
      open = { ...open, columns: widened(open.columns, item.fields), collecting: true };
      known = new Set(open.columns.names);
      text.clear();
    }
    if (!open.collecting) text.add(item.row(open.columns));
    rows++;
    const due = text.length >= partOf.bytes || now() - begun >= partOf.milliseconds;
    if (item.at === undefined || !due) continue;
    open = await writePart(slice, kind, { ...open, after: item.at, rows: open.rows + rows });
    [rows, begun] = [0, now()];
    const next = { ...cursor, open };
    if ((await slice.save(next, progressOf(next))) === "yield") return "yield";
  }
  return { ...open, rows: open.rows + rows };
}

/** Writes a part and puts the first parts together when they are many. */
async function writePart({ app, folder, text }: Slice, kind: string, open: OpenFile): Promise<OpenFile> {
  if (text.length === 0) return open;
  const name = () => `${folder}parts/${kind}-${randomUUID()}`;
  const part = name();
  const { bytes } = await app.exports.put(part, text.content());
  text.clear();
  const parts = [...open.parts, part];
  if (parts.length < partsTogether) return { ...open, parts, bytes: open.bytes + bytes };
  const whole = name();
  await app.exports.join(parts, whole);
  return { ...open, parts: [whole], bytes: open.bytes + bytes };
}

async function finishFile(slice: Slice, kind: string, open: OpenFile): Promise<ExportedFile> {
  const { exports } = slice.app;
  const object = `${slice.folder}${kind}.csv`;
  const file = { kind, object, rows: open.rows };
  if (open.parts.length === 0) return { ...file, ...(await exports.put(object, slice.text.content())) };
  const { parts, bytes } = await writePart(slice, kind, open);
  const joined = await exports.join(parts, object);
  if (joined.bytes !== bytes) throw new AppError("internal", `${object} is not as long as its parts`);
  return { ...file, ...joined };
}
