import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Ended, failbackOn } from "../support/failback.ts";
import { sharedStack } from "../support/stack.ts";
import { contentOf, editsOf, expectEqualSites, standbyOf, wiresOf } from "../support/tenants.ts";

const stack = sharedStack();
const { here, there, ask, failBack, failedBack, inCharge } = failbackOn(stack);
const wires = wiresOf(stack.description);
const { secondary } = stack.databases;
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

describe("failback while both sites change", () => {
  test("loses no change that arrives on the primary meanwhile, disorderly as it comes (R24, R5)", async () => {
    const tenant = await inCharge(150);
    for (let from = 0; from < 150; from += 50) {
      const batch = secondary.batch();
      for (let n = from; n < from + 50; n++) batch.set(here(tenant, `phones/${n}`), { osaka: n });
      await batch.commit();
    }
    await stack.settled(tenant);
    await stack.faults("primary", { tenant, duplicate: 0.3, shuffle: true, delayMs: 20 });
    const changing = (async () => {
      for (let step = 0; step < 200; step++) {
        const document = there(tenant, `phones/${(step * 7) % 160}`);
        await (step % 9 === 8 ? document.delete() : document.set({ step }));
      }
    })();
    const [{ state }] = await Promise.all([failedBack(tenant), changing]);
    expect(state).toBe("succeeded");
    await stack.settled(tenant, 60_000);
    await expectEqualSites(wires, tenant);
    expect(await standbyOf(stack, tenant)).toMatchObject({ state: "syncing" });
  }, 60_000);

  test("overwrites what is edited on the secondary while it runs, and overlooks no edit of the last moment (R24, R10)", async () => {
    const tenant = await inCharge(60);
    for (let n = 0; n < 60; n++) await here(tenant, `phones/${n}`).update({ late: n });
    const answer = await failBack(tenant);
    const { id } = (await answer.json()) as { id: string };
    const standby = secondary.doc(`standbys/${tenant}`);
    for (let n = 0; n < 60 && (await standby.get()).get("state") !== "syncing"; n++) {
      await secondary.runTransaction(async (transaction) => {
        const { state } = (await transaction.get(standby)).data() ?? {};
        if (state === "resyncing") transaction.update(here(tenant, `phones/${n}`), { during: n });
      });
    }
    await eventually(async () => {
      expect(((await (await ask(`/operations/${id}`)).json()) as Ended).state).toBe("succeeded");
    });
    await stack.settled(tenant);
    const edits = (await editsOf(stack, tenant)).map(({ path }) => path);
    if ((await standbyOf(stack, tenant))?.state === "stopped") {
      // An edit of the last moment: nothing is overwritten once the tenant is syncing again (R10).
      const [original, copy] = await Promise.all([
        contentOf(wires.primary, tenant),
        contentOf(wires.secondary, tenant),
      ]);
      const differing = Object.keys(original).filter((path) => original[path] !== copy[path]);
      expect(edits.toSorted()).toStrictEqual(differing.toSorted());
      return;
    }
    await expectEqualSites(wires, tenant);
    expect(edits).toStrictEqual([]);
  });
});
