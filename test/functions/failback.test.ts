import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../shared/domain/standby.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { failbackOn } from "../support/failback.ts";
import { putOperation } from "../support/operations.ts";
import { patiently } from "../support/patiently.ts";
import { sharedStack } from "../support/stack.ts";
import { editsOf, expectEqualSites, inState, ledgerEntryOf, standbyOf, wiresOf } from "../support/tenants.ts";

const stack = sharedStack();
const { here, there, ask, failBack, failedBack, inCharge, unnoted } = failbackOn(stack);
const wires = wiresOf(stack.description);
const { primary, secondary } = stack.databases;
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

async function auditOf(tenant: string): Promise<AuditEntry[]> {
  const found = await secondary.collection(`standbys/${tenant}/audit`).get();
  return found.docs.map((document) => fromStore<AuditEntry>(document.data()));
}

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

  test("takes notice, request and confirmation in order, unless a drill or a reason (R24)", async () => {
    const tenant = await inCharge(3, "disaster");
    const admin = `admin@${tenant}.example`;
    await here(tenant, `members/${admin}`).set({ email: admin, role: "companyAdmin" });
    const early = await failBack(tenant);
    expect(early.status).toBe(412);
    expect(await early.json()).toMatchObject({
      fields: [
        { field: "standby.recoveryNotice", label: { ja: expect.stringContaining("運用担当") } },
        { field: "standby.resumeRequest", label: { ja: expect.stringContaining("再開を依頼") } },
      ],
    });
    expect((await failBack(tenant, {}, { email: admin })).status).toBe(403);
    expect((await failBack(tenant, { confirm: "other" })).status).toBe(400);
    expect((await failBack(tenant, { override: true })).status).toBe(400);
    expect((await failBack(tenant, { promote: ["callHistory/1"] })).status).toBe(400);

    const notice = { method: "POST", body: { note: "復旧しました" } };
    expect((await ask(`/tenants/${tenant}/dr/recovery-notice`, { ...notice, email: admin })).status).toBe(403);
    const noticed = await ask(`/tenants/${tenant}/dr/recovery-notice`, notice);
    expect(await noticed.json()).toMatchObject({
      tenant,
      mode: "disaster",
      recoveryNotice: { by: { type: "user" }, note: "復旧しました" },
    });
    const wish = { method: "POST", body: { softphonesReturned: true }, email: admin };
    expect(
      (await ask(`/tenants/${tenant}/dr/resume-request`, { ...wish, body: { softphonesReturned: false } })).status,
    ).toBe(400);
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
    const answers = await Promise.all([1, 2, 3].map(() => patiently(() => failBack(tenant, {}, { key }))));
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
