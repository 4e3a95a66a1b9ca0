import { GeoPoint, Timestamp, VectorValue } from "@google-cloud/firestore";
import { describe, expect, test } from "vitest";
import { type DemoDocument, DocumentPath, type Fields, type Value } from "../../local/demo-data/values.ts";
import { demoTenants, documentsOf, siteDocumentsOf } from "../../local/demo-data.ts";
import { kindsWith } from "../../shared/catalogue.ts";
import { type BackupLevels, officeLevel, resolveBucket, unitLevel } from "../../shared/domain/backup/settings.ts";
import { readNumber } from "../../shared/domain/numbers.ts";
import { callerFault, planFaults, readPlan } from "../../shared/domain/plan.ts";
import { compareVersions, tenantProfile } from "../../shared/domain/tenant.ts";

const tenants = demoTenants();
const small = (id: string) => [...documentsOf({ id }, { documents: 500 })];
const kindAt = (path: string) => path.split("/")[2] ?? "";

/** Every value below these fields, maps and arrays entered. */
function* valuesIn(value: Value): Generator<Value> {
  yield value;
  if (Array.isArray(value)) for (const item of value) yield* valuesIn(item);
  else if (typeName(value) === "map") for (const item of Object.values(value as Fields)) yield* valuesIn(item);
}

const classes = {
  timestamp: Timestamp,
  bytes: Uint8Array,
  reference: DocumentPath,
  geopoint: GeoPoint,
  vector: VectorValue,
};

function typeName(value: Value): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isSafeInteger(value) && !Object.is(value, -0) ? "int64" : "double";
  if (typeof value === "bigint") return "int64";
  if (typeof value !== "object") return typeof value;
  return Object.entries(classes).find(([, type]) => value instanceof type)?.[0] ?? "map";
}

/** The size by Firestore's published rules, near enough: names and values, without indexes. */
function sizeOf(value: Value): number {
  const flat: Record<string, number> = { null: 1, boolean: 1, int64: 8, double: 8, timestamp: 8, geopoint: 16 };
  if (typeof value === "string") return Buffer.byteLength(value) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof DocumentPath) return value.path.length + 16;
  if (value instanceof VectorValue) return value.toArray().length * 8;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sizeOf(item), 0);
  const known = flat[typeName(value)];
  if (known !== undefined) return known;
  return Object.entries(value as Fields).reduce((sum, [name, item]) => sum + sizeOf(name) + sizeOf(item), 32);
}

const references = (documents: DemoDocument[]) =>
  documents.flatMap(({ data }) => [...valuesIn(data)].filter((value) => value instanceof DocumentPath));

describe("demoTenants", () => {
  test("gives a tenant on each side of the version gates, each with the DR option", () => {
    expect(tenants.map(({ id, profiles }) => [id, profiles.primary.platformVersion])).toEqual([
      ["acme", "3.9.0"],
      ["hinode", "3.8.2"],
      ["sakura", "3.7.1"],
    ]);
    for (const { profiles } of tenants) {
      expect(tenantProfile.parse(profiles.primary).options.dr).toBe(true);
      expect(compareVersions(profiles.primary.platformVersion, profiles.secondary.platformVersion)).toBe(0);
      expect(profiles.primary.host).not.toBe(profiles.secondary.host);
    }
  });

  test("gives an address to the one tenant whose version shows it (R16)", () => {
    expect(tenants.filter(({ profiles }) => profiles.primary.ipAddress).map(({ id }) => id)).toEqual(["sakura"]);
  });
});

