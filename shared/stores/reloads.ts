import type { Firestore } from "@google-cloud/firestore";
import type { Reload, ReloadedKind, Reloads } from "../domain/reload.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";

/** The first count of a large tenant goes through its whole ledger. */
const countMilliseconds = 60_000;

/** The reloads of each tenant, `standbys/{tenant}/reloads/{kind}` of the secondary. */
export function createReloads(firestore: Firestore): Reloads {
  const reloads = (tenant: string) => firestore.collection(`standbys/${tenant}/reloads`);
  return {
    list: (tenant) =>
      answered(async () => {
        const found = await reloads(tenant).get();
        return found.docs.map((document) => fromStore<Reload>(document.data()));
      }),
    change: (tenant, kinds, decide) =>
      optimistically(firestore, async (attempt) => {
        const read = await attempt.getAll(kinds.map((kind) => reloads(tenant).doc(kind)));
        const known = read.filter(({ exists }) => exists).map((document) => fromStore<Reload>(document.data()));
        const { next, outcome } = decide(new Map(known.map((reload) => [reload.kind, reload])));
        for (const document of read) {
          const written = next.find(({ kind }) => kind === (document.id as ReloadedKind));
          if (written) attempt.write(document, written);
        }
        return outcome;
      }),
    countChanged: (tenant, kind, since) =>
      answered(async () => {
        const ofKind = firestore.collection(`standbys/${tenant}/ledger`).where("kind", "==", kind);
        const counted = since ? ofKind.where("mirroredAt", ">", since) : ofKind;
        return (await counted.count().get()).data().count;
      }, countMilliseconds),
  };
}
