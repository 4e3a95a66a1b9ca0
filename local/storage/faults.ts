import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { NoAnswer, StorageError } from "./errors.ts";
import { operations, type Target } from "./target.ts";

/** Which requests a fault hits: those that fit everything that is given. A copy is hit by its source and by its target. */
export const faultScope = z.strictObject({
  bucket: z.string().optional(),
  /** What the object's name, or a listing's prefix, starts with. */
  prefix: z.string().optional(),
  object: z.string().optional(),
  operation: z.enum(operations).optional(),
});
export type StorageFaultScope = z.infer<typeof faultScope>;

/** What happens to the requests in its scope. */
export const fault = faultScope.extend({
  /** How likely it hits a request. */
  chance: z.number().min(0).max(1).default(1),
  /** After so many hits it is gone. */
  times: z.number().int().min(1).optional(),
  /** Answers an error instead. */
  status: z.number().int().min(400).max(599).optional(),
  /** The reason that the error gives, where its status alone does not tell. */
  reason: z.string().optional(),
  /** Waits before anything else. */
  delayMs: z.number().min(0).optional(),
  /** Cuts the connection (`reset`), or never answers (`hang`). */
  noAnswer: z.enum(["reset", "hang"]).optional(),
  /** Cuts the connection after so many bytes of an object, upwards or downwards. */
  breakAfterBytes: z.number().int().min(0).optional(),
  /** Carries an upload out, and cuts the connection instead of answering. */
  answerLost: z.literal(true).optional(),
  /** Sends an object's bytes with one of them changed, under the right checksums. */
  corrupt: z.literal(true).optional(),
  /** Copies no more than this in one rewrite, so that the caller must go on with the token. */
  rewriteBytesPerCall: z.number().int().min(1).optional(),
});
export type StorageFault = z.input<typeof fault>;
type Fault = z.output<typeof fault>;

/** What is left to do where the object's bytes pass. */
export type Effects = Pick<Fault, "breakAfterBytes" | "answerLost" | "corrupt" | "rewriteBytesPerCall">;

/** The faults on requests. */
export class Faults {
  readonly #faults = new Map<string, Fault>();

  /** Adds a fault; replaces that of the same scope. */
  put(added: Fault): void {
    this.#faults.set(keyOf(added), added);
  }

  /** Removes the fault of that very scope, or all of them. */
  clear(scope: StorageFaultScope): void {
    if (Object.keys(scope).length === 0) this.#faults.clear();
    else this.#faults.delete(keyOf(scope));
  }

  /**
   * Lets the faults hit a request whose object is known; those that concern bytes only leave alone what carries none.
   * @throws StorageError or NoAnswer when one says so.
   */
  async strike({ operation, bucket, object, to, query }: Target, carries: "bytes" | "nothing"): Promise<Effects> {
    if (this.#faults.size === 0) return {};
    const name = operation === "objects.list" ? (query.get("prefix") ?? "") : object;
    const places = to === undefined ? [{ bucket, object: name }] : [{ bucket, object: name }, to];
    const effects: Effects = {};
    for (const [key, hit] of this.#faults) {
      if (carries === "nothing" && onlyBytes(hit)) continue;
      if (!places.some((place) => fits(hit, operation, place)) || Math.random() >= hit.chance) continue;
      if (hit.times !== undefined) {
        hit.times -= 1;
        if (hit.times === 0) this.#faults.delete(key);
      }
      if (hit.delayMs !== undefined) await pause(hit.delayMs);
      if (hit.noAnswer !== undefined) throw new NoAnswer(hit.noAnswer === "hang");
      if (hit.status !== undefined) throw StorageError.ofStatus(hit.status, hit.reason);
      Object.assign(effects, hit);
    }
    return effects;
  }
}

function keyOf({ bucket, prefix, object, operation }: StorageFaultScope): string {
  return JSON.stringify([bucket, prefix, object, operation]);
}

function onlyBytes({ status, delayMs, noAnswer }: Fault): boolean {
  return status === undefined && delayMs === undefined && noAnswer === undefined;
}

function fits(scope: StorageFaultScope, operation: string, place: { bucket: string; object: string }): boolean {
  return (
    (scope.operation === undefined || scope.operation === operation) &&
    (scope.bucket === undefined || scope.bucket === place.bucket) &&
    (scope.object === undefined || scope.object === place.object) &&
    (scope.prefix === undefined || place.object.startsWith(scope.prefix))
  );
}
