import { type Conditions, checkConditions, conditionsOf } from "./conditions.ts";
import { StorageError } from "./errors.ts";
import { objectFields, parseFields, type StoredObject } from "./state.ts";
import type { Store } from "./store.ts";
import type { Target } from "./target.ts";

/** How far a copy has come; the target is there only when it is done. */
export type Rewritten = {
  done: boolean;
  totalBytesRewritten: string;
  objectSize: string;
  rewriteToken?: string;
  resource?: StoredObject;
};

/**
 * Copies an object, or goes on with it, without moving bytes: source and target share the file. Where `bytesPerCall`, or
 * the request between two locations, asks for less than all, the copy advances by so much and gives a token.
 * @throws StorageError; 400 when the token is not of this copy, or its source has changed since.
 */
export function rewrite(store: Store, target: Target, body: unknown, bytesPerCall: number | undefined): Rewritten {
  const { bucket, object, to, query } = target;
  if (to === undefined) throw new StorageError("invalid", "A copy needs a target.");
  const sourceConditions: Conditions = conditionsOf(query, "source");
  const source = copied(store, bucket, object, sourceConditions);
  const conditions = conditionsOf(query);
  store.checkPut(to.bucket, to.object, conditions);
  const token = query.get("rewriteToken");
  const begun = token === null ? 0 : begunBytes(token, source, to);
  const across = store.bucket(bucket).location !== store.bucket(to.bucket).location;
  const asked = Number(query.get("maxBytesRewrittenPerCall") ?? 0);
  const step = Math.min(
    bytesPerCall ?? Number.POSITIVE_INFINITY,
    across && asked > 0 ? asked : Number.POSITIVE_INFINITY,
  );
  const objectSize = `${source.size}`;
  if (begun + step < source.size) {
    const rewriteToken = tokenOf({ generation: source.generation, ...to, bytes: begun + step });
    return { done: false, totalBytesRewritten: `${begun + step}`, objectSize, rewriteToken };
  }
  const given = typeof body === "object" && body !== null && Object.keys(body).length > 0;
  const fields = given ? parseFields(objectFields, body) : source.fields;
  const { temporaryHold: _temporary, eventBasedHold: _event, ...kept } = fields;
  const resource = store.put(to.bucket, to.object, source, kept, conditions);
  return { done: true, totalBytesRewritten: objectSize, objectSize, resource };
}

/** A source that is not as asked for is a failed condition, whatever a read would be answered. */
function copied(store: Store, bucket: string, object: string, conditions: Conditions): StoredObject {
  const { generation, ...rest } = conditions;
  const source = store.object(bucket, object, { generation });
  checkConditions(rest, source);
  return source;
}

/** A token says all of how far the copy is, so nothing of it is kept here. */
type Token = { generation: number; bucket: string; object: string; bytes: number };

function tokenOf(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

function begunBytes(token: string, source: StoredObject, to: { bucket: string; object: string }): number {
  let begun: Partial<Token> | null;
  try {
    begun = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    begun = null;
  }
  const same = begun?.generation === source.generation && begun.bucket === to.bucket && begun.object === to.object;
  if (!same || begun?.bytes === undefined) throw new StorageError("invalid", "Invalid rewrite token.");
  return begun.bytes;
}
