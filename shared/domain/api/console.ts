import { z } from "zod";
import { catalogue } from "../../catalogue.ts";
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
      .object({ issuer: z.string(), clientId: z.string() })
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
        signIn: consoleSettings.signIn,
        kinds: kindNames,
        ...(backupServiceAccount === undefined ? {} : { backupServiceAccount }),
      };
    },
  }),
];

const kindNames = Object.fromEntries(Object.entries(catalogue).map(([kind, { label: name }]) => [kind, name]));
