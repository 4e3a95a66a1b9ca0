import { FieldPath, type Firestore } from "@google-cloud/firestore";
import type { Findings, KeptFinding } from "../domain/backup/verify-ports.ts";
import { portionsOf } from "../domain/portions.ts";
import { answered, fromStore } from "./firestore-client.ts";
import { pageByName } from "./pages.ts";

const commitSize = 400;
const digits = 9;

/** What verifications have found, in the secondary's database below their operations. */
export function createBackupFindings(firestore: Firestore): Findings {
  const findingsOf = (verification: string) => firestore.collection(`operations/${verification}/findings`);
  const idOf = (n: number) => String(n).padStart(digits, "0");
  return {
    async keep(verification, first, findings, expireAt) {
      const numbered = findings.map((finding, index) => ({ ...finding, n: first + index, expireAt }));
      for (const together of portionsOf(numbered, commitSize)) {
        await answered(async () => {
          const batch = firestore.batch();
          for (const finding of together) batch.set(findingsOf(verification).doc(idOf(finding.n)), finding);
          await batch.commit();
        });
      }
    },
    async trim(verification, count) {
      const stale = findingsOf(verification).where(FieldPath.documentId(), ">=", idOf(count)).limit(commitSize);
      for (let last = commitSize; last === commitSize; ) {
        last = await answered(async () => {
          const { docs } = await stale.select().get();
          const batch = firestore.batch();
          for (const { ref } of docs) batch.delete(ref);
          await batch.commit();
          return docs.length;
        });
      }
    },
    list: (verification, type, page) => {
      const all = findingsOf(verification);
      const kept = type === undefined ? all : all.where("finding", "==", type);
      return answered(() => pageByName(kept, page, (each) => fromStore<KeptFinding>(each.data())));
    },
  };
}
