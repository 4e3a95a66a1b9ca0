import type { DocumentSnapshot, Firestore } from "@google-cloud/firestore";
import { type BucketClaim, type BucketClaims, isTaken, proofCounts } from "../domain/backup/buckets.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";

/** Whose each customer's bucket is, the records `bucketClaims/{bucket}` of the secondary's database. */
export function createBucketClaims(firestore: Firestore): BucketClaims {
  const claims = firestore.collection("bucketClaims");
  return {
    read: (bucket) => answered(async () => claimOf(await claims.doc(bucket).get())),
    claim: (claim) =>
      optimistically(firestore, async (attempt) => {
        const found = await attempt.get(claims.doc(claim.bucket));
        if (isTaken(claimOf(found), claim.tenant)) return "taken";
        attempt.write(found, claim);
        return "claimed";
      }),
    lose: (bucket, tenant, at) =>
      optimistically(firestore, async (attempt) => {
        const found = await attempt.get(claims.doc(bucket));
        const claim = claimOf(found);
        if (claim?.tenant !== tenant || !proofCounts(claim) || claim.provedAt >= at) return;
        attempt.write(found, { ...claim, lostAt: at });
      }),
  };
}

function claimOf(found: DocumentSnapshot): BucketClaim | undefined {
  return found.exists ? fromStore<BucketClaim>(found.data()) : undefined;
}
