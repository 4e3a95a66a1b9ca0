import { createHash, randomUUID } from "node:crypto";
import { type DocumentReference, FieldValue, type Firestore, type Timestamp } from "@google-cloud/firestore";
import type { Answer, Claim, Requests } from "../domain/api/route.ts";
import { AppError } from "../domain/errors.ts";
import { answered, fromStore } from "./firestore-client.ts";

/** gRPC's numbers for a document that is already there, and for a precondition that does not hold; the client exports no names. */
const alreadyExists = 6;
const preconditionFailed = 9;
const keptMilliseconds = 24 * 3_600_000;

/**
 * After so long without a sign of life the process that works on a request is taken for dead; a client that asks again a few
 * times is answered then. Signs of life come much sooner.
 */
const silentMilliseconds = 3000;
const aliveMilliseconds = 1000;

/** A request as it is kept; `turn` and `since` are of who works on it now. */
type Kept = { hash: string; turn?: string; since?: Date; answer?: string };

const noTurn = { turn: FieldValue.delete(), since: FieldValue.delete() };

/** The requests that acted, the documents `requests/{key}` of the secondary; a TTL policy on `expireAt` removes them. */
export function createRequests(firestore: Firestore, now: () => Date): Requests {
  const requests = firestore.collection("requests");
  const expireAt = () => new Date(now().getTime() + keptMilliseconds);

  /** @param written when the document was written last, which is by nobody else as long as the turn is ours. */
  function claimed(reference: DocumentReference, firstAt: Timestamp, written: Timestamp): Claim {
    let lastUpdateTime = written;
    const alive = setInterval(async () => {
      const renewed = await reference.update({ since: now() }, { lastUpdateTime }).catch(() => undefined);
      if (renewed) lastUpdateTime = renewed.writeTime;
      else clearInterval(alive);
    }, aliveMilliseconds).unref();
    return {
      at: firstAt.toDate(),
      settle: (answer) =>
        answered(async () => {
          clearInterval(alive);
          await reference.update({ ...noTurn, answer: JSON.stringify(answer), expireAt: expireAt() });
        }),
      release: () =>
        answered(async () => {
          clearInterval(alive);
          await reference.update(noTurn, { lastUpdateTime });
        }),
    };
  }

  async function takeTurn(
    reference: DocumentReference,
    hash: string,
    turn: string,
  ): Promise<{ answer: Answer } | Claim> {
    const found = await reference.get();
    const { createTime, updateTime } = found;
    if (!createTime || !updateTime) throw beingWorkedOn();
    const known = fromStore<Kept>(found.data());
    if (known.hash !== hash) {
      throw new AppError("conflict", "this Idempotency-Key was used for another request; take a new one");
    }
    if (known.answer !== undefined) return { answer: JSON.parse(known.answer) as Answer };
    // The client itself sends a write again when no answer came: then the turn is ours already.
    if (known.turn === turn) return claimed(reference, createTime, updateTime);
    if (known.since && now().getTime() - known.since.getTime() < silentMilliseconds) throw beingWorkedOn();
    const taken = await reference.update({ turn, since: now() }, { lastUpdateTime: updateTime }).catch(isOutrun);
    if (!taken) throw beingWorkedOn();
    return claimed(reference, createTime, taken.writeTime);
  }

  async function claim(key: string, input: unknown): Promise<{ answer: Answer } | Claim> {
    const reference = requests.doc(key);
    const hash = createHash("sha256").update(JSON.stringify(input)).digest("base64url");
    const turn = randomUUID();
    const fresh = { hash, turn, since: now(), expireAt: expireAt() };
    const made = await reference.create(fresh).catch(isOutrun);
    return made ? claimed(reference, made.writeTime, made.writeTime) : takeTurn(reference, hash, turn);
  }

  return {
    async claim(key, input) {
      const claiming = claim(key, input);
      try {
        return await answered(() => claiming);
      } catch (error) {
        // What is granted after nobody waits for it any more must not keep others out.
        claiming.then((late) => ("release" in late ? late.release() : undefined)).catch(() => undefined);
        throw error;
      }
    },
  };
}

/** Nothing where somebody else was first; any other error is thrown. */
function isOutrun(error: unknown): undefined {
  const { code } = error as { code?: unknown };
  if (code !== alreadyExists && code !== preconditionFailed) throw error;
}

/** Who asks again in a moment gets the answer. */
function beingWorkedOn(): AppError {
  return new AppError("unavailable", "this very request is being worked on: ask again in a moment, with the same key", {
    forCaller: true,
  });
}

/** Resolves when the database answers within two seconds. @throws AppError `unavailable`. */
export async function checkDatabase(firestore: Firestore): Promise<void> {
  await answered(() => firestore.doc("health/probe").get(), 2000);
}
