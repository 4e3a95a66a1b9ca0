import { FieldPath, type Firestore } from "@google-cloud/firestore";
import type { PubSub } from "@google-cloud/pubsub";
import {
  type DeadLetter,
  type DeadLetterRecords,
  type DeadLetterSummary,
  type ReplayApp,
  withReplay,
} from "../domain/dead-letters.ts";
import { AppError } from "../domain/errors.ts";
import { topics } from "../domain/sites.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";

/** All that is listed: a page of whole letters could be 200 MB. */
const listed = ["id", "function", "topic", "code", "tenant", "document", "bytes", "receivedAt", "replays", "expireAt"];

/** The dead letters in the secondary's database. */
export function createDeadLetterRecords(firestore: Firestore): DeadLetterRecords {
  const letters = firestore.collection("deadLetters");
  return {
    keep: (letter) =>
      optimistically(firestore, async (attempt) => {
        const found = await attempt.get(letters.doc(letter.id));
        if (found.exists) return false;
        attempt.write(found, { ...letter, isWhole: letter.body !== undefined });
        return true;
      }),
    list: (filter, { pageSize, pageToken }) =>
      answered(async () => {
        const [time, id] = pageToken?.split(".") ?? [];
        const chosen = filter.function === undefined ? letters : letters.where("function", "==", filter.function);
        const ordered = chosen.orderBy("receivedAt", "desc").orderBy(FieldPath.documentId(), "desc");
        const query = time === undefined ? ordered : ordered.startAfter(new Date(Number(time)), id);
        const found = await query
          .limit(pageSize + 1)
          .select(...listed, "isWhole")
          .get();
        const items = found.docs.slice(0, pageSize).map((each) => fromStore<DeadLetterSummary>(each.data()));
        const last = found.size > pageSize ? items.at(-1) : undefined;
        return { items, ...(last ? { nextPageToken: `${last.receivedAt.getTime()}.${last.id}` } : {}) };
      }),
    read: (id) =>
      answered(async () => {
        const found = await letters.doc(id).get();
        return found.exists ? fromStore<DeadLetter>(found.data()) : undefined;
      }),
    noteReplay: (id, replay) =>
      optimistically(firestore, async (attempt) => {
        const found = await attempt.get(letters.doc(id));
        if (!found.exists) return;
        const letter = fromStore<DeadLetter>(found.data());
        attempt.write(found, { ...letter, replays: withReplay(letter.replays, replay) });
      }),
  };
}

const patience = 5000;

/** Publishes messages as they were; without an ordering key, for others of that key have long gone before. */
export function createReplay(pubsub: () => Promise<PubSub>): ReplayApp["publishAgain"] {
  return async (topic, body, attributes) => {
    try {
      const publisher = (await pubsub()).topic(topics[topic]);
      await answered(() => publisher.publishMessage({ data: Buffer.from(body), attributes }), patience);
    } catch (error) {
      throw new AppError("unavailable", "Pub/Sub does not take the message", { cause: error });
    }
  };
}
