import { createRemoteJWKSet, jwtVerify } from "jose";
import { type CreateSigninRequestArgs, InMemoryWebStorage, OidcClient, WebStorageStateStore } from "oidc-client-ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import { createCodes } from "../../local/issuer/codes.ts";
import { languageOf } from "../../local/issuer/request.ts";
import { type Issuer, startIssuer } from "../../local/issuer.ts";
import { assignPorts } from "../../local/ports.ts";

const clientId = "hikae-console";
const redirectUri = "http://127.0.0.1:4400/signed-in";
const operator = people.operator.email;

let issuer: Issuer;
beforeAll(async () => {
  const url = `http://127.0.0.1:${(await assignPorts(0)).issuer}`;
  issuer = await startIssuer(url, clientId, Object.values(people));
});
afterAll(() => issuer.close());

/** A browser's client as the console has it, with a store of its own. */
const newClient = () =>
  new OidcClient({
    authority: issuer.url,
    client_id: clientId,
    redirect_uri: redirectUri,
    post_logout_redirect_uri: "http://127.0.0.1:4400/",
    scope: "openid email profile",
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  });
const ask = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers, redirect: "manual" });
const choose = (url: string, email: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: "POST", body: new URLSearchParams({ email }), headers, redirect: "manual" });
const locationOf = (answer: Response) => answer.headers.get("location") ?? "";
const cookieOf = (answer: Response) => answer.headers.get("set-cookie")?.split(";")[0] ?? "";

/** The request of a client, with these parameters changed or, where undefined, taken out. */
async function requestWith(changes: Record<string, string | undefined> = {}, args: CreateSigninRequestArgs = {}) {
  const url = new URL((await newClient().createSigninRequest(args)).url);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.href;
}

describe("signing in", () => {
  test("gives a browser's client a token of the person who was chosen (R46)", async () => {
    const client = newClient();
    const { url } = await client.createSigninRequest({ nonce: "n-1", state: { page: "/audit" } });
    const chosen = await choose(url, operator, { "accept-language": "ja" });
    expect(chosen.status).toBe(303);
    const signedIn = await client.processSigninResponse(locationOf(chosen));
    expect(signedIn).toMatchObject({ token_type: "Bearer", userState: { page: "/audit" } });
    const { payload } = await jwtVerify(signedIn.id_token ?? "", createRemoteJWKSet(new URL(`${issuer.url}/jwks`)), {
      issuer: issuer.url,
      audience: clientId,
    });
    expect(payload).toMatchObject({ email: operator, email_verified: true, name: people.operator.name, nonce: "n-1" });
  });

  test("takes any other mail address, and names the person by it", async () => {
    const client = newClient();
    const { url } = await client.createSigninRequest({});
    const chosen = await choose(url, " hanako@acme.example ");
    const { profile } = await client.processSigninResponse(locationOf(chosen));
    expect(profile).toMatchObject({ email: "hanako@acme.example", name: "hanako@acme.example" });
  });

  test("shows what was entered again when it is no address, never as markup", async () => {
    const answer = await choose(await requestWith(), '"><b>x');
    expect(answer.status).toBe(400);
    const html = await answer.text();
    expect(html).toContain('value="&quot;&gt;&lt;b&gt;x" aria-invalid="true"');
    expect(html).not.toContain("<b>");
  });

  test.each([
    ["ja", "サインインする人を選んでください", people["companyAdmin:acme"].name],
    ["en", "Choose who signs in", people["companyAdmin:acme"].nameEn],
  ])("offers everybody in %s, by a form without script", async (language, title, name) => {
    const answer = await ask(await requestWith({ ui_locales: language }));
    const html = await answer.text();
    expect(html).toContain(`<html lang="${language}">`);
    expect(html).toContain(`<h1>${title}</h1>`);
    expect(html).toContain(name);
    for (const { email } of Object.values(people)) expect(html).toContain(`value="${email}"`);
    const policy = answer.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self' http://127.0.0.1:4400;");
  });

  test.each([
    [people["viewer:acme"].email, `<button name="email" value="${people["viewer:acme"].email}" autofocus>`],
    ["hanako@acme.example", 'value="hanako@acme.example" autofocus>'],
  ])("puts %s first when the client names them", async (hint, focused) => {
    const html = await (await ask(await requestWith({}, { login_hint: hint }))).text();
    expect(html).toContain(focused);
    expect(html.match(/autofocus/g)).toHaveLength(1);
  });
});

