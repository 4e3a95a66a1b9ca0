import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { kindsWith } from "../../shared/catalogue.ts";
import { routesOf } from "../../shared/domain/api/routes.ts";
import { diffCsv } from "../../shared/domain/failback-diff-csv.ts";
import { locations } from "../../shared/domain/sites.ts";
import type { DiffRow } from "../../shared/domain/three-way.ts";
import { planRoot } from "../support/planned.ts";
import { textOf } from "../support/repository.ts";

const procedure = (name: string) => textOf(`infra/runbooks/procedures/${name}.md`);

/** The shell functions that a procedure gives, as they are typed in on the day. */
const functionsOf = (name: string) =>
  procedure(name)
    .match(/^\w+\(\)(?:.*\n)+?(?=\w+\(\)|```)/gm)
    ?.join("") ?? "";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hikae-procedure-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shell = (script: string) =>
  spawnSync("bash", ["-s"], { cwd: folder, input: script, encoding: "utf8" }).stdout.trim();

describe("activate-all-tenants", () => {
  test("sends every request to the function that serves it, at its own address too (R19, R24, R26)", () => {
    const names = Object.keys(routesOf) as (keyof typeof routesOf)[];
    const addresses = names.map((name) => `OSAKA_${name.toUpperCase()}=https://${name}.example`).join(" ");
    const wanted = names.flatMap((name) =>
      routesOf[name].map(({ method, path }) => {
        const query = method === "GET" ? "?a=b" : "";
        return `https://${name}.example${path.replaceAll(/\{\w+\}/g, "x")}${query}`;
      }),
    );
    const asked = wanted.map((url) => `at '${url.slice(url.indexOf("/v1"))}'`).join("\n");
    const answers = shell(`${addresses}\n${functionsOf("activate-all-tenants")}${asked}`);
    expect(answers.split("\n")).toStrictEqual(wanted);
  });
});

describe("the operators' token", () => {
  const command = procedure("activate-all-tenants").match(/^SIGN=.*\nTOKEN=.*$/m)?.[0] ?? "";

  /** What becomes of the command where Google answers so; what was asked stands in the file `asked`. */
  const answered = (answer: string) => {
    const google = `gcloud() { echo "access $*"; }; curl() { printf '%s\\n' "$@" > asked; cat answer; }`;
    writeFileSync(join(folder, "answer"), answer);
    return shell(`${google}\n${command}\necho "$TOKEN"`);
  };

  test("is asked for by the one right that whoever is on call has (R46)", () => {
    const accounts = textOf("infra/foundation/accounts.tf");
    expect(accounts).toContain('"roles/iam.serviceAccountOpenIdTokenCreator"');
    expect(answered('{\n  "token": "a.b-_.c"\n}\n')).toBe("a.b-_.c");
    const asked = readFileSync(join(folder, "asked"), "utf8");
    expect(asked).toContain("/serviceAccounts/hikae-operator@{project}.iam.gserviceaccount.com:generateIdToken\n");
    expect(asked).toContain("Authorization: Bearer access auth print-access-token\n");
    expect(asked).toContain('{"audience":"{oidc.audience}","includeEmail":true}');
    expect(answered('{"token":"a.b.c"}')).toBe("a.b.c");
  });

  test("is empty where Google refuses it", () => {
    expect(answered('{\n  "error": { "code": 403, "status": "PERMISSION_DENIED" }\n}\n')).toBe("");
  });
});

describe("region-lost-for-good", () => {
  const row = (path: string, fault?: DiffRow["fault"]): DiffRow => ({
    ...{ path, kind: path.split("/")[0] ?? "", primary: "deleted", secondary: "none", conflict: false },
    ...{ ...(fault ? { fault } : {}), fields: [{ field: "name", base: 'a "b"', secondary: "1/2/3" }] },
  });

  /** What is printed of tenants with these differences. */
  async function printed(tenants: Record<string, DiffRow[]>, then: string): Promise<string> {
    for (const [tenant, rows] of Object.entries(tenants)) {
      const portions = (async function* () {
        yield { rows };
      })();
      for await (const piece of diffCsv(portions)) appendFileSync(join(folder, `${tenant}.answer`), piece);
    }
    const get = 'get() { cat "$(echo "$1" | cut -d/ -f4).answer"; }';
    const names = Object.keys(tenants).join(" ");
    return shell(`${functionsOf("region-lost-for-good")}${get}\nTENANTS="${names}"\ndifferences\n${then}`);
  }

  test("exports the collections of every tenant's documents, sub-collections of any depth too (R2)", async () => {
    const tenants = {
      acme: [row("phones/1001"), row("phones/1001/lines/2/keys/3")],
      hinode: [row("queues/1/phones/1001")],
    };
    expect(await printed(tenants, "ids")).toBe("keys,lines,phones,queues");
  });

  test("shows each document that the fail back would take from the only copy, and no other (R24)", async () => {
    const tenants = { acme: [row("phones/1/lines/2", "notEdited")], hinode: [row("queues/1", "sameOnBoth")] };
    expect((await printed(tenants, "unlike")).split("\n")).toStrictEqual([expect.stringContaining("phones/1/lines/2")]);
  });

  test("shows nothing where both sites are the same (R24)", async () => {
    expect(await printed({ acme: [], hinode: [row("queues/1", "sameOnBoth")] }, "unlike")).toBe("");
  });

  test("takes a refusal for no answer, never for no difference (R24)", async () => {
    writeFileSync(join(folder, "acme.answer"), '{"code":"unavailable"}');
    expect(await printed({}, "TENANTS=acme; differences; unlike")).toContain("unavailable");
    expect(await printed({}, "TENANTS=other; differences; unlike")).toContain("failed");
  });

  test("brings back the rules of access as well, which no difference shows (R13)", () => {
    expect(kindsWith("realtime")).not.toContain("ipAccessRules");
    expect(procedure("region-lost-for-good").match(/,ipAccessRules,operators/g)).toHaveLength(2);
  });

  test.each(["primary", "crossing"] as const)("forgets all of %s that lay in the lost region", async (root) => {
    const [, pattern = ""] = /grep -E '([^']+)'/.exec(functionsOf("region-lost-for-good")) ?? [];
    const lost = (value: unknown) => value === locations.primary.region;
    const resources = await planRoot(root);
    const there = resources.filter(({ values: { location, region, location_id } }) =>
      [location, region, location_id].some(lost),
    );
    expect(there.length).toBeGreaterThan(0);
    expect(there.filter(({ address }) => !new RegExp(pattern).test(address))).toStrictEqual([]);
    // Their messages are kept in both regions, and are delivered to the new site.
    const kept = resources.filter(({ type }) => type === "google_pubsub_subscription");
    expect(kept.filter(({ address }) => new RegExp(pattern).test(address))).toStrictEqual([]);
  });
});
