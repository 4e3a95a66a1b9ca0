import { describe, expect, test } from "vitest";
import { filesIn, textOf } from "../support/repository.ts";

const rules = textOf("infra/firestore/firestore.rules").replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
const { firestore } = JSON.parse(textOf("firebase.json")) as {
  firestore: { database: string; rules: string; indexes: string }[];
};

describe("firestore.rules", () => {
  test("permits nothing to anybody (R46)", () => {
    const allowed = [...rules.matchAll(/\ballow\b([^;]*);/g)].map(([, what = ""]) =>
      what.replaceAll(/\s+/g, " ").trim(),
    );
    expect(allowed).toStrictEqual(["read, write: if false"]);
  });

  test("is of the version in which a match holds for collections at any depth", () => {
    expect(rules.trim()).toMatch(/^rules_version = '2';/);
    expect([...rules.matchAll(/match (\S+)/g)].map(([, path]) => path)).toStrictEqual([
      "/databases/{database}/documents",
      "/{document=**}",
    ]);
  });
});

describe("firebase.json", () => {
  test("deploys the same rules to both databases, and to each its own indexes", () => {
    expect(firestore).toStrictEqual(
      ["tokyo", "osaka"].map((database) => ({
        database,
        rules: "infra/firestore/firestore.rules",
        indexes: `infra/firestore/${database}.indexes.json`,
      })),
    );
  });

  test("leaves no file of rules or indexes out", () => {
    const named = firestore.flatMap((each) => [each.rules, each.indexes]);
    const present = [...filesIn("infra/firestore", ".rules"), ...filesIn("infra/firestore", ".json")];
    expect(present.sort()).toStrictEqual([...new Set(named)].sort());
  });
});
