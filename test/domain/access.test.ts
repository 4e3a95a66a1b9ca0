import { describe, expect, test } from "vitest";
import { type Act, acts, authorize, authorizeOperator, type CallerRole, permit } from "../../shared/domain/access.ts";
import type { Directory } from "../../shared/domain/ports.ts";
import { heartbeatTenant } from "../../shared/domain/tenant.ts";

const roles: CallerRole[] = ["operator", "companyAdmin", "officeAdmin", "viewer"];
const cells = Object.entries(acts).flatMap(([act, allowed]) =>
  roles.map((role) => ({ act: act as Act, role, allowed: (allowed as readonly CallerRole[]).includes(role) })),
);

/** One site's people: an operator, and one member of the tenant acme for each role. */
const directory: Pick<Directory, "isOperator" | "member"> = {
  isOperator: async (email) => email === "operator@hikae.example",
  member: async (tenant, email) => {
    const role = roles.find((name) => email === `${name}@acme.example`);
    return tenant === "acme" && role && role !== "operator" ? { email, role, offices: [] } : undefined;
  },
};
const emailOf = (role: CallerRole) => (role === "operator" ? "operator@hikae.example" : `${role}@acme.example`);

describe("authorize", () => {
  test.each(cells)("$act by $role: $allowed (R47)", async ({ act, role, allowed }) => {
    const decision = authorize(directory, emailOf(role), act, "acme");
    if (allowed) await expect(decision).resolves.toEqual([role]);
    else await expect(decision).rejects.toMatchObject({ code: "forbidden" });
  });

  test.each([
    ["activate", "operator companyAdmin"],
    ["purge", "operator companyAdmin"],
    ["resume", "operator"],
    ["stopSync", "operator"],
    ["bulkActivate", "operator"],
    ["editCompanyBackup", "companyAdmin"],
    ["editOfficeBackup", "companyAdmin officeAdmin"],
    ["handleFailedBackups", "operator companyAdmin officeAdmin"],
    ["readAudit", "operator companyAdmin officeAdmin viewer"],
  ] as const)("%s is for %s (R47)", (act, allowed) => {
    expect(acts[act].join(" ")).toBe(allowed);
  });

  test("answers for another's tenant as for one that does not exist (R47)", async () => {
    const [foreign, missing] = await Promise.all(
      ["globex", "no-such-tenant"].map((tenant) =>
        authorize(directory, "companyAdmin@acme.example", "readStatus", tenant).catch((error) => error),
      ),
    );
    expect(foreign).toMatchObject({ code: "not-found" });
    expect({ ...foreign, message: foreign.message }).toEqual({ ...missing, message: missing.message });
  });

  test("shows the heartbeat's tenant to nobody", async () => {
    const asked = authorize(directory, "operator@hikae.example", "readStatus", heartbeatTenant);
    await expect(asked).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("authorizeOperator", () => {
  test.each(roles)("permits what concerns no one tenant to operators only: %s (R47)", async (role) => {
    const decision = authorizeOperator(directory, emailOf(role), "runSchedule");
    if (role === "operator") await expect(decision).resolves.toEqual(["operator"]);
    else await expect(decision).rejects.toMatchObject({ code: "forbidden" });
  });

  test("permits an operator nothing that is not an operator's (R47)", async () => {
    const decision = authorizeOperator(directory, emailOf("operator"), "editCompanyBackup");
    await expect(decision).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("permit", () => {
  test("lets the stronger of two roles decide", () => {
    expect(() => permit(["viewer", "operator"], "stopSync")).not.toThrow();
  });
});
