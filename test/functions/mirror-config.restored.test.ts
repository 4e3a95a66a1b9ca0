import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { editsOf, enrol, expectEqualSites, ledgerEntryOf, standbyOf, wiresOf } from "../support/tenants.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
afterAll(async () => {
  for (const wire of Object.values(wires)) wire.close();
  await stack.close();
});

describe("after the secondary's database was imported", () => {
  test.each([
    ["earlier", -60_000],
    ["later", 60_000],
  ])("goes on with documents whose entry knows an %s time of them (R5, R10)", async (_, milliseconds) => {
    const tenant = await enrol(stack);
    const { primary, secondary } = stack.databases;
    const documents = ["changed", "deleted", "kept"].map((id) => primary.doc(`tenants/${tenant}/phones/${id}`));
    await Promise.all(documents.map((document) => document.set({ n: 1 })));
    await stack.settled(tenant);
    const entries = await secondary.collection(`standbys/${tenant}/ledger`).where("kind", "==", "phones").get();
    expect(entries.size).toBe(3);
    for (const { ref, updateTime } of entries.docs) {
      await ref.update({ documentTime: new Date(updateTime.toMillis() + milliseconds) });
    }

    await primary.doc(`tenants/${tenant}/phones/changed`).set({ n: 2 });
    await primary.doc(`tenants/${tenant}/phones/deleted`).delete();
    await stack.settled(tenant);
    await expectEqualSites(wires, tenant);
    await eventually(async () =>
      expect(await ledgerEntryOf(stack, tenant, "phones/deleted")).toHaveProperty("expireAt"),
    );
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
    const letters = await secondary.collection("deadLetters").where("tenant", "==", tenant).get();
    expect(letters.docs.map((letter) => letter.data())).toStrictEqual([]);
  });
});
