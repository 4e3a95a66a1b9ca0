import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { EventOf } from "../../shared/domain/events.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { answerTo, listen } from "../support/telephony.ts";
import { act, enrol, profileOf, standbyOf } from "../support/tenants.ts";

const stack = sharedStack();
const { primary, secondary } = stack.databases;
afterEach(() => stack.clearFaults("secondary", { trigger: "announce-state" }));
afterAll(() => stack.close());

type Told = Omit<EventOf<"stateChanged">, "at"> & { at: string };

/** Writes the next states of a tenant's life as its activation does, each with the fence that it raises, or not. */
async function live(tenant: string, states: [state: Standby["state"], raises: boolean][]): Promise<number> {
  let { fence } = (await standbyOf(stack, tenant)) as Standby;
  for (const [state, raises] of states) {
    if (raises) fence = { number: fence.number + 1, id: state };
    const activation = { operation: "test", mode: "drill" };
    await secondary.doc(`standbys/${tenant}`).update({ state, since: new Date(), fence, activation });
  }
  return fence.number;
}

const endpointOf = async (tenant: string) => (await secondary.doc(`endpoints/${tenant}`).get()).data();

describe("announceState", () => {
  test("keeps one small document that says who is in charge, as the public endpoint does (R31)", async () => {
    const tenant = await enrol(stack);
    const { fence, since } = (await standbyOf(stack, tenant)) as Standby;
    const expected = { tenant, site: "primary", host: `${tenant}.tokyo.example`, fence: fence.number };
    await eventually(async () => expect(await endpointOf(tenant)).toMatchObject({ ...expected, state: "syncing" }));
    expect((await endpointOf(tenant))?.since.toDate()).toStrictEqual(since);
    const raised = await live(tenant, [
      ["activating", true],
      ["active", false],
    ]);
    const charged = { tenant, site: "secondary", host: `${tenant}.osaka.example`, fence: raised };
    await eventually(async () => expect(await endpointOf(tenant)).toMatchObject({ ...charged, state: "active" }));
    expect((await answerTo(stack, `${tenant}/endpoint`)).body).toStrictEqual(charged);
    expect((await answerTo(stack, `${tenant}/endpoint`, undefined, "primary")).body).toStrictEqual(charged);
  });

  test("tells of every change of state, in order, and of nothing else (R31)", async () => {
    const heard = await listen<Told>(stack, "stateChanged");
    const tenant = await enrol(stack);
    // Enrolment's first word may have been overtaken by its last.
    const own = () =>
      heard().then((all) => all.filter((told) => told.tenantId === tenant && told.state !== "resyncing"));
    const states = async () => (await own()).map(({ state }) => state);
    await eventually(async () => expect(await states()).toStrictEqual(["syncing"]));
    await primary.doc(`tenants/${tenant}/phones/1`).set({ a: 1 });
    await stack.settled(tenant);
    await secondary.doc(`standbys/${tenant}`).update({ operation: "none" });
    await act(stack, tenant, "/dr/stop", { reason: "test" });
    await eventually(async () => expect(await states()).toStrictEqual(["syncing", "stopped"]));
    const { since, fence } = (await standbyOf(stack, tenant)) as Standby;
    expect((await own()).at(-1)).toStrictEqual({
      ...{ version: 1, tenantId: tenant, state: "stopped", site: "primary", fence: fence.number },
      at: since.toISOString(),
    });
  });

  test("never goes back, though events come late, twice and in disorder (R31)", async () => {
    const tenant = await enrol(stack);
    const heard = await listen<Told>(stack, "stateChanged");
    await stack.faults("secondary", { trigger: "announce-state", duplicate: 0.5, shuffle: true, delayMs: 150 });
    const last = await live(tenant, [
      ["activating", true],
      ["active", false],
      ["resyncing", true],
      ["syncing", true],
      ["activating", true],
      ["active", false],
    ]);
    const own = () => heard().then((all) => all.filter(({ tenantId }) => tenantId === tenant));
    await stack.settled();
    const newest = { state: "active", site: "secondary", fence: last };
    await eventually(async () => expect((await own()).at(-1)).toMatchObject({ ...newest, mode: "drill" }));
    expect(await endpointOf(tenant)).toMatchObject(newest);
    // A consumer that keeps the highest fence, and of one fence the later time, ends where the tenant is.
    const kept = (await own()).reduce((known, told) =>
      told.fence > known.fence || (told.fence === known.fence && told.at >= known.at) ? told : known,
    );
    expect(kept).toMatchObject(newest);
  });

  test("follows a host that changes on the primary (R31)", async () => {
    const tenant = await enrol(stack);
    await primary.doc(`tenants/${tenant}`).set({ ...profileOf(tenant), host: "moved.tokyo.example" });
    await eventually(async () => expect(await endpointOf(tenant)).toMatchObject({ host: "moved.tokyo.example" }));
  });
});
