import { type Firestore, Timestamp } from "@google-cloud/firestore";
import type { NewMail } from "../domain/mail.ts";
import { type Letter, type OutboxRecord, requestOf } from "../domain/outbox.ts";
import type { MailApp } from "../domain/send-mail.ts";
import { type Attempt, answered, fromStore, optimistically } from "./firestore-client.ts";

export type Outbox = MailApp["outbox"] & {
  /** Asks for a mail that goes with no other change. Repeating is safe. @throws AppError `unavailable`. */
  add(mail: NewMail): Promise<void>;
};

/** The outbox of one site's database; a TTL policy on `expireAt` removes what has ended. */
export function createOutbox(firestore: Firestore, now: () => Date): Outbox {
  const outbox = firestore.collection("outbox");
  return {
    add: (mail) => optimistically(firestore, (attempt) => askForMails(firestore, attempt, [mail], now())),
    read: (id) =>
      answered(async () => {
        const found = await outbox.doc(id).get();
        return found.exists ? fromStore<OutboxRecord>(found.data()) : undefined;
      }),
    change: (id, decide) =>
      optimistically(firestore, async (attempt) => {
        const found = await attempt.get(outbox.doc(id));
        const {
          next,
          letters = [],
          outcome,
        } = decide(found.exists ? fromStore<OutboxRecord>(found.data()) : undefined);
        if (next) attempt.write(found, next);
        // A letter may outlive its request: who has one gets no other when the same mail is asked for again.
        const known = await attempt.getAll(letters.map((letter) => outbox.doc(letter.id)));
        for (const [index, letter] of known.entries()) {
          if (!letter.exists) attempt.write(letter, letters[index] as Letter);
        }
        return outcome;
      }),
    due: (until, most) =>
      answered(async () => {
        const due = outbox.where("dueAt", "<=", Timestamp.fromDate(until)).orderBy("dueAt").limit(most).select();
        return (await due.get()).docs.map(({ id }) => id);
      }),
  };
}

/** Writes the mails that are asked for together with the attempt's other changes; one asked for before is left as it is. */
export async function askForMails(
  firestore: Firestore,
  attempt: Attempt,
  mails: readonly NewMail[],
  now: Date,
): Promise<void> {
  const requests = new Map(mails.map((mail) => requestOf(mail, now)).map((request) => [request.id, request]));
  const known = await attempt.getAll([...requests.keys()].map((id) => firestore.collection("outbox").doc(id)));
  for (const found of known) {
    const request = requests.get(found.id);
    if (!found.exists && request) attempt.write(found, request);
  }
}
