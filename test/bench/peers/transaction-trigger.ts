import { createHash } from "node:crypto";
import { type CloudEvent, cloudEvent } from "@google-cloud/functions-framework";
import { openSecondary } from "./secondary.ts";

const { firestore, decode } = openSecondary();

/**
 * The careful form: one transaction for each event, with a record of the version that the secondary holds. It
 * keeps order and bears repetition; it has neither the fence nor the record of who wrote.
 */
cloudEvent("transaction-trigger", async (event: CloudEvent<unknown>) => {
  const { path, after, version } = decode(event.data as Uint8Array);
  const rank = version * 2n + (after ? 0n : 1n);
  const record = firestore.doc(`versions/${createHash("sha256").update(path).digest("base64url")}`);
  await firestore.runTransaction(async (transaction) => {
    const held = await transaction.get(record);
    if (held.exists && (held.get("rank") as bigint) >= rank) return;
    if (after) transaction.set(firestore.doc(path), after);
    else transaction.delete(firestore.doc(path));
    transaction.set(record, { path, rank });
  });
});
