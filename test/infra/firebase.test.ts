import { existsSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type FunctionRow, manifest } from "../../functions/manifest.ts";
import { placeOf } from "../../infra/names.ts";
import { routesOf } from "../../shared/domain/api/routes.ts";
import { locations, sites } from "../../shared/domain/sites.ts";
import { firebaseFile } from "../support/firebase-file.ts";
import { textOf } from "../support/repository.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const parsed = JSON.parse(textOf("firebase.json"));
const file = firebaseFile.parse(parsed);

test("firebase.json holds nothing but fields of Firebase's reference", () => {
  expect(firebaseFile.safeParse({ ...parsed, hostings: [] }).success).toBe(false);
  const [hosting] = parsed.hosting;
  expect(firebaseFile.safeParse({ ...parsed, hosting: [{ ...hosting, rewrite: [] }] }).success).toBe(false);
});

describe("hosting", () => {
  test("is of both sites' consoles", () => {
    expect(file.hosting.map(({ target }) => target)).toStrictEqual([...sites]);
    expect(new Set(file.hosting.map((target) => target.public))).toStrictEqual(new Set(["console/dist"]));
  });

  const leads = file.hosting.flatMap(({ target, rewrites }) =>
    Object.entries(routesOf).flatMap(([name, routes]) =>
      routes.map(({ path }) => ({ target, name: name as keyof typeof routesOf, path, rewrites })),
    ),
  );

  test.each(leads)(
    "of the $target leads $path to the function that serves it, of its own site if it is there",
    (lead) => {
      const path = lead.path.replaceAll(/\{\w+\}/g, "some");
      const found = lead.rewrites.find(({ source }) => matches(path, source));
      const row: FunctionRow = manifest[lead.name];
      const site = row.sites.includes(lead.target) ? lead.target : "secondary";
      expect(found).toMatchObject({ function: { functionId: lead.name, region: locations[site].region } });
    },
  );

  test.each(file.hosting)(
    "of the $target shows the console for a page, and nothing for an asset that is gone",
    (target) => {
      const destination = (path: string) => target.rewrites.find(({ source }) => matches(path, source));
      expect(destination("/tenants/acme/status")).toMatchObject({ destination: "/index.html" });
      expect(destination("/assets/gone.js")).toBeUndefined();
    },
  );
});

/** As Hosting reads a pattern: with a `!` before it, it means every other path. */
function matches(path: string, source: string): boolean {
  return source.startsWith("!") ? !matchesGlob(path, source.slice(1)) : matchesGlob(path, source);
}

describe("firestore", () => {
  test("is both sites' databases, each with rules and indexes that are there", () => {
    expect(file.firestore.map(({ database }) => database)).toStrictEqual(sites.map((site) => placeOf(site).database));
    const missing = file.firestore.flatMap(({ rules, indexes }) =>
      [rules, indexes].filter((path) => !existsSync(join(root, path))),
    );
    expect(missing).toStrictEqual([]);
  });
});

describe("the Firebase CLI's emulators", () => {
  const { singleProjectMode: _, ...emulators } = file.emulators;

  test("listen on ports of their own", () => {
    const ports = Object.values(emulators).map(({ port }) => port);
    expect(new Set(ports).size).toBe(ports.length);
  });
});