describe("documentsOf", () => {
  test("gives the same documents each time", () => {
    expect(small("acme")).toEqual(small("acme"));
    expect(small("acme")).not.toEqual(small("hinode"));
  });

  test.each(tenants)("gives $id exactly its $documents documents, no path twice, of every realtime kind", (tenant) => {
    const paths = [...documentsOf(tenant, tenant)].map(({ path }) => path);
    expect(paths).toHaveLength(tenant.documents);
    expect(new Set(paths).size).toBe(tenant.documents);
    expect(new Set(paths.map(kindAt))).toEqual(new Set(kindsWith("realtime")));
  });

  test("refuses a number that cannot hold every kind", () => {
    expect(() => [...documentsOf({ id: "acme" }, { documents: 100 })]).toThrow(RangeError);
  });

  test.each(tenants)("refers, for $id, only to documents that are there", (tenant) => {
    const documents = [...documentsOf(tenant, tenant)];
    const paths = new Set(documents.map(({ path }) => path));
    expect(references(documents).filter(({ path }) => !paths.has(path))).toEqual([]);
  });

  test("has sub-collections three deep", () => {
    const depths = small("acme").map(({ path }) =>
      path
        .split("/")
        .slice(2)
        .filter((_, at) => at % 2 === 0)
        .join("/"),
    );
    expect(depths).toEqual(expect.arrayContaining(["accounts/devices/registrations", "callFlows/nodes/edges"]));
  });

  test("has every Firestore value type, with the values that copies most often spoil (R4)", () => {
    const values = small("acme").flatMap(({ data }) => [...valuesIn(data)]);
    const types = ["null", "boolean", "int64", "double", "timestamp", "string", "bytes", "reference", "geopoint"];
    expect(new Set(values.map(typeName))).toEqual(new Set([...types, "array", "map", "vector"]));
    expect(values).toEqual(
      expect.arrayContaining([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]),
    );
    expect(values).toEqual(expect.arrayContaining([9_007_199_254_740_993n, -(2n ** 63n), [], {}, new Uint8Array(0)]));
    expect(values.some((value) => value instanceof Timestamp && value.nanoseconds % 1_000_000 !== 0)).toBe(true);
    expect(values.some((value) => typeof value === "string" && /髙﨑/.test(value))).toBe(true);
    expect(values.some((value) => typeof value === "string" && /[ｱ-ﾝ]ﾞ/.test(value))).toBe(true);
  });

  test("makes documents of about 1 KB", () => {
    const sizes = small("acme").map(({ path, data }) => sizeOf(path) + sizeOf(data));
    const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(average).toBeGreaterThan(700);
    expect(average).toBeLessThan(1400);
  });

  test.each(tenants)("gives $id its three known members", ({ id, documents }) => {
    const found = new Map([...documentsOf({ id }, { documents })].map(({ path, data }) => [path, data]));
    const roles = { "company-admin": "companyAdmin", "office-admin": "officeAdmin", viewer: "viewer" };
    for (const [mailbox, role] of Object.entries(roles)) {
      const email = `${mailbox}@${id}.example`;
      expect(found.get(`tenants/${id}/members/${email}`)).toMatchObject({ email, role, language: "ja" });
    }
  });
});

describe("the switch-over plan", () => {
  test.each(tenants)("of $id would work on the secondary, and leaves a few phones out (R20, R22)", (tenant) => {
    const documents = [...documentsOf(tenant, tenant)];
    const ofKind = (kind: string) =>
      documents.filter(({ path }) => kindAt(path) === kind && path.split("/").length === 4);
    const below = (path: string) => path.split("/").slice(2).join("/");
    const numbers = new Map(
      ofKind("numbers").map(({ path, data }) => {
        const links = { destination: null, callCenter: null };
        const number = readNumber(below(path), { ...data, ...links });
        if (!number) throw new Error(`${path} cannot be understood`);
        return [number.e164, number];
      }),
    );
    const { plan } = readPlan(ofKind("switchoverPlans")[0]?.data);
    if (!plan) throw new Error("the plan cannot be understood");
    const phones = ofKind("phones");
    const ids = new Set(phones.map(({ path }) => path.split("/").at(-1) ?? ""));
    expect(planFaults(plan, { numbers, phones: ids })).toEqual([]);
    expect(Object.keys(plan.tollFree).length).toBeGreaterThan(0);

    const usable = new Set([...numbers.values()].filter((number) => !callerFault(number)).map(({ path }) => path));
    const left = phones.filter(({ path, data }) => {
      const shown = below((data.callerNumber as DocumentPath).path);
      return !usable.has(shown) && !Object.hasOwn(plan.phones, path.split("/").at(-1) ?? "");
    });
    expect(left.length).toBeLessThan(phones.length / 50);
    expect(left.length > 0).toBe(tenant.id === "acme");
  });
});

