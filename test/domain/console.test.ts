import { describe, expect, test } from "vitest";
import { catalogue } from "../../shared/catalogue.ts";
import { perform } from "../../shared/domain/api/perform.ts";
import type { ApiApp } from "../../shared/domain/api/route.ts";
import { routes } from "../../shared/domain/api/routes.ts";

const consoleSettings = {
  urls: { primary: "https://tokyo.hikae.example", secondary: "https://osaka.hikae.example" },
  signIn: { issuer: "https://issuer.example", clientId: "hikae-console" },
};

async function getConsole(app: Partial<ApiApp>) {
  const route = routes.find(({ operationId }) => operationId === "getConsole");
  if (!route) throw new Error("there is no route getConsole");
  const request = {
    params: {},
    query: {},
    body: async () => ({}),
    idempotencyKey: undefined,
    accept: "",
    authenticate: () => Promise.reject(new Error("nobody has signed in")),
  };
  return (await perform(route, app as ApiApp, request)).body;
}

describe("getConsole", () => {
  // It is given the settings and nothing else: whatever else it used would not be there.
  test("needs no store and nobody signed in, on either site (R49)", async () => {
    expect(await getConsole({ site: "secondary", consoleSettings })).toStrictEqual({
      site: "secondary",
      location: { ja: "大阪", en: "Osaka" },
      sites: {
        primary: { url: consoleSettings.urls.primary, location: { ja: "東京", en: "Tokyo" } },
        secondary: { url: consoleSettings.urls.secondary, location: { ja: "大阪", en: "Osaka" } },
      },
      signIn: consoleSettings.signIn,
      kinds: Object.fromEntries(Object.entries(catalogue).map(([kind, { label }]) => [kind, label])),
    });
    expect(await getConsole({ site: "primary", consoleSettings })).toMatchObject({ site: "primary" });
  });

  test("names the account that customers permit to write, where it is told (R33)", async () => {
    const backupServiceAccount = "backup@hikae.iam.gserviceaccount.com";
    const app = { site: "secondary", consoleSettings, backupServiceAccount } as const;
    expect(await getConsole(app)).toMatchObject({ backupServiceAccount });
  });
});
