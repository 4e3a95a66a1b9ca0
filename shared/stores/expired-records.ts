import { type Firestore, type QueryDocumentSnapshot, Timestamp } from "@google-cloud/firestore";
import type { ExpiredRecords } from "../domain/retention.ts";
import { answered } from "./firestore-client.ts";

const pageSize = 300;

/** gRPC's numbers: the record is gone already, or was changed after it was read. */
const overtaken = new Set<number>([5, 9]);

/** Records of one site's database that are past their retention. */
export function createExpiredRecords(firestore: Firestore): ExpiredRecords {
  return {
    async *deleteBefore({ collection, under }, before) {
      const all = under === undefined ? firestore.collection(collection) : firestore.collectionGroup(collection);
      const expired = all.where("expireAt", "<", Timestamp.fromDate(before)).orderBy("expireAt");
      const pages = expired.select("expireAt", "open").limit(pageSize);
      for (let last: QueryDocumentSnapshot | undefined; ; ) {
        const page = last ? pages.startAfter(last) : pages;
        const { docs } = await answered(() => page.get());
        yield await answered(() =>
          deleteAsRead(
            firestore,
            docs.filter((record) => isOurs(record, collection, under)),
          ),
        );
        last = docs.at(-1);
        if (docs.length < pageSize) return;
      }
    },
  };
}

/** Tenants may have collections of any name, whose documents are none of ours; what is open is still needed. */
function isOurs(record: QueryDocumentSnapshot, collection: string, under: string | undefined): boolean {
  const [root, ...rest] = record.ref.path.split("/");
  const isThere = under === undefined ? root === collection && rest.length === 1 : root === under && rest.length === 3;
  return isThere && record.get("open") !== true;
}

async function deleteAsRead(firestore: Firestore, records: QueryDocumentSnapshot[]): Promise<number> {
  const writer = firestore.bulkWriter();
  const isOvertaken = ({ code }: { code: number }) => overtaken.has(code);
  writer.onWriteError((error) => !isOvertaken(error) && error.failedAttempts < 3);
  const deletions = records.map(({ ref, updateTime }) =>
    writer.delete(ref, { lastUpdateTime: updateTime }).then(
      () => 1,
      (error) => {
        if (isOvertaken(error)) return 0;
        throw error;
      },
    ),
  );
  const [counts] = await Promise.all([Promise.all(deletions), writer.close()]);
  return counts.reduce((sum: number, count) => sum + count, 0);
}
