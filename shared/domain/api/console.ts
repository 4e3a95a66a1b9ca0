import { z } from "zod";
import { catalogue } from "../../catalogue.ts";
import { AppError } from "../errors.ts";
import { locations, type Site } from "../sites.ts";
import { route } from "./route.ts";
import { label, nothing, siteName } from "./schemas.ts";

const siteView = z.object({
  url: z.string().meta({ description: "the base of the site's console and API, without a slash at its end" }),
  location: label,
});

const consoleView = z
  .object({
    site: siteName.meta({ description: "the site that answers" }),
    location: label,
    sites: z.object({ primary: siteView, secondary: siteView }),
    signIn: z
      .object({
        issuer: z.string(),
        clientId: z.string(),
        tokenPath: z.string().optional().meta({
          description: "where the console exchanges its code; absent where the issuer itself gives tokens to a browser",
        }),
      })
      .meta({ description: "the OpenID Connect issuer, and what the console is called there" }),
    kinds: z
      .record(z.string(), label)
      .optional()
      .meta({ description: "what each kind of a tenant's configuration and history is called" }),
    backupServiceAccount: z
      .string()
      .optional()
      .meta({ description: "whom customers permit to write to their buckets; absent where it is not told" }),
  })
  .meta({ id: "Console" });

const codeGrant = z.strictObject({
  grant_type: z.literal("authorization_code"),
  client_id: z.string().max(500).optional(),
  code: z.string().min(1).max(4000),
  code_verifier: z.string().min(43).max(128),
  redirect_uri: z.url().max(2000),
});
const tokens = z.object({
  id_token: z.string(),
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.number().optional(),
});

const tokenPath = "/v1/console/token";

/** What the console must know before anybody has signed in (R49). It reads the settings alone: no database takes part. */
export const consoleRoutes = [
  route({
    operationId: "getConsole",
    method: "GET",
    path: "/v1/console",
    summary: { ja: "コンソールの設定(サイト、サインイン先)", en: "What the console needs to start" },
    access: "public",
    params: nothing,
    query: nothing,
    body: nothing,
    response: consoleView,
    cacheSeconds: 60,
    async run({ app: { site, consoleSettings, backupServiceAccount } }) {
      const viewOf = (name: Site) => ({ url: consoleSettings.urls[name], location: locations[name].name });
      return {
        site,
        location: locations[site].name,
        sites: { primary: viewOf("primary"), secondary: viewOf("secondary") },
        signIn: { ...consoleSettings.signIn, ...(consoleSettings.exchangeCode ? { tokenPath } : {}) },
        kinds: kindNames,
        ...(backupServiceAccount === undefined ? {} : { backupServiceAccount }),
      };
    },
  }),
  route({
    operationId: "exchangeSignInCode",
    method: "POST",
    path: tokenPath,
    summary: { ja: "サインインのコードをトークンに換える", en: "Exchanges the code of a sign-in for tokens" },
    access: "public",
    params: nothing,
    query: nothing,
    body: codeGrant,
    form: true,
    response: tokens,
    async run({ app: { consoleSettings } }, { body }) {
      const { exchangeCode, urls } = consoleSettings;
      if (!exchangeCode) throw new AppError("not-found", "the issuer gives tokens to the console itself");
      // The secret works for nobody but the consoles.
      if (!Object.values(urls).some((url) => body.redirect_uri === `${url}/signed-in`)) {
        throw new AppError("invalid", "the code is not a console's", {
          fields: [{ field: "body.redirect_uri", problem: "give the address that the sign-in came back to" }],
        });
      }
      return exchangeCode(body);
    },
  }),
];

const kindNames = Object.fromEntries(Object.entries(catalogue).map(([kind, { label: name }]) => [kind, name]));
