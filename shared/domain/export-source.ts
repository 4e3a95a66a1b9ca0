import { type Columns, type HistoryDocument, headerOf, line, rowOf, textCell, timeText } from "./csv.ts";
import type { RecordingObject } from "./purge.ts";
import { wireTime } from "./value.ts";

/** What exports read on the secondary. */
export type SourceStores = {
  histories: {
    /** How many entries each history has, not counting the documents below them. */
    count(tenant: string): Promise<Record<string, number>>;
    /** The documents of one history, those below its entries included, in the order of names, from after a path on. */
    read(tenant: string, kind: string, after?: string): AsyncIterable<HistoryDocument>;
    /** The document root of the database. */
    root: string;
  };
  recordings: {
    list(tenant: string, pageToken?: string): Promise<{ objects: RecordingObject[]; nextPageToken?: string }>;
  };
};

/** One row to be: its fields, its text once the columns are known, and where to go on after it if that is possible there. */
export type Item = { fields: readonly string[]; row(columns: Columns): string; at?: string };

/** Where the rows of one file come from. */
export type Source = {
  header(columns: Columns): string;
  read(after: string | undefined): AsyncGenerator<Item>;
};

/** The documents of one history of a tenant, a column for each field. */
export function historySource({ histories }: SourceStores, tenant: string, kind: string): Source {
  return {
    header: headerOf,
    async *read(after) {
      for await (const document of histories.read(tenant, kind, after)) {
        const row = (columns: Columns) => rowOf(document, columns, histories.root);
        yield { fields: Object.keys(document.fields), row, at: document.path };
      }
    },
  };
}

const recordingColumns = ["object", "bytes", "createdAt", "generation", "contentType", "crc32c"];

/** The list of a tenant's recording objects. */
export function recordingSource({ recordings }: SourceStores, tenant: string): Source {
  return {
    header: () => line(recordingColumns.map(textCell)),
    async *read(after) {
      let pageToken = after;
      do {
        const page = await recordings.list(tenant, pageToken);
        pageToken = page.nextPageToken;
        for (const [index, object] of page.objects.entries()) {
          const ends = index === page.objects.length - 1 && pageToken !== undefined;
          yield { fields: [], row: () => recordingRow(object), ...(ends ? { at: pageToken as string } : {}) };
        }
      } while (pageToken !== undefined);
    },
  };
}

function recordingRow({ name, bytes, created, generation, contentType, crc32c }: RecordingObject): string {
  const known = (text: string | undefined) => (text === undefined ? "" : textCell(text));
  const cells = [textCell(name), String(bytes), timeText(wireTime(created)), generation];
  return line([...cells, known(contentType), known(crc32c)]);
}