describe("recording backup", () => {
  test.each(tenants)("of $id is on, into buckets that are proved and claimed (R32, R34)", (tenant) => {
    const documents = new Map([...documentsOf(tenant, tenant)].map(({ path, data }) => [path, data]));
    const ofKind = (kind: string) => [...documents].filter(([path]) => kindAt(path) === kind);
    const setting = (level: string) => documents.get(`tenants/${tenant.id}/backupSettings/${level}`);
    const buckets = new Set(
      ofKind("callCenters").flatMap(([path, { office }]) => {
        const unit = setting(unitLevel({ type: "callCenter", id: path.split("/").at(-1) ?? "" }));
        const of = setting(officeLevel((office as DocumentPath).path.split("/").at(-1) ?? ""));
        const levels = { company: setting("company"), unit, ...(of ? { office: of } : {}) };
        const resolved = resolveBucket(levels as object as BackupLevels);
        return "bucket" in resolved ? [resolved.bucket] : [];
      }),
    );
    expect(buckets.size).toBe(tenant.id === "acme" ? 2 : 1);
    const claims = [...siteDocumentsOf(tenant, "secondary")].filter(({ path }) => path.startsWith("bucketClaims/"));
    expect(new Set(claims.map(({ data }) => data.bucket))).toEqual(buckets);
    for (const { data } of claims) {
      const bucket = documents.get(`tenants/${tenant.id}/backupBuckets/${data.bucket}`);
      expect([bucket?.access, bucket?.provedAt, data.tenant]).toEqual(["granted", data.provedAt, tenant.id]);
    }
  });
});

describe("call flows", () => {
  const documents = small("acme");
  const nodesOf = (flow: string) => documents.filter(({ path }) => path.startsWith(`${flow}/nodes/`));
  const flows = documents.filter(({ path }) => /\/callFlows\/[^/]+$/.test(path)).map(({ path }) => path);

  function edgesOf(flow: string): Map<string, string[]> {
    const edges = new Map<string, string[]>();
    for (const { path, data } of nodesOf(flow)) {
      const [node, edge] = path.split("/edges/");
      if (edge && node) edges.set(node, [...(edges.get(node) ?? []), (data.to as DocumentPath).path]);
    }
    return edges;
  }

  test.each(flows)("%s: every step can be reached from its entry, and some way leads back", (flow) => {
    const edges = edgesOf(flow);
    const reached = new Set<string>();
    let loops = 0;
    const visit = (node: string, above: string[]) => {
      if (above.includes(node)) loops++;
      if (reached.has(node)) return;
      reached.add(node);
      for (const next of edges.get(node) ?? []) visit(next, [...above, node]);
    };
    visit(`${flow}/nodes/start`, []);
    expect([...reached].sort()).toEqual(
      nodesOf(flow)
        .map(({ path }) => path)
        .filter((path) => !path.includes("/edges/"))
        .sort(),
    );
    expect(loops).toBeGreaterThan(0);
  });
});

describe("siteDocumentsOf", () => {
  test.each(tenants)("keeps for each site of $id its own root document and its own second factors", (tenant) => {
    const primary = [...siteDocumentsOf(tenant, "primary")];
    const secondary = [...siteDocumentsOf(tenant, "secondary")];
    expect(primary[0]).toEqual({ path: `tenants/${tenant.id}`, data: tenant.profiles.primary });
    expect(secondary[0]).toEqual({ path: `tenants/${tenant.id}`, data: tenant.profiles.secondary });
    const credentials = (documents: DemoDocument[]) =>
      documents.filter(({ path }) => kindAt(path) === "twoFactorCredentials");
    expect(credentials(primary).length).toBeGreaterThan(0);
    expect(credentials(secondary)[0]).not.toEqual(credentials(primary)[0]);
  });

  test.each(tenants)("has recordings of $id in the platform's bucket, of centres that are there (R42)", (tenant) => {
    const centres = new Set([...documentsOf(tenant, tenant)].map(({ path }) => path));
    const documents = [...siteDocumentsOf(tenant, "primary")].filter(({ path }) => kindAt(path) === "recordings");
    expect(documents).toHaveLength(20);
    for (const { path, data } of documents) {
      expect(path.endsWith(`/${data.recordingId}`) && data.object === `${tenant.id}/${data.recordingId}.mp3`).toBe(
        true,
      );
      expect(centres).toContain(`tenants/${tenant.id}/callCenters/${data.callCenter}`);
      expect(centres).toContain(`tenants/${tenant.id}/offices/${data.office}`);
    }
  });

  test("has histories and access rules on the primary only", () => {
    const [acme] = tenants;
    if (!acme) throw new Error("no tenant");
    const kinds = (site: "primary" | "secondary") =>
      new Set([...siteDocumentsOf(acme, site)].map(({ path }) => kindAt(path)));
    expect(kinds("primary")).toEqual(new Set(["", "twoFactorCredentials", "ipAccessRules", ...kindsWith("history")]));
    expect(kinds("secondary")).toEqual(new Set(["", "twoFactorCredentials"]));
  });
});
