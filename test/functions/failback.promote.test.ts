import { afterAll, describe, expect, test } from "vitest";
import { failbackOn } from "../support/failback.ts";
import { sharedStack } from "../support/stack.ts";
import { expectEqualSites, standbyOf, wiresOf } from "../support/tenants.ts";

const stack = sharedStack();
const { here, there, failedBack, inCharge } = failbackOn(stack);
const wires = wiresOf(stack.description);
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

describe("failback with changes to be kept", () => {
  test("carries chosen changes to the primary first: updates, creations, deletions, references led home (R25)", async () => {
    const tenant = await inCharge();
    await Promise.all([
      here(tenant, "phones/1").update({ name: "残す", owner: here(tenant, "accounts/a") }),
      here(tenant, "phones/2").delete(),
      here(tenant, "phones/new").set({ name: "新規" }),
      here(tenant, "phones/3").update({ name: "消える" }),
    ]);
    await stack.settled(tenant);
    const promote = ["phones/1", "phones/2", "phones/new"];
    const { result } = await failedBack(tenant, { promote });
    expect(result).toMatchObject({ promoted: 3, refused: 0, overwritten: 1 });
    expect(result.promotions).toStrictEqual(promote.map((path) => ({ path, outcome: "promoted" })));
    await stack.settled(tenant);
    const kept = (await there(tenant, "phones/1").get()).data();
    expect(kept).toMatchObject({ name: "残す", n: 1 });
    expect(kept?.owner.firestore.databaseId).toBe(stack.description.sites.primary.database);
    expect((await there(tenant, "phones/2").get()).exists).toBe(false);
    expect((await there(tenant, "phones/new").get()).data()).toStrictEqual({ name: "新規" });
    expect((await there(tenant, "phones/3").get()).data()).toMatchObject({ name: "内線3" });
    await expectEqualSites(wires, tenant);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
  });

  test("refuses to promote, each for itself, what the primary changed too or nobody edited (R25)", async () => {
    const tenant = await inCharge();
    await Promise.all([
      here(tenant, "phones/1").update({ name: "大阪1" }),
      here(tenant, "phones/2").update({ name: "大阪2" }),
      there(tenant, "phones/2").update({ name: "東京2" }),
      here(tenant, "phones/3").delete(),
      there(tenant, "phones/3").update({ name: "東京3" }),
    ]);
    await stack.settled(tenant);
    const { result } = await failedBack(tenant, { promote: ["phones/1", "phones/2", "phones/3", "phones/4"] });
    expect(result.promotions).toStrictEqual([
      { path: "phones/1", outcome: "promoted" },
      { path: "phones/2", outcome: "refused", why: "primaryChanged" },
      { path: "phones/3", outcome: "refused", why: "primaryChanged" },
      { path: "phones/4", outcome: "refused", why: "notEdited" },
    ]);
    expect((await there(tenant, "phones/2").get()).get("name")).toBe("東京2");
    expect((await there(tenant, "phones/3").get()).get("name")).toBe("東京3");
    await expectEqualSites(wires, tenant);
  });
});
