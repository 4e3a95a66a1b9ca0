import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sites } from "../../shared/domain/sites.ts";
import { at, conflict, ids, type LedgerOffice, ledgerOffice } from "../support/ledger-office.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
afterAll(() => stack.close());

let office: LedgerOffice;
beforeAll(async () => {
  office = await ledgerOffice(stack);
});

describe("GET …/backup/recordings", () => {
  test("lists by state, office, centre, team and date, the newest calls first (R41)", async () => {
    await office.empty();
    const failed = await office.put("failed", 1, conflict);
    const stored = await office.put("stored", 2);
    const elsewhere = await office.put("failed", 3, { ...conflict, office: "osaka" });
    const ofTeam = await office.put("unavailable", 4, { unit: { type: "coachingTeam", id: "t1" } });
    const list = async (query: string) => ids((await office.call(`/recordings${query}`)).body.items);
    expect(await list("")).toEqual(ids([ofTeam, elsewhere, stored, failed]));
    expect(await list("?status=failed")).toEqual(ids([elsewhere, failed]));
    expect(await list("?office=tokyo&status=failed")).toEqual(ids([failed]));
    expect(await list(`?callCenter=${office.callCenter}`)).toEqual(ids([elsewhere, stored, failed]));
    expect(await list("?coachingTeam=t1")).toEqual(ids([ofTeam]));
    expect(await list(`?from=${at(2).toISOString()}&to=${at(4).toISOString()}`)).toEqual(ids([elsewhere, stored]));
    const counts = async (query: string) => (await office.call(`/recordings/counts${query}`)).body.counts;
    const none = { pending: 0, waiting: 0, stored: 0, failed: 0, unavailable: 0, skipped: 0 };
    expect(await counts("")).toStrictEqual({ ...none, failed: 2, stored: 1, unavailable: 1 });
    expect(await counts(`?callCenter=${office.callCenter}&office=tokyo`)).toStrictEqual({
      ...none,
      failed: 1,
      stored: 1,
    });
    expect(await counts(`?from=${at(4).toISOString()}`)).toStrictEqual({ ...none, unavailable: 1 });
    const first = await office.call("/recordings?pageSize=3");
    expect(first.body.items).toHaveLength(3);
    expect(await list(`?pageSize=3&pageToken=${first.body.nextPageToken}`)).toEqual(ids([failed]));
    const gone = Buffer.from("gone-meanwhile").toString("base64url");
    const nowhere = await office.call(`/recordings?pageToken=${gone}`);
    expect(nowhere).toMatchObject({ status: 400, body: { fields: [{ field: "query.pageToken" }] } });
  });

  test("says what is wrong and what to do, and not where recordings are fetched (R38, R41)", async () => {
    await office.empty();
    await office.refuse("gone-bucket", "denied");
    const error = { class: "denied", message: "403" } as const;
    await office.put("pending", 4, {
      parked: "gone-bucket",
      error,
      resume: { session: "https://s", offset: 1, crc32c: 1 },
    });
    await office.put("failed", 3, conflict);
    await office.put("waiting", 2, {
      error: { class: "notReady", message: "404" },
      dueAt: new Date(Date.now() + 86_400_000),
    });
    await office.put("skipped", 1, { skipped: "unitOff" });
    const { body, status } = await office.call("/recordings");
    expect(status).toBe(200);
    const words = { ja: expect.stringMatching(/\p{sc=Hiragana}/u), en: expect.stringMatching(/^[ -~]+$/) };
    expect(body.items).toMatchObject([
      {
        state: "pending",
        parked: { bucket: "gone-bucket", incident: { cause: "denied", label: words, remedy: words } },
        error: { class: "denied", label: words, remedy: words },
      },
      { state: "failed", error: { class: "conflict", label: words, remedy: words }, attempts: 3 },
      { state: "waiting", nextTryAt: expect.any(String) },
      { state: "skipped", skipped: { reason: "unitOff", label: words } },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/"source"|"resume"|\.mp3\?|\+81/);
  });

  test("shows an office's administrators their own offices only (R47)", async () => {
    await office.empty();
    const here = await office.put("failed", 1, conflict);
    const nagoya = await office.put("failed", 2, { ...conflict, office: "nagoya" });
    const there = await office.put("failed", 3, { ...conflict, office: "osaka" });
    const seenBy = async (person: string, query = "") => {
      const { status, body } = await office.call(`/recordings${query}`, { person });
      return status === 200 ? ids(body.items) : status;
    };
    expect(await seenBy("operator")).toEqual(ids([there, nagoya, here]));
    expect(await seenBy("company")).toEqual(ids([there, nagoya, here]));
    expect(await seenBy("here")).toEqual(ids([nagoya, here]));
    expect(await seenBy("here", "?office=tokyo")).toEqual(ids([here]));
    expect(await seenBy("there")).toEqual(ids([there]));
    expect(await seenBy("here", "?office=osaka")).toBe(403);
    expect(await seenBy("nowhere")).toBe(403);
    expect(await seenBy("viewer")).toBe(403);
    expect(await seenBy("stranger")).toBe(404);
    expect((await office.call("", { person: "here" })).body.counts).toMatchObject({ failed: 2 });
    expect((await office.call("", { person: "viewer" })).status).toBe(403);
    const countedBy = (person: string, query = "") => office.call(`/recordings/counts${query}`, { person });
    expect(await countedBy("here")).toMatchObject({ body: { site: "primary", counts: { failed: 2 } } });
    expect((await countedBy("here", "?office=osaka")).status).toBe(403);
    expect((await countedBy("viewer")).status).toBe(403);
    expect((await countedBy("stranger")).status).toBe(404);
    expect((await office.call("/freshness", { person: "there" })).status).toBe(200);
  });

  test.each([
    ["status=lost", "query.status"],
    ["from=yesterday", "query.from"],
    ["callCenter=a&coachingTeam=b", "query.coachingTeam"],
    ["colour=red", "query.colour"],
  ])("names the field at fault in %s", async (query, field) => {
    const { status, body } = await office.call(`/recordings?${query}`);
    expect([status, body.fields?.[0]?.field]).toEqual([400, field]);
  });
});

describe("GET …/backup", () => {
  test.each(sites)("on the %s counts by state, and says how fresh the backup is (R38, R43b)", async (site) => {
    await office.empty();
    const receipt = (delaySeconds: number, storedAt = new Date()) => ({
      receipt: { bucket: office.bucket, name: "n", generation: "1", bytes: 1, crc32c: "A", storedAt, delaySeconds },
    });
    for (const delay of [1, 2, 3, 40]) await office.put("stored", 1, receipt(delay), site);
    await office.put("stored", 1, receipt(9999, new Date(Date.now() - 25 * 3_600_000)), site);
    await office.put("stored", 1, { ...receipt(1e7), run: "run-1" }, site);
    await office.put("pending", 50, { parked: "some-bucket" }, site);
    await office.put("waiting", 55, { dueAt: new Date(Date.now() + 86_400_000) }, site);
    const counts = { pending: 1, waiting: 1, stored: 6, failed: 0, unavailable: 0, skipped: 0 };
    const freshness = { windowSeconds: 86_400, stored: 4, p50Seconds: 2, p99Seconds: 40, isSample: false };
    const { body } = await office.call("", { site });
    expect(body).toMatchObject({ site, counts, freshness: { ...freshness, pending: 1, waiting: 1, parked: 1 } });
    const age = (Date.now() - at(50).getTime()) / 1000;
    const alone = await office.call("/freshness", { site });
    expect(alone.body).toMatchObject(freshness);
    expect(Math.abs(alone.body.oldestPendingSeconds - age)).toBeLessThan(30);
    expect((await office.call("", { site: site === "primary" ? "secondary" : "primary" })).body.counts.stored).toBe(0);
  });

  test("says of one office how fresh its backup is, to its administrators too (R43b, R47)", async () => {
    await office.empty();
    await office.put("pending", 1, { office: "tokyo" });
    await office.put("waiting", 30, { office: "osaka", dueAt: new Date(Date.now() + 86_400_000) });
    const oldestMinute = async (person: string, query = "") => {
      const { status, body } = await office.call(query, { person });
      if (status !== 200) return status;
      return Math.round((Date.now() - body.freshness.oldestPendingSeconds * 1000 - at(0).getTime()) / 60_000);
    };
    expect(await oldestMinute("company")).toBe(1);
    expect(await oldestMinute("company", "?office=osaka")).toBe(30);
    expect(await oldestMinute("there")).toBe(30);
    expect(await oldestMinute("there", "?office=tokyo")).toBe(403);
    const { body } = await office.call("/freshness?office=osaka");
    expect(body).toMatchObject({ pending: 0, waiting: 1 });
  });

  test("shows buckets that are out of service, with cause and remedy in both languages (R39)", async () => {
    const bucket = `refusing-${office.tenant}`;
    await office.refuse(bucket, "requesterPays");
    const { body } = await office.call("");
    expect(body.destinations).toContainEqual(
      expect.objectContaining({
        ...{ bucket, state: "outOfService" },
        incident: expect.objectContaining({
          cause: "requesterPays",
          label: { ja: expect.stringContaining("支払い"), en: expect.stringContaining("requester pays") },
          remedy: { ja: expect.stringContaining("無効"), en: expect.stringContaining("Switch requester pays off") },
        }),
      }),
    );
    expect(JSON.stringify(body)).not.toContain(stack.description.recordings);
  });
});
