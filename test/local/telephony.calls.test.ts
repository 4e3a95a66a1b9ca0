import { createHash } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import type { CallsRequest } from "../../local/telephony/calls.ts";
import { type EventOf, readEvent } from "../../shared/domain/events.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { listen } from "../support/telephony.ts";

const stack = sharedStack();
afterAll(() => stack.close());

/** A tenant of two centres and a team, whose stand-by nobody needs. */
async function newTenant(): Promise<string> {
  const tenant = stack.newTenant();
  const root = stack.databases.primary.doc(`tenants/${tenant}`);
  const office = (id: string) => root.collection("offices").doc(id);
  await root
    .collection("callCenters")
    .doc("orders")
    .set({ name: "ご注文", office: office("tokyo") });
  await root
    .collection("callCenters")
    .doc("support")
    .set({ name: "サポート", office: office("osaka") });
  await root
    .collection("coachingTeams")
    .doc("team")
    .set({ name: "育成", office: office("osaka") });
  return tenant;
}

/** Places calls on the primary, and gives what was published of the tenant. */
async function place(request: Omit<CallsRequest, "site">) {
  const heard = await listen<{ tenantId: string }>(stack, "callEnded");
  const result = await stack.telephony.call({ site: "primary", ...request });
  const published = await eventually(async () => {
    const own = (await heard()).filter(({ tenantId }) => tenantId === request.tenant);
    expect(own).toHaveLength(request.count ?? 1);
    return own.map((event) => readEvent("callEnded", event));
  });
  return { result, published };
}

async function historyOf(tenant: string, recordingId: string) {
  const found = await stack.databases.primary.doc(`tenants/${tenant}/recordings/${recordingId}`).get();
  return found.data() ?? {};
}

async function fetched({ source }: EventOf<"callEnded">["recordings"][number]): Promise<Buffer> {
  const [, bucket, object = ""] = /^gs:\/\/([^/]+)\/(.*)$/.exec(source) ?? [];
  const inBucket = `${stack.description.storage}/storage/v1/b/${bucket}/o/${encodeURIComponent(object)}?alt=media`;
  return Buffer.from(await (await fetch(bucket === undefined ? source : inBucket)).arrayBuffer());
}

describe("placeCalls", () => {
  test("publishes that a call has ended, with the true length and checksum of each recording (R36)", async () => {
    const tenant = await newTenant();
    for (const source of ["gs", "https"] as const) {
      const request = { tenant, callCenter: "support", recordings: 2, source, bytes: 9000, agentName: "𠮷野 さくら" };
      const { result, published } = await place(request);
      const [event] = published;
      const [call] = result.calls;
      expect(event).toMatchObject({
        callId: call?.callId,
        officeId: "osaka",
        callCenterId: "support",
        site: "primary",
      });
      expect(event?.endedAt.toISOString()).toBe(call?.endedAt);
      expect(event?.recordings.map(({ recordingId }) => recordingId)).toEqual(call?.recordingIds);
      for (const recording of event?.recordings ?? []) {
        const audio = await fetched(recording);
        expect([audio.length, createHash("md5").update(audio).digest("base64")]).toEqual([9000, recording.md5]);
        expect([recording.bytes, recording.agentName]).toEqual([9000, "𠮷野 さくら"]);
        const history = await historyOf(tenant, recording.recordingId);
        expect(history).toMatchObject({ callId: call?.callId, office: "osaka", callCenter: "support", bytes: 9000 });
        expect(history.source ?? `gs://${history.bucket}/${history.object}`).toBe(recording.source);
        expect(history.at.toDate()).toStrictEqual(event?.startedAt);
      }
    }
  });

  test("takes a centre or team of the tenant's own by chance, and announces what a fault makes of it", async () => {
    const tenant = await newTenant();
    const { published } = await place({ tenant, count: 30, source: "https", fault: { fault: "wrongLength" } });
    const units = published.map(({ callCenterId, coachingTeamId, officeId }) => [
      callCenterId ?? coachingTeamId,
      officeId,
    ]);
    const expected = [
      ["orders", "tokyo"],
      ["support", "osaka"],
      ["team", "osaka"],
    ];
    expect(new Set(units.map(String))).toEqual(new Set(expected.map(String)));
    const [recording] = published[0]?.recordings ?? [];
    if (!recording) throw new Error("no recording");
    expect((await fetched(recording)).length).toBe((recording.bytes ?? 0) - 1);
    expect(await stack.telephony.fetches(tenant)).toMatchObject({ [recording.recordingId]: expect.any(Number) });
  });

  test("publishes nothing of a call of no office, of one that is only history, and says why none could be placed", async () => {
    const bare = stack.newTenant();
    const tenant = await newTenant();
    const heard = await listen<{ tenantId: string; callId: string }>(stack, "callEnded");
    expect((await stack.telephony.call({ tenant: bare, site: "primary", count: 3 })).answered.primary).toBe(3);
    const times = { startedAt: "2025-03-04T05:06:07.000Z", seconds: 60 };
    const silent = await stack.telephony.call({ tenant, site: "primary", event: false, ...times });
    expect(silent.calls[0]?.endedAt).toBe("2025-03-04T05:07:07.000Z");
    const announced = await stack.telephony.call({ tenant, site: "primary" });
    await eventually(async () => {
      const own = (await heard()).filter(({ tenantId }) => [tenant, bare].includes(tenantId));
      expect(own.map(({ callId }) => callId)).toEqual(announced.calls.map(({ callId }) => callId));
    });
    const wrong = await stack.telephony.call({ tenant, site: "primary", callCenter: "nowhere" });
    expect([wrong.failed, wrong.problem]).toEqual([1, expect.stringContaining("nowhere is not there")]);
    const refused = stack.telephony.call({ tenant, fault: { fault: "empty" } });
    await expect(refused).rejects.toThrow("only a source of https has this fault");
  });
});

describe("writeHistories", () => {
  test("writes recordings of two years, evenly, with their objects, and announces none (R42)", async () => {
    const tenant = await newTenant();
    const heard = await listen<{ tenantId: string }>(stack, "callEnded");
    const { recordingIds } = await stack.telephony.recordHistory({
      tenant,
      site: "primary",
      count: 250,
      callCenter: "orders",
    });
    expect(new Set(recordingIds).size).toBe(250);
    const first = await historyOf(tenant, recordingIds[0] ?? "");
    const last = await historyOf(tenant, recordingIds.at(-1) ?? "");
    const days = (last.at.toMillis() - first.at.toMillis()) / 86_400_000;
    expect(days).toBeGreaterThan(725);
    expect(days).toBeLessThan(730);
    const { items } = (await (
      await fetch(`${stack.description.storage}/storage/v1/b/${first.bucket}/o?prefix=${tenant}/`)
    ).json()) as { items: { name: string; md5Hash: string; size: string }[] };
    expect(items).toHaveLength(250);
    expect(items.find(({ name }) => name === first.object)).toMatchObject({
      md5Hash: first.md5,
      size: String(first.bytes),
    });
    expect((await heard()).filter(({ tenantId }) => tenantId === tenant)).toEqual([]);
  });
});
