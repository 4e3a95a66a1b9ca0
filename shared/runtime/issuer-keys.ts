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

type Keys = { find: JWTVerifyGetKey; fetchedAt: number };

/**
 * The issuer's published keys, found by its discovery document. They are asked for again after 10 minutes in use or
 * for a key not among them, and go on serving for 24 hours while the issuer does not answer.
 * @throws AppError `unavailable` when there are no keys to use; jose's error when the token's key is not among them.
 */
export function createIssuerKeys(issuer: string, fetch: Fetch, now: () => Date): JWTVerifyGetKey {
  let keys: Keys | undefined;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    attemptedAt = now().getTime();
    const find = createLocalJWKSet(await fetchKeys(issuer, fetch));
    keys = { find, fetchedAt: now().getTime() };
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
    if (!calm) await refreshOnce().catch(() => undefined);
    if (keys && now().getTime() - keys.fetchedAt < staleMilliseconds) return keys;
    throw new AppError("unavailable", "the issuer of the tokens does not answer");
  }

  return async (header, token) => {
    const current = await usable();
    try {
      return await current.find(header, token);
    } catch (error) {
      const answered = current.fetchedAt >= attemptedAt;
      const wait = answered ? calmMilliseconds : retryMilliseconds;
      const mayBeNew = error instanceof errors.JWKSNoMatchingKey && now().getTime() - attemptedAt >= wait;
      if (!mayBeNew) throw error;
      await refreshOnce().catch(() => undefined);
      return (keys ?? current).find(header, token);
    }
  };
}

async function fetchKeys(issuer: string, fetch: Fetch): Promise<JSONWebKeySet> {
  const { jwks_uri: address } = await discover(issuer, fetch);
  return keySet.parse(await fetchJson(address, fetch)) as JSONWebKeySet;
}
