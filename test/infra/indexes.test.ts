import { Query } from "@google-cloud/firestore";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createApp } from "../../functions/app.ts";
import { catalogue, type KindName } from "../../shared/catalogue.ts";
import { retentions } from "../../shared/domain/retention.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { readConfig } from "../../shared/runtime/config.ts";
import { siteEnvironment } from "../support/deployed.ts";
import { askEverything } from "../support/every-query.ts";
import { automatic, type IndexFile, isServed } from "../support/index-rules.ts";
import { type QueryRecorder, type RecordedQuery, startQueryRecorder } from "../support/query-recorder.ts";
import { filesIn, textOf } from "../support/repository.ts";

const databases = { primary: "tokyo", secondary: "osaka" } as const;
const fileOf = (site: Site) => JSON.parse(textOf(`infra/firestore/${databases[site]}.indexes.json`)) as IndexFile;
const files = { primary: fileOf("primary"), secondary: fileOf("secondary") };

let recorder: QueryRecorder;
/** Each query once, by the database that it went to. */
const asked: Record<Site, RecordedQuery[]> = { primary: [], secondary: [] };
/** Where code narrows or orders a query, `file:line`, as far as it ran. */
const ran = new Set<string>();

beforeAll(async () => {
  recorder = await startQueryRecorder();
  for (const method of ["where", "orderBy"] as const) {
    const original = Query.prototype[method] as (...given: unknown[]) => Query;
    vi.spyOn(Query.prototype, method).mockImplementation(function observed(this: Query, ...given: unknown[]) {
      const [caller] = /shared\/stores\/[a-z-]+\.ts:\d+/.exec(new Error("where").stack ?? "") ?? [];
      if (caller) ran.add(caller);
      return original.apply(this, given);
    });
  }
  const appOf = (site: Site) => createApp(readConfig(siteEnvironment(site, recorder.address)));
  await askEverything({ primary: appOf("primary"), secondary: appOf("secondary") });
  for (const site of sites) {
    const own = recorder.queries.filter(({ database }) => database === databases[site]);
    asked[site] = [...new Map(own.map((query) => [JSON.stringify(query), query])).values()];
  }
}, 60_000);
afterAll(() => {
  vi.restoreAllMocks();
  recorder.stop();
});

describe.each(sites)("the indexes of the %s", (site) => {
  const file = files[site];
  const unserved = (given: IndexFile) => asked[site].filter((query) => !isServed(query, given));

  test("serve every query that the code asks", () => {
    expect(asked[site].length).toBeGreaterThan(80);
    expect(unserved(file)).toStrictEqual([]);
  });

  test("are all needed: without one of them some query is not served", () => {
    const needless = file.indexes.filter((index) => {
      return unserved({ ...file, indexes: file.indexes.filter((each) => each !== index) }).length === 0;
    });
    expect(needless).toStrictEqual([]);
  });

  test("of single fields are all needed, but those that every field has", () => {
    const needless = file.fieldOverrides.flatMap((override) =>
      override.indexes.flatMap((index) => {
        if (isPlatforms(override.collectionGroup) && index.queryScope === "COLLECTION") return [];
        const without = { ...override, indexes: override.indexes.filter((each) => each !== index) };
        const others = file.fieldOverrides.map((each) => (each === override ? without : each));
        const isNeedless = unserved({ ...file, fieldOverrides: others }).length === 0;
        return isNeedless ? [`${override.collectionGroup}.${override.fieldPath} ${JSON.stringify(index)}`] : [];
      }),
    );
    expect(needless).toStrictEqual([]);
  });

  test("leave the platform's own queries what they have without Hikae", () => {
    const narrowed = file.fieldOverrides.filter(({ collectionGroup, indexes }) => {
      const left = new Set(indexes.map((index) => JSON.stringify(index)));
      return isPlatforms(collectionGroup) && !automatic.every((index) => left.has(JSON.stringify(index)));
    });
    expect(narrowed).toStrictEqual([]);
  });

  test("name no index and no field twice", () => {
    const names = [
      ...file.indexes.map((index) => JSON.stringify(index)),
      ...file.fieldOverrides.map(({ collectionGroup, fieldPath }) => `${collectionGroup}.${fieldPath}`),
    ];
    expect(names).toHaveLength(new Set(names).size);
    // Firestore takes 200 of each for a database that is not billed, and as many overrides at most.
    expect(file.indexes.length).toBeLessThan(200);
    expect(file.fieldOverrides.length).toBeLessThan(200);
  });
});

describe("the list of queries", () => {
  test("has every place where code narrows or orders one", () => {
    const written = filesIn("shared")
      .concat(filesIn("functions"))
      .flatMap((file) =>
        textOf(file)
          .split("\n")
          .flatMap((line, index) => (/\.(where|orderBy)\(/.test(line) ? [`${file}:${index + 1}`] : [])),
      );
    expect(written.length).toBeGreaterThan(50);
    expect(written.filter((place) => !ran.has(place))).toStrictEqual([]);
  });

  test("has every collection that is searched at any depth", () => {
    const code = filesIn("shared/stores").map(textOf).join("\n");
    const grouped = [...code.matchAll(/collectionGroup\(\s*"(\w+)"/g)].map(([, name]) => name);
    const known = new Set(
      sites.flatMap((site) => asked[site].flatMap((each) => (each.group ? [each.collection] : []))),
    );
    expect(grouped.length).toBeGreaterThan(2);
    expect(grouped.filter((name) => !known.has(name ?? ""))).toStrictEqual([]);
  });
});

describe("the README", () => {
  test("gives the reason of each collection's indexes", () => {
    const readme = textOf("infra/firestore/README.md");
    const named = new Set([...readme.matchAll(/`(\w+)(?:\.[\w*]+)?`/g)].map(([, name]) => name));
    const collections = sites.flatMap((site) =>
      [...files[site].indexes, ...files[site].fieldOverrides].map(({ collectionGroup }) => collectionGroup),
    );
    expect([...new Set(collections)].filter((name) => !named.has(name))).toStrictEqual([]);
  });
});

describe("the TTL policies", () => {
  const expiring = retentions.map(({ collection }) => collection);
  const ttlOf = (site: Site) => files[site].fieldOverrides.filter(({ ttl }) => ttl);

  test("of the secondary are of all that says itself when it expires (R7)", () => {
    const fields = ttlOf("secondary").map(({ collectionGroup, fieldPath }) => `${collectionGroup}.${fieldPath}`);
    expect(fields.sort()).toStrictEqual(expiring.map((name) => `${name}.expireAt`).sort());
  });

  test("of the primary are of what is written there", () => {
    const fields = ttlOf("primary").map(({ collectionGroup, fieldPath }) => `${collectionGroup}.${fieldPath}`);
    expect(fields.sort()).toStrictEqual(["backupNotices.expireAt", "outbox.expireAt"]);
  });

  test("touch no kind of tenant data: a policy holds for collections of that name at any depth (R1)", () => {
    const names = sites.flatMap((site) => ttlOf(site).map(({ collectionGroup }) => collectionGroup));
    expect(names.filter((name) => Object.hasOwn(catalogue, name))).toStrictEqual([]);
  });
});

/** Whether a collection is the platform's as well, which queries it in its own ways. */
function isPlatforms(collection: string): boolean {
  const hikaes = new Set<string>(["recordingBackups", "backupBuckets"] satisfies KindName[]);
  return collection === "devices" || (Object.hasOwn(catalogue, collection) && !hikaes.has(collection));
}
