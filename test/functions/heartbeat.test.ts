import { afterAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import { heartbeatTenant } from "../../shared/domain/tenant.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol } from "../support/tenants.ts";

const stack = sharedStack();
afterAll(() => stack.close());

async function asked(
  path: string,
): Promise<{ standby: { rpo: { status: string; seconds: number } }; items: { id: string }[] }> {
  const authorization = `Bearer ${await stack.token(people.operator.email)}`;
  const answer = await fetch(`${stack.description.sites.secondary.api}${path}`, { headers: { authorization } });
  return (await answer.json()) as Awaited<ReturnType<typeof asked>>;
}

describe("heartbeat", () => {
  test("travels to the secondary like any change, and the status reads in sync by it (R9)", async () => {
    const tenant = await enrol(stack);
    expect(await stack.runSchedule("primary", "heartbeat")).toBe(204);
    const beat = await stack.databases.primary.doc(`tenants/${heartbeatTenant}/heartbeats/primary`).get();
    await eventually(async () => {
      const arrived = await stack.databases.secondary.doc("heartbeats/primary").get();
      expect(arrived.get("at").toMillis()).toBeGreaterThanOrEqual(beat.updateTime?.toMillis() ?? Number.NaN);
    });
    const { rpo } = (await asked(`/v1/tenants/${tenant}/dr`)).standby;
    expect(rpo.status).toBe("in-sync");
    expect(rpo.seconds).toBeLessThan(60);
  });

  test("is no tenant that anybody sees (R47)", async () => {
    await stack.runSchedule("primary", "heartbeat");
    const { items } = await asked("/v1/tenants?pageSize=200");
    expect(items.map(({ id }) => id)).not.toContain(heartbeatTenant);
    const standby = await stack.databases.secondary.doc(`standbys/${heartbeatTenant}`).get();
    expect(standby.exists).toBe(false);
  });
});
