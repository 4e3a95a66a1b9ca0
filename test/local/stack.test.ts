import { afterAll, describe, expect, test } from "vitest";
import { deployments } from "../../local/plan.ts";
import { sites, topics } from "../../shared/domain/sites.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
afterAll(() => stack.close());

const everyDocument = "tenants/{path=**}";
const nowhere = { duplicate: 0, drop: 1, delayMs: 0, shuffle: false };

describe("startStack", () => {
  test.each(deployments())("has $name on the $site, which runs where it must not be waited for", async (deployed) => {
    const { name, site, row } = deployed;
    const answer = await fetch(`${stack.description.controls[site]}/functions`);
    const pids = (await answer.json()) as Record<string, number | null>;
    expect(pids).toHaveProperty(name);
    if (row.minInstances > 0) expect(pids[name]).toBeGreaterThan(0);
  });

  test.each(deployments().filter(({ row }) => row.trigger.type === "message"))(
    "keeps messages for $name on the $site until they are delivered",
    async ({ name, site, row }) => {
      const { project, pubsub } = stack.description;
      const answer = await fetch(`http://${pubsub}/v1/projects/${project}/subscriptions/${name}-${site}`);
      const topic = row.trigger.type === "message" ? topics[row.trigger.topic] : "";
      expect(await answer.json()).toMatchObject({ topic: `projects/${project}/topics/${topic}` });
    },
  );

  test.each(sites)("hosts nothing on the %s but what firebase.json rewrites", async (site) => {
    expect((await fetch(`${stack.description.sites[site].api}/assets/other.js`)).status).toBe(404);
  });

  test.each(sites)("delivers the %s's events, and loses them when that is asked for", async (site) => {
    const [kept, lost] = [stack.newTenant(), stack.newTenant()];
    await stack.faults(site, { ...nowhere, tenant: lost });
    for (const tenant of [kept, lost]) {
      await stack.databases[site].doc(`tenants/${tenant}/systemSettings/general`).set({ name: "既定 ☎" });
    }
    await stack.settled(kept);
    await stack.clearFaults(site, { tenant: lost });
    const counts = await stack.eventarc(site, kept);
    for (const { name, row } of deployments()) {
      const { trigger } = row;
      if (trigger.type !== "document" || trigger.database !== site || trigger.document !== everyDocument) continue;
      expect(counts[name]).toMatchObject({ received: 1, pending: 0 });
      expect(counts[name]?.dropped).toBeGreaterThanOrEqual(1);
    }
  });
});
