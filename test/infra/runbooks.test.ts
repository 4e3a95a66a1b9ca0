import { describe, expect, test } from "vitest";
import { type FunctionName, type FunctionRow, manifest } from "../../functions/manifest.ts";
import { watches } from "../../infra/alerts/functions.ts";
import { siteWatches } from "../../infra/alerts/site.ts";
import { alerts } from "../../infra/alerts.ts";
import { functionsOn } from "../../infra/deployments.ts";
import { infrastructure } from "../../infra/manifest.ts";
import { describeRoutes } from "../../shared/domain/api/openapi.ts";
import { routesOf } from "../../shared/domain/api/routes.ts";
import { locations, sites, topics } from "../../shared/domain/sites.ts";
import { allCode, codeOf, hasField, says } from "../support/production-code.ts";
import { filesIn, textOf } from "../support/repository.ts";

const folder = "infra/runbooks";
/** The page to begin with, which leads to the runbooks and is none. */
const entry = `${folder}/README.md`;
const pages = filesIn(folder, ".md");
const runbooks = pages.filter((file) => file !== entry);
const namesIn = (part: string) =>
  runbooks
    .filter((file) => file.startsWith(`${folder}/${part}/`))
    .map((file) => file.slice(`${folder}/${part}/`.length, -".md".length))
    .sort();
const functionNames = Object.keys(manifest) as FunctionName[];

/** What stands before the first language, in Japanese, and in English. */
function partsOf(file: string) {
  const [, head = "", japanese = "", english = ""] =
    /^([\s\S]*?)\n## 日本語\n([\s\S]*?)\n## English\n([\s\S]*)$/.exec(textOf(file)) ?? [];
  return { head, japanese, english };
}

describe("runbooks", () => {
  test("are there for every alert, by its name, and for none that is gone", () => {
    for (const { runbook } of alerts) expect(runbooks).toContain(runbook);
    expect(namesIn("alerts")).toStrictEqual(Object.keys(siteWatches).sort());
  });

  test("are there for what takes more than one step", () => {
    expect(namesIn("procedures")).toStrictEqual([
      ...["activate-all-tenants", "compromised-key-or-bucket", "fail-back", "function-fails", "region-lost-for-good"],
      ...["restore-after-bad-data", "restore-drill", "upgrade-a-site"],
    ]);
  });

  test.each(runbooks)("%s has symptom, log filter and safe actions in both languages", (file) => {
    const { head, japanese, english } = partsOf(file);
    expect(head).toMatch(new RegExp(`^# ${file.split("/").at(-1)?.slice(0, -3)}\n`));
    expect(head).toMatch(/```\n(?:resource\.type|protoPayload|jsonPayload)[\s\S]*?\n```/);
    expect(japanese).toContain("**症状**");
    expect(japanese).toMatch(/\*\*安全な操作/);
    expect(english).toContain("**Symptom**");
    expect(english).toMatch(/\*\*Safe actions/);
    expect(japanese.includes("**してはいけない**")).toBe(english.includes("**Never**"));
  });

  test("are found from the page to begin with, what takes more than one step by its name (R19)", () => {
    const links = linksIn(textOf(entry));
    const wanted = namesIn("procedures").map((name) => `procedures/${name}.md`);
    expect(links).toEqual(expect.arrayContaining([...wanted, "alerts/mirror-silent.md", "alerts/"]));
    for (const document of ["README.md", "README.ja.md"]) expect(linksIn(textOf(document))).toContain(entry);
  });

  test.each(pages)("%s says the same in both languages: requests, commands, links", (file) => {
    const { japanese, english } = partsOf(file);
    const said = (text: string) => [
      ...new Set([
        ...requestsIn(text).map(String),
        ...(text.match(/gcloud(?: [a-z-]+)+/g) ?? []),
        ...linksIn(text).map((link) => link.replace(".ja.md", ".md")),
      ]),
    ];
    expect(said(english).sort()).toStrictEqual(said(japanese).sort());
  });
});

const linksIn = (text: string) => [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);

