import { createHash } from "node:crypto";
import type { Firestore } from "@google-cloud/firestore";
import type { Answer, Requests } from "../domain/api/route.ts";
import { AppError } from "../domain/errors.ts";
import { answered } from "./firestore-client.ts";

/** gRPC's number for a document that is already there; the client does not export its names to modules. */
const alreadyExists = 6;
const keptMilliseconds = 24 * 3_600_000;

/** The requests that acted, the documents `requests/{key}` of the secondary; a TTL policy on `expireAt` removes them. */
export function createRequests(firestore: Firestore, now: () => Date): Requests {
  const requests = firestore.collection("requests");
  const expireAt = () => new Date(now().getTime() + keptMilliseconds);
  return {
    claim: (key, input) =>
      answered(async () => {
        const hash = createHash("sha256").update(JSON.stringify(input)).digest("base64url");
        try {
          await requests.doc(key).create({ hash, expireAt: expireAt() });
          return undefined;
        } catch (error) {
          if ((error as { code?: unknown }).code !== alreadyExists) throw error;
        }
        const known = await requests.doc(key).get();
        if (known.exists && known.get("hash") !== hash) {
          throw new AppError("conflict", "this Idempotency-Key was used for another request; take a new one");
        }
        const answer: unknown = known.get("answer");
        return typeof answer === "string" ? (JSON.parse(answer) as Answer) : undefined;
      }),
    settle: (key, answer) =>
      answered(async () => {
        await requests.doc(key).update({ answer: JSON.stringify(answer), expireAt: expireAt() });
      }),
  };
}

/** Resolves when the database answers within two seconds. @throws AppError `unavailable`. */
export async function checkDatabase(firestore: Firestore): Promise<void> {
  await answered(() => firestore.doc("health/probe").get(), 2000);
}
