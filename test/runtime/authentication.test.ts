import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Authenticator, createAuthenticator } from "../../shared/runtime/authentication.ts";

const issuer = "https://issuer.example";
const audience = "hikae-console";
const minutes = 60_000;

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let rsa: Pair;
let ec: Pair;
let other: Pair;

let clock: number;
let away: boolean;
let asked: string[];
let published: { kid: string; pair: Pair; alg: string }[];
let discovery: Record<string, unknown>;
let authenticator: Authenticator;
/** What a site's database keeps of the keys, and the gate that the next answer of the issuer waits for. */
let record: { keys: unknown; fetchedAt: Date } | undefined;
let gate: Promise<void> | undefined;

const kept = {
  read: async () => structuredClone(record),
  write: async (_issuer: string, next: NonNullable<typeof record>) => {
    record = structuredClone(next);
  },
};
/** A process that has just started. */
const newProcess = () => createAuthenticator({ issuer, audience }, { kept, fetch: answer, now: () => new Date(clock) });

/** The issuer, as the network shows it. */
const answer = async (input: string | URL | Request): Promise<Response> => {
  asked.push(String(input));
  await gate;
  if (away) throw new TypeError("fetch failed");
  if (String(input).endsWith("/.well-known/openid-configuration")) return Response.json(discovery);
  const keys = published.map(async ({ kid, pair, alg }) => ({
    ...(await exportJWK(pair.publicKey)),
    kid,
    alg,
    use: "sig",
  }));
  return Response.json({ keys: await Promise.all(keys) });
};

beforeAll(async () => {
  [rsa, ec, other] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("ES256"), generateKeyPair("RS256")]);
});
beforeEach(() => {
  clock = Date.parse("2026-11-21T10:00:00Z");
  away = false;
  asked = [];
  published = [
    { kid: "rsa", pair: rsa, alg: "RS256" },
    { kid: "ec", pair: ec, alg: "ES256" },
  ];
  discovery = { issuer, jwks_uri: "https://issuer.example/keys" };
  record = undefined;
  gate = undefined;
  authenticator = newProcess();
});

type Claims = { iss?: string; aud?: string; exp?: number; email?: string | undefined; email_verified?: unknown };
const claimsOf = (change: Claims = {}) => ({
  iss: issuer,
  aud: audience,
  exp: clock / 1000 + 86_400 * 3,
  email: "Taro@Acme.example",
  email_verified: true,
  ...change,
});
const sign = (change: Claims = {}, header = { alg: "RS256", kid: "rsa" }, pair = rsa) =>
  new SignJWT(claimsOf(change)).setProtectedHeader(header).sign(pair.privateKey);
const present = (token: string) => authenticator.authenticate(`Bearer ${token}`);
const refused = { code: "unauthenticated" };

