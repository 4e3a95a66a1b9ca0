import { afterAll, describe, expect, test } from "vitest";
import type { Reload } from "../../shared/domain/reload.ts";
import { deadLetter } from "../support/dead-letters.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { publish, reloadsOf } from "../support/telephony.ts";
import { enrol } from "../support/tenants.ts";

const stack = sharedStack();
afterAll(() => stack.close());

/** A tenant with a reload of its phones that nobody has acknowledged. */
async function reloading(): Promise<{ tenant: string; ack(more?: object): object }> {
  const tenant = await enrol(stack);
  const reload: Reload = {
    reloadId: `reload of ${tenant}`,
    kind: "phones",
    cause: "schedule",
    requestedAt: new Date("2026-11-21T10:00:00Z"),
    changed: 2,
  };
  await stack.databases.secondary.doc(`standbys/${tenant}/reloads/phones`).set(reload);
  const ack = (more = {}) => ({
    version: 1,
    reloadId: reload.reloadId,
    tenantId: tenant,
    kind: "phones",
    site: "secondary",
    outcome: "reloaded",
    at: "2026-11-21T10:00:05Z",
    ...more,
  });
  return { tenant, ack };
}

/** The tenant's acknowledgement, once it is of that outcome. */
const acked = (tenant: string, outcome: string) =>
  eventually(async () => {
    const ack = (await reloadsOf(stack, tenant)).get("phones")?.ack;
    expect(ack?.outcome).toBe(outcome);
    return ack;
  });

describe("recordReloadAck", () => {
  test("records the acknowledgement beside the reload (R14)", async () => {
    const { tenant, ack } = await reloading();
    await publish(stack, "reloadAck", ack({ outcome: "failed", detail: "設定の誤り" }));
    expect(await acked(tenant, "failed")).toStrictEqual({
      ...{ outcome: "failed", detail: "設定の誤り", at: new Date("2026-11-21T10:00:05Z") },
    });
    expect((await reloadsOf(stack, tenant)).get("phones")).toMatchObject({ changed: 2, cause: "schedule" });
  });

  test("ends in the same, though they come twice and in disorder (R14)", async () => {
    const both = await Promise.all([reloading(), reloading()]);
    const later = { at: "2026-11-21T10:00:09Z" };
    const stories = both.map(({ ack }) => [
      ack({ outcome: "failed" }),
      ack(),
      ack(later),
      ack({ outcome: "failed", ...later }),
      ack(),
    ]);
    await publish(stack, "reloadAck", ...(stories[0] ?? []));
    await publish(stack, "reloadAck", ...(stories[1] ?? []).toReversed());
    for (const { tenant } of both) {
      await eventually(async () => {
        const ack = (await reloadsOf(stack, tenant)).get("phones")?.ack;
        expect(ack).toStrictEqual({ outcome: "reloaded", at: new Date("2026-11-21T10:00:05Z") });
      });
    }
  });

  test("leaves alone a reload that is not the one acknowledged, and a tenant without any (R14)", async () => {
    const { tenant, ack } = await reloading();
    const nobody = stack.newTenant();
    await publish(stack, "reloadAck", ack({ reloadId: "an older one", outcome: "failed" }), ack({ tenantId: nobody }));
    await publish(stack, "reloadAck", ack());
    await acked(tenant, "reloaded");
    expect(await reloadsOf(stack, nobody)).toStrictEqual(new Map());
  });

  test("puts a message that it can never understand among the dead letters", async () => {
    const { tenant, ack } = await reloading();
    await publish(stack, "reloadAck", ack({ outcome: "perhaps" }));
    const text = (body = "") => Buffer.from((JSON.parse(body) as Pushed).message.data, "base64").toString("utf8");
    const letter = await deadLetter(
      stack,
      (one) => one.function === "record-reload-ack" && text(one.body).includes(tenant),
    );
    expect(letter.code).toBe("invalid");
    expect((await reloadsOf(stack, tenant)).get("phones")).not.toHaveProperty("ack");
  });
});
type Pushed = { message: { data: string } };
