import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import { ledgerKey } from "../../shared/domain/document-path.ts";
import type { AuditEntry } from "../../shared/domain/standby.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { putInCharge } from "../support/activation.ts";
import { eventually } from "../support/eventually.ts";
import { putOperation } from "../support/operations.ts";
import { sharedStack } from "../support/stack.ts";
import { editsOf, enrol, expectEqualSites, inState, ledgerEntryOf, standbyOf, wiresOf } from "../support/tenants.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
const { primary, secondary } = stack.databases;
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

const here = (tenant: string, path: string) => secondary.doc(`tenants/${tenant}/${path}`);
const there = (tenant: string, path: string) => primary.doc(`tenants/${tenant}/${path}`);

type Asked = { email?: string; method?: string; body?: unknown; accept?: string; key?: string };

async function ask(path: string, { email = people.operator.email, method = "GET", body, accept, key }: Asked = {}) {
  return fetch(`${stack.description.sites.secondary.api}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await stack.token(email)}`,
      ...(accept === undefined ? {} : { accept }),
      ...(method === "POST" ? { "idempotency-key": key ?? randomUUID(), "content-type": "application/json" } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

type Row = {
  path: string;
  primary: string;
  secondary: string;
  conflict: boolean;
  promotable: boolean;
  whyNot?: string;
  edited?: { by: { id: string } };
  fields: { field: string; base?: string; primary?: string; secondary?: string }[];
};

async function diffOf(tenant: string, query = ""): Promise<{ items: Row[]; nextPageToken?: string }> {
  const answer = await ask(`/tenants/${tenant}/dr/failback/diff${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { items: Row[]; nextPageToken?: string };
}

const failBack = (tenant: string, body: object = {}, asked: Asked = {}) =>
  ask(`/tenants/${tenant}/dr/failback`, { method: "POST", body: { confirm: tenant, ...body }, ...asked });

type Ended = { id: string; state: string; result: Record<string, unknown>; error?: { code: string; message: string } };

/** Fails the tenant back, and gives the operation as it ended. */
async function failedBack(tenant: string, body: object = {}): Promise<Ended> {
  const answer = await failBack(tenant, body);
  if (answer.status !== 202) throw new Error(await answer.text());
  const { id } = (await answer.json()) as { id: string };
  return eventually(async () => {
    const operation = (await (await ask(`/operations/${id}`)).json()) as Ended;
    expect(["succeeded", "failed"]).toContain(operation.state);
    return operation;
  });
}

/** A tenant whose secondary is in charge, with so many phones. */
async function inCharge(phones = 12, mode: "drill" | "disaster" = "drill"): Promise<string> {
  const tenant = await enrol(stack);
  const batch = primary.batch();
  for (let n = 0; n < phones; n++) batch.set(there(tenant, `phones/${n}`), { n, name: `内線${n}`, at: { floor: 1 } });
  batch.set(there(tenant, "callFlows/a/steps/1"), { step: 1 });
  await batch.commit();
  await stack.settled(tenant);
  await putInCharge(stack, tenant, mode);
  return tenant;
}

/** Lets the tenant's secondary be edited without the guard hearing of it. */
async function unnoted(tenant: string, change: () => Promise<unknown>): Promise<void> {
  await stack.faults("secondary", { tenant, drop: 1 });
  await change();
  await stack.settled(tenant);
  await stack.clearFaults("secondary", { tenant });
}

async function auditOf(tenant: string): Promise<AuditEntry[]> {
  const found = await secondary.collection(`standbys/${tenant}/audit`).get();
  return found.docs.map((document) => fromStore<AuditEntry>(document.data()));
}

describe("failback: the diff", () => {
  test("shows every change on either side with its three values (R25)", async () => {
    const tenant = await inCharge();
    await Promise.all([
      here(tenant, "phones/1").update({ name: "大阪" }),
      here(tenant, "phones/2").delete(),
      here(tenant, "phones/new").set({ name: "新規" }),
      there(tenant, "phones/3").update({ name: "東京" }),
      there(tenant, "phones/4").update({ name: "東京4" }),
      here(tenant, "phones/4").update({ name: "大阪4", "at.floor": 2 }),
      there(tenant, "phones/5").delete(),
      there(tenant, "callFlows/a/steps/2").set({ step: 2 }),
    ]);
    await stack.settled(tenant);
    const { items } = await diffOf(tenant);
    const brief = items.map((row) => [
      row.path,
      row.primary,
      row.secondary,
      row.conflict,
      row.whyNot ?? row.promotable,
    ]);
    expect(brief).toStrictEqual([
      ["callFlows/a/steps/2", "created", "none", false, "notEdited"],
      ["phones/1", "none", "updated", false, true],
      ["phones/2", "none", "deleted", false, true],
      ["phones/3", "updated", "none", false, "notEdited"],
      ["phones/4", "updated", "updated", true, "primaryChanged"],
      ["phones/5", "deleted", "none", false, "notEdited"],
      ["phones/new", "none", "created", false, true],
    ]);
    const fieldsOf = (path: string) => items.find((row) => row.path === path)?.fields;
    expect(fieldsOf("phones/1")).toStrictEqual([
      { field: "name", base: '"内線1"', primary: '"内線1"', secondary: '"大阪"' },
    ]);
    expect(fieldsOf("phones/4")).toStrictEqual([
      { field: "at.floor", base: "1", primary: "1", secondary: "2" },
      { field: "name", base: '"内線4"', primary: '"東京4"', secondary: '"大阪4"' },
    ]);
    expect(items.find(({ path }) => path === "phones/1")?.edited?.by.id).toBeTruthy();
  });

  test("finds edits whose events were lost, and says what it cannot know (R25)", async () => {
    const tenant = await inCharge();
    await unnoted(tenant, () => here(tenant, "phones/1").update({ name: "大阪" }));
    await there(tenant, "phones/1").update({ name: "東京" });
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
    const { items } = await diffOf(tenant);
    expect(items).toMatchObject([
      {
        path: "phones/1",
        conflict: true,
        fields: [{ field: "name", base: "unknown", primary: '"東京"', secondary: '"大阪"' }],
      },
    ]);
    expect(items[0]).not.toHaveProperty("edited");
  });

  test("comes in pages that follow one another, and whole as CSV by format or by Accept (R25)", async () => {
    const tenant = await inCharge(9);
    await Promise.all([1, 2, 3, 4, 5].map((n) => here(tenant, `phones/${n}`).update({ name: `=大阪${n}` })));
    await stack.settled(tenant);
    const found: string[] = [];
    for (let query = "?pageSize=2"; query !== ""; ) {
      const { items, nextPageToken } = await diffOf(tenant, query);
      expect(items.length).toBeLessThanOrEqual(2);
      found.push(...items.map(({ path }) => path));
      query = nextPageToken ? `?pageSize=2&pageToken=${nextPageToken}` : "";
    }
    expect(found).toStrictEqual([1, 2, 3, 4, 5].map((n) => `phones/${n}`));

    const path = `/tenants/${tenant}/dr/failback/diff`;
    const [asked, accepted] = await Promise.all([ask(`${path}?format=csv`), ask(path, { accept: "text/csv" })]);
    expect(asked.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(asked.headers.get("content-disposition")).toBe(`attachment; filename="failback-${tenant}.csv"`);
    const text = Buffer.from(await asked.arrayBuffer()).toString("utf8");
    expect(text.startsWith('\ufeff"path",')).toBe(true);
    expect(text.split("\r\n")).toHaveLength(7);
    expect(Buffer.from(await accepted.arrayBuffer()).toString("utf8")).toBe(text);
  });

  test("is for those who end an activation: not for viewers, strangers, or while nothing is activated (R47)", async () => {
    const tenant = await inCharge(1);
    const viewer = `viewer@${tenant}.example`;
    await here(tenant, `members/${viewer}`).set({ email: viewer, role: "viewer" });
    const path = `/tenants/${tenant}/dr/failback/diff`;
    expect((await ask(path, { email: viewer })).status).toBe(403);
    expect((await ask(path, { email: "stranger@example.com" })).status).toBe(404);
    const syncing = await enrol(stack);
    expect((await ask(`/tenants/${syncing}/dr/failback/diff`)).status).toBe(409);
  });
});

describe("failback", () => {
  test("the primary overwrites what was changed on the secondary, and the tenant syncs again (R24)", async () => {
    const tenant = await inCharge();
    await Promise.all([
      here(tenant, "phones/1").update({ name: "大阪" }),
      here(tenant, "phones/2").delete(),
      here(tenant, "phones/new").set({ name: "新規" }),
      there(tenant, "phones/3").update({ name: "東京" }),
      there(tenant, "phones/4").delete(),
    ]);
    await unnoted(tenant, () => here(tenant, "phones/6").update({ name: "noted by nobody" }));
    const before = (await standbyOf(stack, tenant))?.fence.number ?? 0;
    const { state, result } = await failedBack(tenant);
    expect(state).toBe("succeeded");
    expect(result).toMatchObject({ overwritten: 6, promoted: 0, refused: 0, promotions: [] });
    const standby = await inState(stack, tenant, "syncing");
    expect(standby).not.toHaveProperty("activation");
    expect(standby.fence.number).toBe(before + 2);
    expect(standby.proof).toMatchObject({ equal: true });
    await expectEqualSites(wires, tenant);
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
    // The mirror works again, and what both deleted may come back.
    await there(tenant, "phones/new").set({ again: true });
    await stack.settled(tenant);
    await expectEqualSites(wires, tenant);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
    expect((await auditOf(tenant)).map(({ act }) => act)).toEqual(
      expect.arrayContaining(["request-failback", "failback", "failed-back"]),
    );
  });

  test("what both sites deleted meanwhile may be created again afterwards (R24, R10)", async () => {
    const tenant = await inCharge();
    await Promise.all([here(tenant, "phones/1").delete(), there(tenant, "phones/1").delete()]);
    await stack.settled(tenant);
    await failedBack(tenant);
    expect((await ledgerEntryOf(stack, tenant, "phones/1"))?.deleted).toBe(true);
    await there(tenant, "phones/1").set({ again: true });
    await stack.settled(tenant);
    await expectEqualSites(wires, tenant);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
  });

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

  test("takes notice, request and confirmation in order, unless a drill or a reason (R24)", async () => {
    const tenant = await inCharge(3, "disaster");
    const admin = `admin@${tenant}.example`;
    await here(tenant, `members/${admin}`).set({ email: admin, role: "companyAdmin" });
    expect((await failBack(tenant)).status).toBe(412);
    expect((await failBack(tenant, {}, { email: admin })).status).toBe(403);
    expect((await failBack(tenant, { confirm: "other" })).status).toBe(400);
    expect((await failBack(tenant, { override: true })).status).toBe(400);
    expect((await failBack(tenant, { promote: ["callHistory/1"] })).status).toBe(400);

    const notice = { method: "POST", body: { note: "復旧しました" } };
    expect((await ask(`/tenants/${tenant}/dr/recovery-notice`, { ...notice, email: admin })).status).toBe(403);
    const noticed = await ask(`/tenants/${tenant}/dr/recovery-notice`, notice);
    expect(await noticed.json()).toMatchObject({ tenant, mode: "disaster", recoveryNotice: { by: { type: "user" } } });
    const wish = { method: "POST", body: { softphonesReturned: true }, email: admin };
    expect((await ask(`/tenants/${tenant}/dr/resume-request`, { ...wish, body: {} })).status).toBe(400);
    const wished = await ask(`/tenants/${tenant}/dr/resume-request`, wish);
    expect(await wished.json()).toMatchObject({ resumeRequest: { by: { id: admin } } });
    const outbox = await secondary.collection("outbox").where("tenant", "==", tenant).get();
    expect([...new Set(outbox.docs.map((mail) => mail.get("template")))].sort()).toStrictEqual([
      "recoveryNotice",
      "resumeRequested",
    ]);
    expect((await failedBack(tenant)).state).toBe("succeeded");
    await expectEqualSites(wires, tenant);
  });

  test("is asked for twice and done once; another one meanwhile is refused (R24)", async () => {
    const tenant = await inCharge();
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => failBack(tenant, {}, { key })));
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
    expect(new Set(ids).size).toBe(1);
    await inState(stack, tenant, "syncing");
    expect((await failBack(tenant)).status).toBe(409);
  });

  test("never copies a primary that has lost the tenant, its documents, or most of a kind (R24)", async () => {
    const tenant = await inCharge(20);
    await stack.faults("primary", { tenant, drop: 1 });
    await Promise.all(Array.from({ length: 15 }, (_, n) => there(tenant, `phones/${n}`).delete()));
    const half = await failBack(tenant);
    expect(half.status).toBe(412);
    expect(await half.json()).toMatchObject({ fields: [{ field: "primary.phones" }] });
    await primary.recursiveDelete(primary.collection(`tenants/${tenant}/phones`));
    await primary.recursiveDelete(primary.collection(`tenants/${tenant}/callFlows`));
    expect((await failBack(tenant, { override: true, reason: "いいから" })).status).toBe(412);
    await there(tenant, "phones/0").set({ n: 0 });
    await primary.doc(`tenants/${tenant}`).delete();
    expect((await failBack(tenant, { override: true, reason: "いいから" })).status).toBe(412);
    expect((await ask(`/tenants/${tenant}/dr/failback/diff`)).status).toBe(412);
    expect((await secondary.collection(`tenants/${tenant}/phones`).get()).size).toBe(20);
    expect((await standbyOf(stack, tenant))?.state).toBe("active");
  });

  test("of a primary that lost most of a kind on purpose is done by a reason, which is kept (R24, R30)", async () => {
    const tenant = await inCharge(20);
    await Promise.all(Array.from({ length: 15 }, (_, n) => there(tenant, `phones/${n}`).delete()));
    const { state } = await failedBack(tenant, { override: true, reason: "統合で廃止" });
    expect(state).toBe("succeeded");
    await expectEqualSites(wires, tenant);
    const asked = (await auditOf(tenant)).find(({ act }) => act === "request-failback");
    expect(asked?.after).toMatchObject({ override: "統合で廃止" });
  });

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

  test("overwrites what is edited on the secondary while it runs (R24)", async () => {
    const tenant = await inCharge(60);
    const edits = (async () => {
      for (let n = 0; n < 60; n++) await here(tenant, `phones/${n}`).update({ late: n });
    })();
    await edits;
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
    await expectEqualSites(wires, tenant);
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
  });

  test("that is cancelled half-way leaves the secondary in charge, to be failed back again (R24)", async () => {
    const tenant = await inCharge(3);
    const id = await putOperation(stack, tenant, { type: "failback", input: { promote: [] } });
    // A slice has begun the fail back and died.
    await secondary.doc(`standbys/${tenant}`).update({ state: "resyncing", operation: id });
    expect((await ask(`/operations/${id}/cancel`, { method: "POST" })).status).toBe(200);
    const standby = await inState(stack, tenant, "active");
    expect(standby.activation?.mode).toBe("drill");
    expect((await failedBack(tenant)).state).toBe("succeeded");
    await inState(stack, tenant, "syncing");
  });
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

test("an edit's note has the key that the diff reads it by", async () => {
  const tenant = await inCharge(1);
  await here(tenant, "phones/0").update({ name: "大阪" });
  await stack.settled(tenant);
  expect((await secondary.doc(`standbys/${tenant}/edits/${ledgerKey("phones/0")}`).get()).exists).toBe(true);
});