describe("a silent sign-in", () => {
  test("is granted to the browser that has signed in, until it signs out", async () => {
    const client = newClient();
    const cookie = cookieOf(await choose((await client.createSigninRequest({})).url, operator));
    const { url } = await client.createSigninRequest({ prompt: "none" });
    const granted = await client.processSigninResponse(locationOf(await ask(url, { cookie })));
    expect(granted.profile.email).toBe(operator);

    const { url: end } = await client.createSignoutRequest({ id_token_hint: granted.id_token ?? "", state: "bye" });
    const ended = await ask(end, { cookie });
    expect(locationOf(ended)).toMatch(/^http:\/\/127\.0\.0\.1:4400\/\?state=[^&]+$/);
    expect(ended.headers.get("set-cookie")).toMatch(/=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0$/);
    expect(locationOf(await ask(url, { cookie }))).toContain("error=login_required");
  });

  test("is not granted to anybody else, nor in another's name", async () => {
    const silent = await requestWith({}, { prompt: "none" });
    expect(locationOf(await ask(silent))).toMatch(/error=login_required&state=/);
    expect(locationOf(await ask(silent, { cookie: "a=b" }))).toContain("error=login_required");
    const cookie = cookieOf(await choose(await requestWith(), operator));
    const other = await requestWith({}, { prompt: "none", login_hint: "hanako@acme.example" });
    expect(locationOf(await ask(other, { cookie }))).toContain("error=login_required");
  });
});

describe("a request that is wrong", () => {
  test.each([
    ["redirect_uri", "https://evil.example/"],
    ["redirect_uri", "http://127.0.0.1.evil.example/"],
    ["redirect_uri", "http://127.0.0.1@evil.example/"],
    ["redirect_uri", "javascript:alert(1)"],
    ["redirect_uri", undefined],
    ["client_id", "another"],
  ])("is told on a page, not sent to %s %s", async (name, value) => {
    for (const answer of [
      await ask(await requestWith({ [name]: value })),
      await choose(await requestWith({ [name]: value }), operator),
    ]) {
      expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
      expect(await answer.text()).toContain(name);
    }
  });

  test.each([
    ["response_type", "token", "unsupported_response_type"],
    ["response_mode", "fragment", "invalid_request"],
    ["scope", "email", "invalid_scope"],
    ["code_challenge", undefined, "invalid_request"],
    ["code_challenge_method", "plain", "invalid_request"],
  ])("for its %s %s goes back to the client as an error", async (name, value, error) => {
    const back = new URL(locationOf(await choose(await requestWith({ [name]: value }), operator)));
    expect(back.origin + back.pathname).toBe(redirectUri);
    expect(back.searchParams.get("error")).toBe(error);
    expect(back.searchParams.get("state")).toBeTruthy();
    expect(back.searchParams.has("code")).toBe(false);
  });

  test("does not let a sign-out lead off this machine", async () => {
    const answer = await ask(`${issuer.url}/end-session?post_logout_redirect_uri=https://evil.example/`);
    expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
    expect((await ask(`${issuer.url}/end-session`)).status).toBe(200);
  });
});

describe("a code", () => {
  // The example of RFC 7636, appendix B.
  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  const form = (changes: Record<string, string> = {}) =>
    new URLSearchParams({
      grant_type: "authorization_code",
      client_id: clientId,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...changes,
    });
  let now = 0;
  const codes = createCodes(clientId, undefined, () => now);
  const person = { email: operator, name: "運用担当" };
  const issue = () => codes.issue({ redirectUri, codeChallenge: challenge, isSilent: false }, person);

  test("is good once", () => {
    const asked = form({ code: issue() });
    expect(codes.redeem(asked)).toMatchObject({ granted: true, person });
    expect(codes.redeem(asked)).toEqual({ granted: false, error: "invalid_grant" });
  });

  test("is good for less than a minute", () => {
    const [early, late] = [issue(), issue()];
    now += 59_999;
    expect(codes.redeem(form({ code: early })).granted).toBe(true);
    now += 1;
    expect(codes.redeem(form({ code: late }))).toEqual({ granted: false, error: "invalid_grant" });
  });

  test.each([
    [{ code_verifier: "w".repeat(43) }, "invalid_grant"],
    [{ redirect_uri: `${redirectUri}/` }, "invalid_grant"],
    [{ client_id: "another" }, "invalid_client"],
    [{ code_verifier: "short" }, "invalid_request"],
    [{ grant_type: "password" }, "unsupported_grant_type"],
  ])("is not good with %o", (changes, error) => {
    expect(codes.redeem(form({ code: issue(), ...changes }))).toEqual({ granted: false, error });
  });

  test("is answered by the token endpoint with the standard's errors, to pages of this machine only", async () => {
    const redeem = (origin: string) =>
      fetch(`${issuer.url}/token`, { method: "POST", body: form({ code: "x" }), headers: { origin } });
    const own = await redeem("http://127.0.0.1:4400");
    expect([own.status, await own.json()]).toEqual([400, { error: "invalid_grant" }]);
    expect(own.headers.get("access-control-allow-origin")).toBe("http://127.0.0.1:4400");
    expect((await redeem("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("languageOf", () => {
  test.each([
    ["ja", "en", "ja"],
    [null, "ja-JP,ja;q=0.9,en;q=0.8", "ja"],
    [null, "en-US,en;q=0.9,ja;q=0.8", "en"],
    [null, "fr,ja;q=0.5", "ja"],
    [null, "fr-en", "en"],
    [null, undefined, "en"],
  ])("of ui_locales %s and Accept-Language %s is %s", (locales, accepted, language) => {
    expect(languageOf(locales, accepted)).toBe(language);
  });
});