/** Each request that a text names: its method, if it does, and its path; `…` stands for the beginning of one. */
function requestsIn(text: string): [method: string, path: string][] {
  const found = text.matchAll(/(?:\b(GET|POST|PUT|get|post) '?)?((?<!\.com)(?:\/v1|…)\/[\w/{}$…-]+)/g);
  return [...found].map(([, method = "", path = ""]) => [method.toUpperCase(), path]);
}

describe("requests in runbooks", () => {
  const { paths } = describeRoutes(Object.values(routesOf).flat()) as { paths: Record<string, object> };
  const known = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, "*") })),
  );
  // An id stands in braces, or is the name of a schedule.
  const schedules = functionNames.filter((name) => manifest[name].trigger.type === "schedule");
  const pattern = (path: string) =>
    path
      .replaceAll(/\{[^}]*\}|\$\w+/g, "*")
      .replace(new RegExp(`^/v1/schedules/(${schedules.join("|")})/run$`), "/v1/schedules/*/run");
  const exists = ([method, path]: [string, string]) =>
    known.some((route) => {
      const fits = path.startsWith("…") ? route.path.endsWith(pattern(path).slice(1)) : route.path === pattern(path);
      return fits && (method === "" || method === route.method);
    });

  test.each(pages)("of %s are in the API's description", (file) => {
    const missing = requestsIn(textOf(file))
      .filter(([, path]) => path !== "/v1/…")
      .filter((request) => !exists(request));
    expect(missing).toStrictEqual([]);
  });

  test("are found where they stand", () => {
    const text = "`POST /v1/tenants/{t}/dr/stop`, `get '/v1/tenants?pageSize=1'`, `…/cancel`";
    expect(requestsIn(text)).toStrictEqual([
      ["POST", "/v1/tenants/{t}/dr/stop"],
      ["GET", "/v1/tenants"],
      ["", "…/cancel"],
    ]);
    expect(exists(["POST", "/v1/tenants/{t}/dr/halt"])).toBe(false);
    expect(exists(["GET", "/v1/tenants/{t}/dr/stop"])).toBe(false);
  });
});

describe("log filters in runbooks", () => {
  const filterLines = (file: string) =>
    partsOf(file)
      .head.split("\n")
      .filter((line) => /jsonPayload\./.test(line))
      .map((line) => line.split(/\s#/)[0] ?? "");

  test.each(runbooks)("of %s name functions, fields and outcomes that there are", (file) => {
    let of: string[] = [];
    for (const line of filterLines(file)) {
      const named = [...line.matchAll(/jsonPayload\.function=(?:"([^"]+)"|\(([^)]+)\))/g)];
      // A line that names none goes on where the one before ended.
      if (named.length > 0)
        of = named.flatMap(([, one, many]) => one ?? (many?.match(/[\w-]+/g) ?? []).filter((word) => word !== "OR"));
      const real = of.filter((name) => !name.startsWith("{"));
      expect(real.filter((name) => !functionNames.includes(name as FunctionName))).toStrictEqual([]);
      const code = real.length > 0 ? real.map(codeOf).join("\n") : allCode();
      const fields = [...line.matchAll(/jsonPayload\.(\w+)/g)].map(([, field = ""]) => field);
      expect(fields.filter((field) => !hasField(code, field))).toStrictEqual([]);
      const outcomes = [...line.matchAll(/outcome(?:=|!~|=~)(?:"([^"]+)"|\(([^)]+)\))/g)].flatMap(
        ([, one = "", many = ""]) => `${one} ${many}`.match(/[\w-]+/g)?.filter((word) => word !== "OR") ?? [],
      );
      expect(outcomes.filter((outcome) => !says(code, outcome))).toStrictEqual([]);
    }
  });

  test.each(functionNames)("%s's runbook explains every outcome that counts as success", (name) => {
    const text = textOf(`${folder}/${name}.md`);
    const { trigger }: FunctionRow = manifest[name];
    const told = trigger.type === "http" ? [] : watches[name].success;
    expect(told.filter((outcome) => !new RegExp(`[\`: "]${outcome}[\`"、。,;]`).test(text))).toStrictEqual([]);
  });
});

describe("commands in runbooks", () => {
  test.each(pages)("of %s name service accounts that there are", (file) => {
    const named = [...textOf(file).matchAll(/(hikae-[a-z-]+)@\{project\}/g)].map(([, account = ""]) => account);
    expect(Object.keys(infrastructure().accounts)).toEqual(expect.arrayContaining(named));
  });

  test.each(pages)("of %s name regions and subscriptions that there are", (file) => {
    const text = textOf(file);
    const regions: string[] = sites.map((site) => locations[site].region);
    const named = [...text.matchAll(/(?:region|location)=([\w-]+)/g)].map(([, region = ""]) => region);
    expect(named.filter((region) => !regions.includes(region))).toStrictEqual([]);
    const deployed = sites.flatMap((site) => functionsOn(site).map((name) => `${name}-${site}`));
    const subscriptions = [...text.matchAll(/pubsub subscriptions \w+ ([\w-]+)/g)].map(([, id = ""]) => id);
    expect(subscriptions.filter((id) => ![...deployed, topics.deadLetters].includes(id))).toStrictEqual([]);
  });
});
