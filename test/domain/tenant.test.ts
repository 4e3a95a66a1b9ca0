import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Ability,
  compareVersions,
  permitsStandby,
  platformVersion,
  supports,
  tenantId,
  tenantProfile,
  versionGates,
} from "../../shared/domain/tenant.ts";

describe("compareVersions", () => {
  test("compares numbers, not text: 3.7.10 is after 3.7.9", () => {
    expect(compareVersions("3.7.10", "3.7.9")).toBeGreaterThan(0);
    expect(compareVersions("3.10.0", "3.9.9")).toBeGreaterThan(0);
    expect(compareVersions("10.0.0", "9.9.9")).toBeGreaterThan(0);
    expect(compareVersions("3.9.0", "3.9.0")).toBe(0);
  });

  test("orders versions as their three numbers are ordered", () => {
    const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20));
    fc.assert(
      fc.property(version, version, (a, b) => {
        const weight = ([x, y, z]: [number, number, number]) => (x * 21 + y) * 21 + z;
        expect(Math.sign(compareVersions(a.join("."), b.join(".")))).toBe(Math.sign(weight(a) - weight(b)));
      }),
    );
  });
});

describe("supports", () => {
  const gates: [Ability, string, string][] = [
    ["disasterRecovery", "3.6.9", "3.6.10"],
    ["statusPage", "3.6.99", "3.7.0"],
    ["reload", "3.7.9", "3.7.10"],
    ["activation", "3.8.99", "3.9.0"],
    ["purge", "3.8.99", "3.9.0"],
    ["consoleBadge", "3.8.99", "3.9.0"],
  ];
  test.each(gates)("%s not on %s, but from %s on (R16, R17)", (ability, before, from) => {
    expect(versionGates[ability]).toBe(from);
    expect(supports(before, ability)).toBe(false);
    expect(supports(from, ability)).toBe(true);
    expect(supports("4.0.0", ability)).toBe(true);
  });
});

describe("permitsStandby", () => {
  const profile = tenantProfile.parse({ name: "a", platformVersion: "3.6.10", options: { dr: true }, host: "h" });
  test("needs the DR option, a platform of 3.6.10 or later, and no outbound dialler (R17)", () => {
    expect(permitsStandby(profile)).toBe(true);
    expect(permitsStandby({ ...profile, options: { dr: false, outboundDialler: false } })).toBe(false);
    expect(permitsStandby({ ...profile, options: { dr: true, outboundDialler: true } })).toBe(false);
    expect(permitsStandby({ ...profile, platformVersion: "3.6.9" })).toBe(false);
  });
});

describe("schemas", () => {
  test("a profile without options has none, and is synchronised", () => {
    const profile = tenantProfile.parse({ name: "a", platformVersion: "3.9.0", host: "h", unknownField: 1 });
    expect(profile).toStrictEqual({
      name: "a",
      platformVersion: "3.9.0",
      host: "h",
      options: { dr: false, outboundDialler: false },
      syncEnabled: true,
    });
  });

  test.each(["3.9", "v3.9.0", "3.9.0-beta", "", "3.9.0\n"])("%j is no platform version", (version) => {
    expect(platformVersion.safeParse(version).success).toBe(false);
  });

  test.each(["a", "acme", "a-1", "x".repeat(63)])("%s is a tenant id", (id) => {
    expect(tenantId.safeParse(id).success).toBe(true);
  });
  test.each(["", "-a", "a-", "A", "a_b", "a/b", "a.b", "x".repeat(64), "電話", "a\n"])("%j is no tenant id", (id) => {
    expect(tenantId.safeParse(id).success).toBe(false);
  });
});
