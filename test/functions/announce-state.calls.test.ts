import { afterAll, describe, expect, test } from "vitest";
import type { PlacedCall } from "../../local/telephony/calls.ts";
import { catalogue, type KindName } from "../../shared/catalogue.ts";
import type { Site } from "../../shared/domain/sites.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import { sharedStack } from "../support/stack.ts";
import { editsOf, enrol, standbyOf } from "../support/tenants.ts";

const stack = sharedStack();
afterAll(() => stack.close());

/** The kinds of a tenant on a site, each with how many documents it has there. */
async function kindsOn(site: Site, tenant: string): Promise<Record<string, number>> {
  const kinds = await stack.databases[site].doc(`tenants/${tenant}`).listCollections();
  const counts = kinds.map(async (kind) => [kind.id, (await kind.get()).size] as const);
  return Object.fromEntries(await Promise.all(counts));
}

/** The recording's object and its document agree, on the site that answered. */
async function expectRecorded(
  tenant: string,
  { site, recordingIds: [recordingId], callId }: PlacedCall,
): Promise<void> {
  const { recordingsBucket } = stack.description.sites[site];
  const recording = await stack.databases[site].doc(`tenants/${tenant}/recordings/${recordingId}`).get();
  expect(recording.data()).toMatchObject({ callId, bucket: recordingsBucket, object: `${tenant}/${recordingId}.mp3` });
  const object = encodeURIComponent(recording.get("object"));
  const answer = await fetch(`${stack.description.storage}/storage/v1/b/${recordingsBucket}/o/${object}?alt=media`);
  expect(answer.status).toBe(200);
  expect((await answer.arrayBuffer()).byteLength).toBe(recording.get("bytes"));
}

describe("announceState", () => {
  test("calls are answered, recorded and written down where the endpoint says, and nowhere else (R3, R31)", async () => {
    const tenant = await enrol(stack);
    const before = await stack.telephony.call({ tenant, count: 3 });
    expect(before).toMatchObject({ answered: { primary: 3, secondary: 0 }, failed: 0 });
    const standby = (await standbyOf(stack, tenant)) as Standby;
    const fence = { number: standby.fence.number + 1, id: "test" };
    await stack.databases.secondary.doc(`standbys/${tenant}`).update({ state: "active", since: new Date(), fence });
    const after = await stack.telephony.call({ tenant, count: 2 });
    expect(after).toMatchObject({ answered: { primary: 0, secondary: 2 }, failed: 0 });
    expect((await stack.telephony.call({ tenant, count: 1, site: "primary" })).answered.primary).toBe(1);

    for (const call of [...before.calls, ...after.calls]) await expectRecorded(tenant, call);
    await stack.settled(tenant);
    const kinds = ["callHistory", "callCenterHistory", "agentActivityHistory", "ivrHistory", "recordings"];
    expect(kinds.map((kind) => catalogue[kind as KindName].policy)).toStrictEqual(kinds.map(() => "history"));
    expect(await kindsOn("primary", tenant)).toStrictEqual(Object.fromEntries(kinds.map((kind) => [kind, 4])));
    expect(await kindsOn("secondary", tenant)).toStrictEqual(Object.fromEntries(kinds.map((kind) => [kind, 2])));
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
  });
});
