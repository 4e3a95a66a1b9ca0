import { describe, expect, test } from "vitest";
import { type LockFile, lockedFor } from "../../infra/lock-file.ts";

describe("lockedFor", () => {
  const lock = (packages: LockFile["packages"]): LockFile => ({ lockfileVersion: 3, packages });

  test("takes what is beside a package before what lies further out", () => {
    const packages = {
      "node_modules/a": { dependencies: { b: "1" } },
      "node_modules/a/node_modules/b": { dependencies: { c: "1" } },
      "node_modules/b": {},
      "node_modules/c": { dependencies: { b: "2" } },
      "node_modules/d": {},
    };
    const places = Object.keys(lockedFor(lock(packages), ["a"]));
    expect(places).toStrictEqual([
      "node_modules/a",
      "node_modules/a/node_modules/b",
      "node_modules/b",
      "node_modules/c",
    ]);
  });

  test("refuses a lock that lacks what is needed, but not what is optional", () => {
    const optional = { peerDependencies: { e: "1" }, peerDependenciesMeta: { e: { optional: true } } };
    const packages = { "node_modules/a": { ...optional, optionalDependencies: { b: "1" } } };
    expect(Object.keys(lockedFor(lock(packages), ["a"]))).toStrictEqual(["node_modules/a"]);
    expect(() => lockedFor(lock({ "node_modules/a": { dependencies: { b: "1" } } }), ["a"])).toThrow("needs b");
    expect(() => lockedFor(lock({}), ["a"])).toThrow("a is not locked");
  });
});
