import { isDeepStrictEqual } from "node:util";
import { FieldPath, type Firestore, type QueryDocumentSnapshot } from "@google-cloud/firestore";

const pageSize = 500;

/**
 * The plain way to make two databases equal: both are read whole, page by page in the order of names, and what differs
 * is written by a BulkWriter without its brake. It knows collections it is told of, and no sub-collections.
 */
export async function makeEqual(primary: Firestore, secondary: Firestore, collections: readonly string[]) {
  const writer = secondary.bulkWriter({ throttling: false });
  const result = { documents: 0, repaired: 0 };
  for (const collection of collections) {
    const [left, right] = [pages(primary, collection), pages(secondary, collection)];
    let [ours, theirs] = await Promise.all([following(left), following(right)]);
    while (ours || theirs) {
      const order = orderOf(ours, theirs);
      if (ours && order <= 0) {
        result.documents++;
        if (order < 0 || !isDeepStrictEqual(ours.data(), theirs?.data())) {
          void writer.set(secondary.doc(ours.ref.path), ours.data());
          result.repaired++;
        }
      } else if (theirs) {
        void writer.delete(theirs.ref);
        result.repaired++;
      }
      [ours, theirs] = await Promise.all([order <= 0 ? following(left) : ours, order >= 0 ? following(right) : theirs]);
    }
  }
  await writer.close();
  return result;
}

type Pages = AsyncGenerator<QueryDocumentSnapshot, undefined>;
type Found = QueryDocumentSnapshot | undefined;

async function following(from: Pages): Promise<Found> {
  return (await from.next()).value;
}

/** Negative where the first comes before the second in Firestore's order of names; one that is not there comes last. */
function orderOf(ours: Found, theirs: Found): number {
  if (!ours || !theirs) return ours ? -1 : 1;
  return Buffer.compare(Buffer.from(ours.id), Buffer.from(theirs.id));
}

async function* pages(firestore: Firestore, collection: string): Pages {
  const query = firestore.collection(collection).orderBy(FieldPath.documentId()).limit(pageSize);
  let page = await query.get();
  while (page.size > 0) {
    yield* page.docs;
    if (page.size < pageSize) return;
    page = await query.startAfter(page.docs.at(-1)?.id).get();
  }
}
