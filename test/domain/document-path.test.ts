import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentRoot, ledgerKey, placeOf } from "../../shared/domain/document-path.ts";

const root = documentRoot("p", "tokyo");

describe("placeOf", () => {
  test("gives the tenant, the kind and the path below the tenant", () => {
    expect(placeOf(`${root}tenants/acme/phones/1`, root)).toStrictEqual({
      tenant: "acme",
      kind: "phones",
      path: "phones/1",
    });
    expect(placeOf(`${root}tenants/acme/callFlows/a/steps/b/notes/c`, root)).toStrictEqual({
      tenant: "acme",
      kind: "callFlows",
      path: "callFlows/a/steps/b/notes/c",
    });
  });

  test("gives only the tenant for a tenant's own document", () => {
    expect(placeOf(`${root}tenants/acme`, root)).toStrictEqual({ tenant: "acme" });
  });

  test.each([
    "",
    `${root}operators/x`,
    `${root}tenants`,
    `${root}tenantsOf/acme/phones/1`,
    `${root}standbys/acme/ledger/tenants/acme`,
    `${documentRoot("p", "tokyo2")}tenants/acme/phones/1`,
    `${documentRoot("q", "tokyo")}tenants/acme/phones/1`,
    `x${root}tenants/acme/phones/1`,
  ])("knows no place for %j", (name) => expect(placeOf(name, root)).toBeUndefined());

  test("keeps ids of every allowed character as they are", () => {
    const id = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("/"));
    fc.assert(
      fc.property(id, id, (document, deep) => {
        const path = `phones/${document}/parts/${deep}`;
        expect(placeOf(`${root}tenants/acme/${path}`, root)).toStrictEqual({ tenant: "acme", kind: "phones", path });
      }),
    );
  });
});

describe("ledgerKey", () => {
  test("is a short id for a path of any length, always the same, and another for another path", () => {
    const long = `phones/${"電".repeat(500)}/parts/${"x".repeat(1500)}`;
    expect(ledgerKey(long)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(ledgerKey(long)).toBe(ledgerKey(`${long}`));
    expect(ledgerKey(long)).not.toBe(ledgerKey(`${long}x`));
  });
});
