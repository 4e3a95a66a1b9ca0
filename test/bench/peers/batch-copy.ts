import { FieldPath, type Firestore, type QueryDocumentSnapshot } from "@google-cloud/firestore";

/** As many documents as are read in one page and written in one commit. */
const batchSize = 500;

/**
 * The plain way to overwrite one database with another: every collection is read page by page and written in batches, the
 * next page on its way while a batch is written. It compares nothing, deletes nothing, keeps no ledger, and knows
 * collections it is told of, and no sub-collections.
 */
export async function copyAll(
  primary: Firestore,
  secondary: Firestore,
  collections: readonly string[],
): Promise<{ documents: number }> {
  const result = { documents: 0 };
  const copy = async (collection: string) => {
    const query = primary.collection(collection).orderBy(FieldPath.documentId()).limit(batchSize);
    let page = await query.get();
    while (page.size > 0) {
      const last = page.docs.at(-1) as QueryDocumentSnapshot;
      const next = page.size < batchSize ? undefined : query.startAfter(last.id).get();
      const batch = secondary.batch();
      for (const document of page.docs) batch.set(secondary.doc(document.ref.path), document.data());
      const [following] = await Promise.all([next, batch.commit()]);
      result.documents += page.size;
      if (!following) return;
      page = following;
    }
  };
  for (const collection of collections) await copy(collection);
  return result;
}
