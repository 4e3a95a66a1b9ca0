import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeRoutes } from "../../shared/domain/api/openapi.ts";
import { routes } from "../../shared/domain/api/routes.ts";
import { sites } from "../../shared/domain/sites.ts";
import { addMember, addOperator, newEmail } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { actAndWait, enrol } from "../support/tenants.ts";

const stack = sharedStack();
afterAll(() => stack.close());

type Described = {
  description: string;
  parameters: { name?: string; in?: string; schema: { enum?: string[]; pattern?: string } }[];
};
type Row = Described & { method: string; path: string };
const rows = Object.entries(describeRoutes(routes).paths as Record<string, Record<string, Described>>).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, described]): Row => ({ ...described, method: method.toUpperCase(), path })),
);

const roles = ["operator", "companyAdmin", "officeAdmin", "viewer"] as const;
const callers = [...roles, "companyAdminElsewhere", "viewerElsewhere", "nobody", "withoutToken"] as const;
type Caller = (typeof callers)[number];

let tenant: string;
let operation: string;
const emails = new Map<Caller, string>();

beforeAll(async () => {
  const [own, other] = await Promise.all([enrol(stack), enrol(stack)]);
  tenant = own;
  const added = await Promise.all([
    addOperator(stack).then((email) => ["operator", email] as const),
    ...(["companyAdmin", "officeAdmin", "viewer"] as const).map(async (role) => {
      return [role, await addMember(stack, own, role, ["tokyo"])] as const;
    }),
    addMember(stack, other, "companyAdmin").then((email) => ["companyAdminElsewhere", email] as const),
    addMember(stack, other, "viewer", ["tokyo"]).then((email) => ["viewerElsewhere", email] as const),
  ]);
  for (const [caller, email] of [...added, ["nobody", newEmail("nobody")] as const]) emails.set(caller, email);
  ({ id: operation } = await actAndWait(stack, tenant, "/dr/reconcile", {}));
});

/** The path with a value in each place: the tenant's own things where the route's tenant depends on them. */
function filled({ path, parameters }: Row): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === "tenant") return tenant;
    if (path.startsWith("/v1/operations/")) return operation;
    const schema = parameters.find((parameter) => parameter.in === "path" && parameter.name === name)?.schema;
    const values = [...(schema?.enum ?? []), "tokyo", "x".repeat(22)];
    return values.find((value) => schema?.pattern === undefined || new RegExp(schema.pattern, "u").test(value)) ?? name;
  });
}

/**
 * The answer to a request that is in order but for its body and its key, which are looked at after the right to send it.
 * That an office administrator reaches beyond the own offices is the act's to say, and no matter of the role.
 */
async function statusFor(site: (typeof sites)[number], row: Row, caller: Caller, method = row.method): Promise<number> {
  const email = emails.get(caller);
  const answer = await fetch(`${stack.description.sites[site].api}${filled(row)}`, {
    method,
    headers: {
      ...(email === undefined ? {} : { authorization: `Bearer ${await stack.token(email)}` }),
      ...(method === "GET" ? {} : { "content-type": "application/json" }),
    },
    ...(method === "GET" ? {} : { body: "[]" }),
  });
  const { detail } = answer.status === 403 ? ((await answer.json()) as { detail: string }) : { detail: "" };
  if (answer.status !== 403) await answer.body?.cancel();
  return caller === "officeAdmin" && detail !== "" && !detail.includes("role") ? 200 : answer.status;
}

/** `refused` statuses are exact; `passed` is any but those that speak of the caller. */
function expected({ description, path }: Row, caller: Caller): number | "passed" {
  if (description === "Needs no token.") return "passed";
  if (caller === "withoutToken") return 401;
  if (description === "For everybody who is signed in.") return "passed";
  const allowed = description.slice("For ".length, -1).split(", ");
  if (allowed.includes(caller)) return "passed";
  const isOfTenant = path.includes("{tenant}") || path.startsWith("/v1/operations/");
  const isKnown = (roles as readonly string[]).includes(caller);
  return isOfTenant && !isKnown ? 404 : 403;
}

describe("every route of the API, from either site", () => {
  test("names who may use it, in words that this test understands (R47)", () => {
    const known =
      /^(Needs no token|For everybody who is signed in|For (operator|companyAdmin|officeAdmin|viewer)(, \w+)*)\.$/;
    expect(rows.filter(({ description }) => !known.test(description))).toStrictEqual([]);
    expect(rows.length).toBeGreaterThan(60);
  });

  test.each(rows)("$method $path admits those it names, and nobody else (R46, R47)", async (row) => {
    for (const site of sites) {
      const found = await Promise.all(
        callers.map(async (caller) => {
          const status = await statusFor(site, row, caller);
          const wanted = expected(row, caller);
          const isRight = wanted === "passed" ? ![401, 403, 405].includes(status) && status < 500 : status === wanted;
          return isRight ? [] : [{ site, caller, wanted, status }];
        }),
      );
      expect(found.flat()).toStrictEqual([]);
    }
  });

  test("takes no method but its own (R46)", async () => {
    const paths = [...new Set(rows.map(({ path }) => path))];
    const wrong = await Promise.all(
      paths.flatMap((path) => {
        const own = rows.filter((row) => row.path === path);
        const [row] = own as [Row];
        return ["POST", "PUT", "PATCH", "DELETE"]
          .filter((method) => own.every((one) => one.method !== method))
          .map(async (method) => {
            const status = await statusFor("secondary", row, "operator", method);
            return status === 405 ? [] : [{ method, path, status }];
          });
      }),
    );
    expect(wrong.flat()).toStrictEqual([]);
  });
});
