import {
  type CollectionReference,
  type DocumentSnapshot,
  FieldPath,
  type Query,
  type QueryDocumentSnapshot,
} from "@google-cloud/firestore";
import { AppError } from "../domain/errors.ts";
import type { Page, PageRequest } from "../domain/ports.ts";

/** What a document is in a list. */
type View<T> = (document: QueryDocumentSnapshot) => T;

/** A page in the order of names; its token is the name of the last document, which need not be there any more. */
export function pageByName<T>(query: Query, { pageSize, pageToken }: PageRequest, view: View<T>): Promise<Page<T>> {
  return pageAfter(query.orderBy(FieldPath.documentId()), pageSize, pageToken, view);
}

/**
 * A page in the query's own order, of documents of one collection; its token is the name of the last one.
 * @throws AppError `invalid` when that one was deleted meanwhile: nobody knows its place any more.
 */
export async function pageInOrder<T>(
  { query, collection }: { query: Query; collection: CollectionReference },
  { pageSize, pageToken }: PageRequest,
  view: View<T>,
): Promise<Page<T>> {
  const last = pageToken === undefined ? undefined : await collection.doc(pageToken).get();
  if (last?.exists === false) {
    throw new AppError("invalid", "what ended the page before is gone", {
      fields: [{ field: "query.pageToken", problem: "leave it out, to begin anew" }],
    });
  }
  return pageAfter(query, pageSize, last, view);
}

async function pageAfter<T>(
  query: Query,
  pageSize: number,
  place: DocumentSnapshot | string | undefined,
  view: View<T>,
): Promise<Page<T>> {
  // One more, to know whether there is another page.
  const limited = query.limit(pageSize + 1);
  const { docs } = await (place === undefined ? limited : limited.startAfter(place)).get();
  const shown = docs.slice(0, pageSize);
  const last = docs.length > shown.length ? shown.at(-1) : undefined;
  return { items: shown.map(view), ...(last ? { nextPageToken: last.id } : {}) };
}
