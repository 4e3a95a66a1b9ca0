import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ListQuery, listNames } from "../../local/storage/list.ts";
import { byUtf8, SortedNames } from "../../local/storage/names.ts";
import { startTestStorage, type TestStorage } from "../support/storage.ts";

const wellFormed = fc.string({
  unit: fc.constantFrom("a", "b", "/", "~", "あ", "ﬁ", "😀", "\u{10ffff}"),
  minLength: 1,
  maxLength: 6,
});
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const whole: ListQuery = {
  prefix: "",
  delimiter: "",
  startOffset: "",
  endOffset: undefined,
  maxResults: 1000,
  pageToken: undefined,
};

/** All pages of a listing, one after the other. */
function everyPage(names: SortedNames, query: ListQuery) {
  const found = { items: [] as string[], prefixes: [] as string[], sizes: [] as number[] };
  let pageToken: string | undefined;
  do {
    const page = listNames(names, { ...query, pageToken });
    found.items.push(...page.items);
    found.prefixes.push(...page.prefixes);
    found.sizes.push(page.items.length + page.prefixes.length);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

/** The same, written down as it is defined. */
function expectedPages(names: Iterable<string>, { prefix, delimiter, startOffset, endOffset }: ListQuery) {
  const listed = [...names]
    .filter((name) => name.startsWith(prefix) && byBytes(name, startOffset) >= 0)
    .filter((name) => endOffset === undefined || byBytes(name, endOffset) < 0)
    .sort(byBytes);
  const group = (name: string) => {
    const at = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : name.slice(0, at + delimiter.length);
  };
  const prefixes = new Set(listed.flatMap((name) => group(name) ?? []));
  return { items: listed.filter((name) => group(name) === undefined), prefixes: [...prefixes] };
}

describe("SortedNames", () => {
  test("keeps names in the order of their UTF-8 bytes through any adding and removing", () => {
    const step = fc.record({ name: wellFormed, add: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const names = new SortedNames();
        const model = new Set<string>();
        for (const { name, add } of steps) {
          if (add && !model.has(name)) names.add(name);
          if (!add && model.has(name)) names.remove(name);
          if (add) model.add(name);
          else model.delete(name);
        }
        expect([...names.from(() => false)]).toStrictEqual([...model].sort(byBytes));
      }),
    );
  });

  test("stays in order with 20,000 names, from which every other is removed again", () => {
    const names = new SortedNames();
    const all = Array.from({ length: 20_000 }, (_, at) => `${(at * 7919) % 20_000}`);
    for (const name of all) names.add(name);
    for (const name of all.slice(0, 10_000)) names.remove(name);
    const left = all.slice(10_000).sort(byBytes);
    expect([...names.from(() => false)]).toStrictEqual(left);
    expect([...names.from((name) => byUtf8(name, "5") < 0)]).toStrictEqual(
      left.filter((name) => byBytes(name, "5") >= 0),
    );
  });
});

describe("listNames", () => {
  test("gives each name or group once, in pages of any size", () => {
    const query = fc.record({
      prefix: fc.oneof(fc.constant(""), wellFormed),
      delimiter: fc.constantFrom("", "/", "あ"),
      startOffset: fc.oneof(fc.constant(""), wellFormed),
      endOffset: fc.option(wellFormed, { nil: undefined }),
      maxResults: fc.integer({ min: 1, max: 8 }),
      pageToken: fc.constant(undefined),
    });
    fc.assert(
      fc.property(fc.uniqueArray(wellFormed, { maxLength: 40 }), query, (all, asked) => {
        const names = new SortedNames();
        for (const name of all) names.add(name);
        // A group that begins before the first offset is listed for the names behind it.
        const { sizes, ...found } = everyPage(names, asked);
        expect(found).toStrictEqual(expectedPages(all, asked));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(asked.maxResults);
      }),
      { numRuns: 500 },
    );
  });

  test("finds a page among 100,000 names without walking through the others", () => {
    const names = new SortedNames();
    for (let at = 0; at < 100_000; at += 1) names.add(`${at % 100}/${at}`);
    let touched = 0;
    const counted = Object.create(names) as SortedNames;
    counted.from = (before) => {
      touched += 1;
      return names.from(before);
    };
    expect(listNames(counted, { ...whole, delimiter: "/" }).prefixes).toHaveLength(100);
    expect(touched).toBe(101);
    expect(listNames(names, { ...whole, prefix: "42/", maxResults: 3 }).items).toStrictEqual([
      "42/10042",
      "42/10142",
      "42/10242",
    ]);
  });
});

describe("a bucket's listing", () => {
  let storage: TestStorage;
  beforeAll(async () => {
    storage = await startTestStorage();
  });
  afterAll(() => storage.close());

  test("has no checksums where the bucket has a key of its own; one object's metadata have them", async () => {
    const bucket = storage.client.bucket("with-a-key");
    await bucket.create();
    await bucket.file("a").save("a");
    const listed = async () =>
      (await bucket.getFiles())[0].map(({ metadata: { crc32c, md5Hash } }) => [crc32c, md5Hash]);
    const { crc32c, md5Hash } = (await bucket.file("a").getMetadata())[0];
    expect(await listed()).toStrictEqual([[crc32c, md5Hash]]);
    await bucket.setMetadata({ encryption: { defaultKmsKeyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k" } });
    expect(await listed()).toStrictEqual([[undefined, undefined]]);
    expect((await bucket.file("a").getMetadata())[0]).toMatchObject({ crc32c, md5Hash });
  });

  test("comes in pages, in order, with prefixes and offsets, as the client asks", async () => {
    const bucket = storage.client.bucket(storage.buckets.primary);
    const names = ["a/1", "a/2", "a/b/3", "b", "ﬁ", "😀"];
    await Promise.all([...names].reverse().map((name) => bucket.file(name).save(name)));
    const listed = async (query: object) => (await bucket.getFiles(query))[0].map(({ name }) => name);
    expect(await listed({})).toStrictEqual(names);
    expect(await listed({ startOffset: "a/2", endOffset: "ﬁ" })).toStrictEqual(["a/2", "a/b/3", "b"]);
    const [, next, first] = await bucket.getFiles({ prefix: "a/", delimiter: "/", maxResults: 2, autoPaginate: false });
    const [, none, second] = await bucket.getFiles(next as object);
    expect([(first as { items: unknown[] }).items.length, none]).toStrictEqual([2, null]);
    expect(second).toMatchObject({ prefixes: ["a/b/"] });
    expect(await listed({ prefix: "nothing" })).toStrictEqual([]);
  });

  test("has only the fields that are asked for", async () => {
    await storage.client
      .bucket(storage.buckets.secondary)
      .file("x")
      .save("x", { metadata: { metadata: { a: "1", b: "2" } } });
    const url = `${storage.url}/storage/v1/b/${storage.buckets.secondary}/o?fields=items(name,metadata/a),nextPageToken`;
    expect(await (await fetch(url)).json()).toStrictEqual({ items: [{ name: "x", metadata: { a: "1" } }] });
    expect((await fetch(`${url}(`)).status).toBe(400);
  });
});
