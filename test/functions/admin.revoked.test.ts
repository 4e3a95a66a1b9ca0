import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Site } from "../../shared/domain/sites.ts";
import { eventually } from "../support/eventually.ts";
import { addMember, addOperator } from "../support/people.ts";
import { sharedStack, type TestStack } from "../support/stack.ts";
import { act, editsOf, enrol, standbyOf } from "../support/tenants.ts";

let stack: TestStack;
beforeAll(() => {
  stack = sharedStack();
});
afterAll(() => stack.close());

/** What a site answers to a token for the tenant's status. */
async function statusAt(site: Site, tenant: string, token: string): Promise<number> {
  const answer = await fetch(`${stack.description.sites[site].api}/v1/tenants/${tenant}/dr`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await answer.body?.cancel();
  return answer.status;
}

describe("a token that is still good", () => {
  test("a member who is taken away is a stranger with the next request, whatever the token says (R47)", async () => {
    const tenant = await enrol(stack);
    const email = await addMember(stack, tenant, "companyAdmin");
    const token = await stack.token(email);
    expect(await statusAt("primary", tenant, token)).toBe(200);
    expect(await statusAt("secondary", tenant, token)).toBe(200);

    await stack.databases.primary.doc(`tenants/${tenant}/members/${email}`).delete();
    expect(await statusAt("primary", tenant, token)).toBe(404);
    await eventually(async () => expect(await statusAt("secondary", tenant, token)).toBe(404));
  });

  test("a member who is taken away in Tokyo while the sync stands still keeps their rights in Osaka until taken away there (R47)", async () => {
    const tenant = await enrol(stack);
    const email = await addMember(stack, tenant, "companyAdmin");
    const token = await stack.token(email);
    await act(stack, tenant, "/dr/stop", { reason: "試験" });
    const path = `tenants/${tenant}/members/${email}`;
    await stack.databases.primary.doc(path).delete();
    expect(await statusAt("primary", tenant, token)).toBe(404);
    await stack.settled(tenant);
    expect(await statusAt("secondary", tenant, token)).toBe(200);

    await stack.databases.secondary.doc(path).delete();
    expect(await statusAt("secondary", tenant, token)).toBe(404);
    const noted = await eventually(async () => {
      const edits = await editsOf(stack, tenant);
      expect(edits).toHaveLength(1);
      return edits[0];
    });
    expect(noted).toMatchObject({ path: `members/${email}`, change: "deleted" });
    expect((await standbyOf(stack, tenant))?.stop?.reason).toBe("operator");
  });

  test("an operator who is taken away from a site is nobody there, and still one on the other (R47)", async () => {
    const tenant = await enrol(stack);
    const email = await addOperator(stack);
    const token = await stack.token(email);
    await stack.databases.secondary.doc(`operators/${email}`).delete();
    expect(await statusAt("secondary", tenant, token)).toBe(404);
    expect(await statusAt("primary", tenant, token)).toBe(200);
  });
});
