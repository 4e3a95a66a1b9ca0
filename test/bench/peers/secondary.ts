import { type DocumentData, type DocumentSnapshot, Firestore } from "@google-cloud/firestore";
import { readConfig } from "../../../shared/runtime/config.ts";
import { decodeDocumentEvent } from "../../../shared/stores/document-event.ts";

/** A change as a handler that uses Google's client sees it; `version` is the document's update time in µs. */
export type TriggerDocument = { path: string; version: bigint; after?: DocumentData };

/** The client's own conversion from the wire, which Google's functions kit for Firebase uses too. */
type Converting = { snapshot_(document: unknown, readTime: undefined, encoding: "protobufJS"): DocumentSnapshot };

/** Google's client for the secondary, set up so that large integers survive, and a decoder of events. */
export function openSecondary(): { firestore: Firestore; decode(body: Uint8Array): TriggerDocument } {
  // biome-ignore lint/style/noProcessEnv: a peer is a program of its own and has no other configuration
  const { projectId, databaseId, emulator } = readConfig(process.env).databases.secondary;
  const where = emulator ? { host: emulator, ssl: false } : {};
  const firestore = new Firestore({ projectId, databaseId, ...where, preferRest: false, useBigInt: true });
  const converting = firestore as unknown as Converting;
  return {
    firestore,
    decode(body) {
      const { before, after } = decodeDocumentEvent(body);
      const snapshot = converting.snapshot_(after ?? before, undefined, "protobufJS");
      const { seconds, nanoseconds } = snapshot.updateTime ?? { seconds: 0, nanoseconds: 0 };
      const version = BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanoseconds / 1000));
      const data = after && snapshot.data();
      return { path: snapshot.ref.path, version, ...(data ? { after: data } : {}) };
    },
  };
}
