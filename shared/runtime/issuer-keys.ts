import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { discover, type Fetch, fetchJson } from "./discovery.ts";

/** How long keys are used before the issuer is asked again, and how long they go on serving when it is away. */
const freshMilliseconds = 10 * 60_000;
const staleMilliseconds = 24 * 3_600_000;

/** How long the issuer is left alone after it answered, and after it did not. */
const calmMilliseconds = 30_000;
const retryMilliseconds = 5_000;

const keySet = z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) });

/** An issuer's keys as they were when it last answered, outside this process. Both throw AppError `unavailable`. */
export type KeptKeys = {
  read(issuer: string): Promise<{ keys: unknown; fetchedAt: Date } | undefined>;
  write(issuer: string, kept: { keys: unknown; fetchedAt: Date }): Promise<void>;
};

type Keys = { find: JWTVerifyGetKey; fetchedAt: number };

/**
 * The issuer's published keys, found by its discovery document. They are asked for again after 10 minutes in use or
 * for a key not among them, and go on serving for 24 hours while the issuer does not answer: those of this process, or,
 * where it never had any, those that were kept.
 * @throws AppError `unavailable` when there are no keys to use; jose's error when the token's key is not among them.
 */
export function createIssuerKeys(issuer: string, fetch: Fetch, now: () => Date, kept: KeptKeys): JWTVerifyGetKey {
  let keys: Keys | undefined;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;
  /** Why the issuer did not answer last; undefined when it did. */
  let failure: unknown;

  async function refresh(): Promise<void> {
    attemptedAt = now().getTime();
    try {
      const published = await fetchKeys(issuer, fetch);
      keys = { find: createLocalJWKSet(published), fetchedAt: now().getTime() };
      failure = undefined;
      // Nobody waits for it: what could not be kept now is kept the next time.
      kept.write(issuer, { keys: published, fetchedAt: now() }).catch(() => undefined);
    } catch (error) {
      failure = error;
      const found = await readKept(issuer, kept, now());
      if (found && found.fetchedAt > (keys?.fetchedAt ?? Number.NEGATIVE_INFINITY)) keys = found;
    }
  }

  /** One request to the issuer at a time, however many callers wait for it. */
  function refreshOnce(): Promise<void> {
    refreshing ??= refresh().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  async function usable(): Promise<Keys> {
    const age = keys ? now().getTime() - keys.fetchedAt : Number.POSITIVE_INFINITY;
    if (keys && age < freshMilliseconds) return keys;
    const calm = age < staleMilliseconds && now().getTime() - attemptedAt < retryMilliseconds;
    if (!calm) await refreshOnce();
    if (keys && now().getTime() - keys.fetchedAt < staleMilliseconds) return keys;
    throw new AppError("unavailable", "the issuer of the tokens does not answer", { cause: failure });
  }

  return async (header, token) => {
    const current = await usable();
    try {
      return await current.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const wait = failure === undefined ? calmMilliseconds : retryMilliseconds;
      // Somebody else may be asking for that very key now.
      if (refreshing === undefined && now().getTime() - attemptedAt < wait) throw unknownKey(failure);
      await refreshOnce();
    }
    try {
      return await (keys ?? current).find(header, token);
    } catch (error) {
      throw error instanceof errors.JWKSNoMatchingKey ? unknownKey(failure) : error;
    }
  };
}

/** The error of a key that is not among the issuer's, with why they could not be looked at anew. */
function unknownKey(failure: unknown): Error {
  return new errors.JWKSNoMatchingKey(undefined, { cause: failure });
}

async function fetchKeys(issuer: string, fetch: Fetch): Promise<JSONWebKeySet> {
  const { jwks_uri: address } = await discover(issuer, fetch);
  return keySet.parse(await fetchJson(address, fetch)) as JSONWebKeySet;
}

/** Kept keys that can be used; a time that is still to come is no time at which the issuer answered. */
async function readKept(issuer: string, kept: KeptKeys, now: Date): Promise<Keys | undefined> {
  const found = await kept.read(issuer).catch(() => undefined);
  const parsed = keySet.safeParse(found?.keys);
  if (!found || !parsed.success || found.fetchedAt.getTime() > now.getTime() + retryMilliseconds) return undefined;
  return { find: createLocalJWKSet(parsed.data as JSONWebKeySet), fetchedAt: found.fetchedAt.getTime() };
}
