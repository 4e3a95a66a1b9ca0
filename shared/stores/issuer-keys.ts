import { createHash } from "node:crypto";
import type { Firestore } from "@google-cloud/firestore";
import { answered, fromStore } from "./firestore-client.ts";

type Kept = { keys: unknown; fetchedAt: Date };

/** Longer nobody who signs in is to wait for the database when the issuer is away already. */
const patience = 3000;

/**
 * The last good signing keys of an issuer (R46), the document `issuerKeys/{hash of the issuer}` of a site's own database. They
 * are public, but who could write them could sign for anybody: clients may not, by the database's rules. Both methods
 * throw `unavailable` when the database does not answer.
 */
export function createIssuerKeyRecords(firestore: Firestore): {
  read(issuer: string): Promise<Kept | undefined>;
  write(issuer: string, kept: Kept): Promise<void>;
} {
  const recordOf = (issuer: string) =>
    firestore.collection("issuerKeys").doc(createHash("sha256").update(issuer).digest("base64url"));
  return {
    read: (issuer) =>
      answered(async () => {
        const found = await recordOf(issuer).get();
        if (!found.exists) return undefined;
        const { keys, fetchedAt } = fromStore<{ keys: string; fetchedAt: Date }>(found.data());
        return { keys: JSON.parse(keys) as unknown, fetchedAt };
      }, patience),
    write: (issuer, { keys, fetchedAt }) =>
      answered(
        async () => void (await recordOf(issuer).set({ issuer, keys: JSON.stringify(keys), fetchedAt })),
        patience,
      ),
  };
}
