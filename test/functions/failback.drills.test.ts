import { afterAll, describe, expect, test } from "vitest";
import { putInCharge } from "../support/activation.ts";
import { failbackOn } from "../support/failback.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol, standbyOf } from "../support/tenants.ts";

const stack = sharedStack();
const { here, ask, failedBack, inCharge } = failbackOn(stack);
const { secondary } = stack.databases;
afterAll(async () => {
  await stack.close();
});

describe("the report of a drill", () => {
  test("gives RTO, RPO, each step, the checklist with its times, and what the fail back did (R28)", async () => {
    const tenant = await inCharge(3);
    const activation = (await standbyOf(stack, tenant))?.activation;
    const id = activation?.operation ?? "";
    const item = { order: 1, label: { ja: "通話試験", en: "Test call" }, activation: id };
    const done = { how: "person", by: { type: "user", id: "a@b.c" }, at: new Date() };
    await secondary
      .doc(`standbys/${tenant}/checklist/test-call`)
      .set({ ...item, id: "test-call", state: "done", done });
    const path = `/tenants/${tenant}/dr/drills`;
    const running = (await (await ask(`${path}/${id}`)).json()) as Record<string, unknown>;
    expect(running).toMatchObject({ id, mode: "drill", state: "active", rtoMilliseconds: 2000, rpoSeconds: 30 });

    await here(tenant, "phones/1").update({ name: "大阪" });
    await stack.settled(tenant);
    const { id: operation } = await failedBack(tenant, { promote: ["phones/1"] });
    const report = (await (await ask(`${path}/${id}`)).json()) as Record<string, unknown>;
    expect(report).toMatchObject({
      state: "ended",
      rtoMilliseconds: 2000,
      rpoSeconds: 30,
      steps: [{ name: "reload", milliseconds: 500, complete: true }],
      checklist: [{ id: "test-call", state: "done", done: { how: "person" } }],
      failback: { operation, counts: { promoted: 1 }, promotions: [{ path: "phones/1", outcome: "promoted" }] },
    });
    expect((report.timeline as { name: string }[]).map(({ name }) => name)).toStrictEqual([
      "requested",
      "fenced",
      "active",
      "failback",
      "failedBack",
    ]);
    const { items } = (await (await ask(path)).json()) as { items: { id: string; state: string }[] };
    expect(items).toMatchObject([{ id, state: "ended" }]);
    expect((await ask(`${path}/none`)).status).toBe(404);
  });

  test("lists earlier activations newest first, in pages (R28)", async () => {
    const tenant = await enrol(stack);
    const made: string[] = [];
    for (let n = 0; n < 3; n++) {
      made.unshift((await putInCharge(stack, tenant)).operation);
      await failedBack(tenant);
    }
    const path = `/tenants/${tenant}/dr/drills?pageSize=2`;
    const first = (await (await ask(path)).json()) as { items: { id: string }[]; nextPageToken: string };
    const second = (await (await ask(`${path}&pageToken=${first.nextPageToken}`)).json()) as {
      items: { id: string }[];
    };
    expect([...first.items, ...second.items].map(({ id }) => id)).toStrictEqual(made);
  });
});