describe("createAuthenticator", () => {
  test("accepts RS256 and ES256, and gives the address in lower case (R46)", async () => {
    expect(await present(await sign())).toEqual({ email: "taro@acme.example" });
    expect(await present(await sign({}, { alg: "ES256", kid: "ec" }, ec))).toEqual({ email: "taro@acme.example" });
  });

  test.each<[string, Claims]>([
    ["an expired token", { exp: Date.parse("2026-11-21T09:59:00Z") / 1000 }],
    ["another audience", { aud: "another-service" }],
    ["another issuer", { iss: "https://issuer.example.attacker.example" }],
    ["no address", { email: undefined }],
    ["an address that is not verified", { email_verified: false }],
    ["an address verified in words only", { email_verified: "true" }],
  ])("refuses %s (R46)", async (_, change) => {
    await expect(present(await sign(change))).rejects.toMatchObject(refused);
  });

  test("tolerates a clock that is a little off", async () => {
    await expect(present(await sign({ exp: clock / 1000 - 10 }))).resolves.toBeDefined();
  });

  test.each([undefined, "", "Bearer", "Bearer x", "Basic YTpi", "Bearer a.b.c"])(
    "refuses the header %s (R46)",
    async (header) => {
      await expect(authenticator.authenticate(header)).rejects.toMatchObject(refused);
    },
  );

  test("refuses a token that is not signed (R46)", async () => {
    await expect(present(new UnsecuredJWT(claimsOf()).encode())).rejects.toMatchObject(refused);
  });

  test("refuses a token signed with the public key as a secret (R46)", async () => {
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(rsa.publicKey)));
    const token = await new SignJWT(claimsOf()).setProtectedHeader({ alg: "HS256", kid: "rsa" }).sign(secret);
    await expect(present(token)).rejects.toMatchObject(refused);
  });

  test("refuses another's signature under a known key's name (R46)", async () => {
    await expect(present(await sign({}, { alg: "RS256", kid: "rsa" }, other))).rejects.toMatchObject(refused);
  });

  test("refuses a changed token (R46)", async () => {
    const [header, , signature] = (await sign()).split(".");
    const forged = Buffer.from(JSON.stringify(claimsOf({ email: "operator@hikae.example" }))).toString("base64url");
    await expect(present(`${header}.${forged}.${signature}`)).rejects.toMatchObject(refused);
  });

  test("trusts no discovery document of another issuer", async () => {
    discovery = { ...discovery, issuer: "https://another.example" };
    await expect(present(await sign())).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("the issuer's keys", () => {
  test("are asked for once by many callers, and again after ten minutes (R46)", async () => {
    const token = await sign();
    await Promise.all([present(token), present(token), present(token)]);
    clock += 9 * minutes;
    await present(token);
    expect(asked).toHaveLength(2);
    clock += 2 * minutes;
    await present(token);
    expect(asked).toHaveLength(4);
  });

  test("are asked for again for an unknown key, but not for every one (R46)", async () => {
    await present(await sign());
    const unknown = await sign({}, { alg: "RS256", kid: "new" }, other);
    await expect(present(unknown)).rejects.toMatchObject(refused);
    expect(asked).toHaveLength(2);
    clock += minutes;
    published.push({ kid: "new", pair: other, alg: "RS256" });
    await expect(present(unknown)).resolves.toBeDefined();
    expect(asked).toHaveLength(4);
  });

  test("that are withdrawn are refused after the next look", async () => {
    const token = await sign();
    await present(token);
    published = published.filter(({ kid }) => kid !== "rsa");
    clock += 11 * minutes;
    await expect(present(token)).rejects.toMatchObject(refused);
  });

  test("go on serving for a day while the issuer is away (R46)", async () => {
    const token = await sign();
    await present(token);
    away = true;
    clock += 23 * 60 * minutes;
    await expect(present(token)).resolves.toBeDefined();
    const before = asked.length;
    await present(token);
    expect(asked).toHaveLength(before);
    clock += 61 * minutes;
    await expect(present(token)).rejects.toMatchObject({ code: "unavailable" });
    away = false;
    await expect(present(token)).resolves.toBeDefined();
  });

  test("are not to be had while the issuer was never there, and are as soon as it is", async () => {
    away = true;
    await expect(present(await sign())).rejects.toMatchObject({ code: "unavailable" });
    away = false;
    await expect(present(await sign())).resolves.toBeDefined();
  });

  test("serve a process that never had any while the issuer is away, for a day (R46)", async () => {
    const token = await sign();
    await present(token);
    away = true;
    clock += 23 * 60 * minutes;
    authenticator = newProcess();
    await expect(present(token)).resolves.toEqual({ email: "taro@acme.example" });
    clock += 61 * minutes;
    authenticator = newProcess();
    await expect(present(token)).rejects.toMatchObject({ code: "unavailable", cause: { message: "fetch failed" } });
  });

  test.each([
    ["what is no set of keys", () => ({ keys: { keys: [] }, fetchedAt: new Date(clock) })],
    ["a time that is still to come", () => ({ keys: record?.keys, fetchedAt: new Date(clock + 60 * minutes) })],
  ])("are not taken from a record with %s (R46)", async (_, broken) => {
    const token = await sign();
    await present(token);
    record = broken();
    away = true;
    authenticator = newProcess();
    await expect(present(token)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("that are kept are those of the last answer, whoever asked (R46)", async () => {
    const old = newProcess();
    await present(await sign());
    await old.authenticate(`Bearer ${await sign()}`);
    published.push({ kid: "new", pair: other, alg: "RS256" });
    clock += 11 * minutes;
    await present(await sign());
    away = true;
    clock += minutes;
    const byNewKey = await sign({}, { alg: "RS256", kid: "new" }, other);
    await expect(old.authenticate(`Bearer ${byNewKey}`)).resolves.toBeDefined();
  });

  test("that are being asked for are waited for by all who come with a new one (R46)", async () => {
    await present(await sign());
    clock += minutes;
    published.push({ kid: "new", pair: other, alg: "RS256" });
    const token = await sign({}, { alg: "RS256", kid: "new" }, other);
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const together = [present(token), present(token), present(token)];
    resolve();
    await expect(Promise.all(together)).resolves.toHaveLength(3);
    expect(asked).toHaveLength(4);
  });

  test("that could not be looked at anew are told with the cause", async () => {
    await present(await sign());
    clock += minutes;
    away = true;
    const unknown = await sign({}, { alg: "RS256", kid: "new" }, other);
    const refusal = await present(unknown).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ ...refused, cause: { cause: { message: "fetch failed" } } });
  });
});
