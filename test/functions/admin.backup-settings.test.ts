import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeWaitingBuckets } from "../../shared/domain/backup/probe-buckets.ts";
import { putInCharge } from "../support/activation.ts";
import {
  bucketCall,
  codeIn,
  enrolBackingUp,
  enrolOffices,
  newCustomerBucket,
  proveBucketOf,
  settingsApp,
  settingsCall,
  stateIn,
  writeOffices,
} from "../support/backup-settings.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { storageClient } from "../support/storage.ts";
import { call, emailOf, operator } from "../support/switch-over.ts";
import { inState, profileOf } from "../support/tenants.ts";

const stack = sharedStack();
const { primary, secondary } = stack.databases;
const storage = storageClient(stack.description.storage);
afterAll(() => stack.close());

const get = (tenant: string, path = "", member?: "office" | "viewer") =>
  settingsCall(stack, tenant, path, member ? { member } : {});
const put = (tenant: string, path: string, body: object, member?: "office" | "viewer") =>
  settingsCall(stack, tenant, path, { body, ...(member ? { member } : {}) });
const settingIn = async (database: typeof primary, tenant: string, level: string) =>
  (await database.doc(`tenants/${tenant}/backupSettings/${level}`).get()).data();

let tenant: string;
let bucket: string;
beforeAll(async () => {
  ({ tenant, bucket } = await enrolBackingUp(stack));
});

describe("a bucket", () => {
  test("is in force once it is permitted and proved, wherever it is wanted (R33, R34)", async () => {
    const [own, name] = await Promise.all([enrolOffices(stack), newCustomerBucket(stack)]);
    const saved = await put(own, "", { enabled: true, bucket: name, sidecar: true });
    expect(saved).toMatchObject({
      status: 200,
      body: {
        site: "primary",
        saved: { enabled: true, bucket: name, restrict: false, sidecar: true, updatedBy: emailOf(own, "company") },
        inForce: { enabled: true, bucket: null },
        effective: { bucket: null, why: { reason: "noBucket", label: { ja: expect.any(String) } } },
        grant: { serviceAccount: expect.stringContaining("@"), role: "roles/storage.objectUser" },
      },
    });
    expect(saved.body.buckets).toEqual([
      expect.objectContaining({
        name,
        state: "waitingForProof",
        problem: expect.objectContaining({ cause: "unproved" }),
      }),
    ]);
    expect((await put(own, "/call-centers/c1", { enabled: true, bucket: name })).body.inForce.bucket).toBeNull();

    const challenged = await bucketCall(stack, own, name, "challenge");
    expect(challenged.body.challenge.object).toMatch(
      /^gs:\/\/customer-\w+\/call-recordings\/hikae-challenge-[\w-]+\.txt$/,
    );
    const code = await codeIn(stack, challenged.body.challenge.object);
    const wrong = await bucketCall(stack, own, name, "prove", { code: "0000-0000" });
    expect(wrong).toMatchObject({
      status: 400,
      body: {
        fields: [
          {
            field: "body.code",
            problem: expect.stringMatching(/9 more/),
            label: { ja: expect.stringContaining("あと9回"), en: expect.stringMatching(/9 more/) },
          },
        ],
      },
    });
    const proved = await bucketCall(stack, own, name, "prove", { code: code.toLowerCase().replaceAll("-", "　") });
    expect(proved).toMatchObject({ status: 200, body: { state: "proved", provedBy: emailOf(own, "company") } });
    expect((await bucketCall(stack, own, name, "prove", { code })).status).toBe(200);

    expect(await settingIn(primary, own, "company")).toMatchObject({ enabled: true, bucket: name, sidecar: true });
    expect(await settingIn(primary, own, "company")).not.toHaveProperty("wanted");
    expect(await settingIn(primary, own, "callCenter.c1")).toMatchObject({ enabled: true, bucket: name });
    // Proved before, so at once.
    const office = await put(own, "/offices/o1", { bucket: name });
    expect(office.body).toMatchObject({ inForce: { bucket: name }, effective: { from: { type: "office", id: "o1" } } });
    const { body: audit } = await call(stack, own, operator, "/audit");
    expect(audit.items.map(({ act }: { act: string }) => act)).toEqual(
      expect.arrayContaining(["edit-backup-settings", "challenge-bucket", "prove-bucket"]),
    );
    expect(JSON.stringify([audit, proved.body, await get(own)])).not.toContain(code);
    expect((await secondary.doc(`bucketClaims/${name}`).get()).data()).toMatchObject({ tenant: own });
  });

  test("is shown with where it comes from, and where none does, why (R32)", async () => {
    await put(tenant, "/coaching-teams/t1", { enabled: true, bucket: null });
    const { body } = await settingsCall(stack, tenant, "", { member: "viewer", site: "secondary" });
    expect(body).toMatchObject({ site: "primary", effective: { bucket, from: { type: "company" } } });
    const levels = new Map<string, object>(
      body.levels.items.map((item: { level: { type: string; id: string } }) => [
        `${item.level.type}.${item.level.id}`,
        item,
      ]),
    );
    expect([...levels.keys()].sort()).toEqual([
      "callCenter.c1",
      "callCenter.c2",
      "coachingTeam.t1",
      "office.o1",
      "office.o2",
    ]);
    expect(levels.get("coachingTeam.t1")).toMatchObject({
      level: { name: "新人チーム", office: "o1" },
      effective: { bucket, from: { type: "company" } },
    });
    expect(levels.get("callCenter.c2")).toMatchObject({ saved: null, effective: { why: { reason: "unitOff" } } });
    expect(stateIn(body, bucket)).toBe("proved");
    expect(body.buckets[0].notChecked).toHaveLength(3);
  });

  test.each([
    ["that is not there", async () => "customer-of-nobody-at-all", 400, /no bucket of this name/],
    ["of a wrong name", async () => "Customer", 400, /small letters/],
    ["of the platform's own", async () => stack.description.sites.secondary.recordingsBucket, 400, /customer's bucket/],
    ["whose requester pays", requesterPays, 412, /requester pays/i],
    ["that does not answer", silent, 503, /try again/],
  ])("%s is refused with the cause, and the old one stays in force (R33)", async (_what, named, status, problem) => {
    const refused = await put(tenant, "", { enabled: false, bucket: await named() });
    expect(refused.status).toBe(status);
    const label = { ja: expect.stringMatching(/\p{sc=Hiragana}/u), en: expect.stringMatching(problem) };
    expect(refused.body.fields).toEqual([{ field: "body.bucket", problem: expect.stringMatching(problem), label }]);
    expect(await settingIn(primary, tenant, "company")).toMatchObject({ enabled: true, bucket });
  });

  test("without permission is waited for, and taken up when it is granted (R33)", async () => {
    const own = await enrolBackingUp(stack);
    const name = await newCustomerBucket(stack, ["storage.objects.create"]);
    const saved = await put(own.tenant, "", { enabled: true, bucket: name });
    expect(saved).toMatchObject({ status: 200, body: { saved: { bucket: name }, inForce: { bucket: own.bucket } } });
    const shown = saved.body.buckets.find((each: { name: string }) => each.name === name);
    expect(shown).toMatchObject({
      state: "waitingForPermission",
      waitingSince: expect.any(String),
      problem: { cause: "denied", remedy: { ja: expect.stringContaining("Storage オブジェクト ユーザー") } },
    });
    expect((await bucketCall(stack, own.tenant, name, "challenge")).status).toBe(412);

    await stack.storage.permit(name);
    await probeWaitingBuckets(settingsApp(stack, "secondary"));
    expect(stateIn((await get(own.tenant)).body, name)).toBe("waitingForPermission");
    await probeWaitingBuckets(settingsApp(stack, "primary"));
    expect(stateIn((await get(own.tenant)).body, name)).toBe("waitingForProof");
    expect((await proveBucketOf(stack, own.tenant, name)).body.state).toBe("proved");
    expect((await get(own.tenant)).body.inForce.bucket).toBe(name);
  });

  test("fails after ten minutes without permission, and the old one stays in force (R33)", async () => {
    const own = await enrolBackingUp(stack);
    const name = await newCustomerBucket(stack, []);
    await put(own.tenant, "", { enabled: true, bucket: name });
    const later = new Date(Date.now() + 10 * 60_000);
    expect(await probeWaitingBuckets(settingsApp(stack, "primary", () => later))).toBeGreaterThan(0);
    const { body } = await get(own.tenant);
    expect(body.inForce.bucket).toBe(own.bucket);
    expect(stateIn(body, name)).toBe("failed");
    await stack.storage.permit(name);
    expect(stateIn((await put(own.tenant, "", { enabled: true, bucket: name })).body, name)).toBe("waitingForProof");
  });
});

async function requesterPays(): Promise<string> {
  const name = await newCustomerBucket(stack);
  await stack.storage.permit(name);
  await storage.bucket(name).setMetadata({ billing: { requesterPays: true } });
  return name;
}

async function silent(): Promise<string> {
  const name = await newCustomerBucket(stack);
  await stack.storage.fault({ bucket: name, status: 503 });
  return name;
}

describe("where settings are kept", () => {
  test("on the secondary while it is active, nowhere in between, and the primary's are mirrored (R32)", async () => {
    const own = await enrolBackingUp(stack);
    await eventually(async () => {
      expect(await settingIn(secondary, own.tenant, "company")).toMatchObject({ bucket: own.bucket });
    });
    await putInCharge(stack, own.tenant);
    const name = await newCustomerBucket(stack);
    const saved = await settingsCall(stack, own.tenant, "", {
      body: { enabled: true, bucket: name },
      site: "secondary",
    });
    expect(saved).toMatchObject({ status: 200, body: { site: "secondary", inForce: { bucket: own.bucket } } });
    expect((await proveBucketOf(stack, own.tenant, name)).body.state).toBe("proved");
    expect(await settingIn(secondary, own.tenant, "company")).toMatchObject({ bucket: name });
    expect(await settingIn(primary, own.tenant, "company")).toMatchObject({ bucket: own.bucket });
    await secondary.doc(`standbys/${own.tenant}`).update({ state: "resyncing" });
    await inState(stack, own.tenant, "resyncing");
    const body = { enabled: true, bucket: null };
    expect((await settingsCall(stack, own.tenant, "", { body, site: "secondary" })).status).toBe(409);
    expect((await settingsCall(stack, own.tenant, "", { site: "secondary" })).status).toBe(200);
  });

  test("on the primary for a tenant without a stand-by (R32)", async () => {
    const own = stack.newTenant();
    await primary.doc(`tenants/${own}`).set({ ...profileOf(own), options: { dr: false, outboundDialler: false } });
    await writeOffices(stack, own);
    const name = await newCustomerBucket(stack);
    expect((await put(own, "", { enabled: true, bucket: name })).status).toBe(200);
    expect((await proveBucketOf(stack, own, name)).body.state).toBe("proved");
    expect((await get(own)).body).toMatchObject({ site: "primary", inForce: { bucket: name } });
  });

  test("with the version that was read, never over what somebody else has saved since (R32, R35)", async () => {
    const { tenant: own, bucket: first } = await enrolBackingUp(stack);
    const read = (await get(own)).body.version;
    expect(read).toEqual(expect.any(String));
    const unread = (await get(own, "/call-centers/c2")).body;
    expect(unread).toMatchObject({ saved: null, version: null });
    // The other administrator's: only the company's bucket is to be used.
    const others = { enabled: true, bucket: first, restrict: true, sidecar: false };
    expect((await put(own, "", { ...others, version: read })).status).toBe(200);
    expect((await put(own, "/call-centers/c2", { enabled: true, bucket: null })).status).toBe(200);

    const late = await put(own, "", { enabled: false, bucket: first, restrict: false, sidecar: false, version: read });
    const fault = { field: "body.version", label: { ja: expect.any(String), en: expect.any(String) } };
    expect(late).toMatchObject({ status: 409, body: { code: "conflict", fields: [fault] } });
    expect(await settingIn(primary, own, "company")).toMatchObject({ enabled: true, restrict: true });
    expect((await put(own, "/call-centers/c2", { enabled: false, bucket: null, version: null })).status).toBe(409);
    expect(await settingIn(primary, own, "callCenter.c2")).toMatchObject({ enabled: true });

    // A request that comes again finds what it wants saved already.
    expect((await put(own, "", { ...others, version: read })).status).toBe(200);
    expect(await settingIn(primary, own, "company")).not.toHaveProperty("version");
    const { version } = (await get(own)).body;
    expect((await put(own, "", { ...others, enabled: false, version })).body.saved.enabled).toBe(false);
  });

  test("of two who save at once the last wins, and nothing is half done (R33)", async () => {
    const own = await enrolBackingUp(stack);
    const names = await Promise.all([newCustomerBucket(stack), newCustomerBucket(stack)]);
    const answers = await Promise.all(
      names.map((name) => put(own.tenant, "/call-centers/c1", { enabled: true, bucket: name })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const setting = await settingIn(primary, own.tenant, "callCenter.c1");
    expect(names).toContain(setting?.wanted);
    for (const name of names) {
      const found = await primary.doc(`tenants/${own.tenant}/backupBuckets/${name}`).get();
      expect(found.get("access")).toBe("granted");
    }
    const [mine, other] = [setting?.wanted, names.find((name) => name !== setting?.wanted) ?? ""];
    expect((await proveBucketOf(stack, own.tenant, other)).status).toBe(200);
    expect(await settingIn(primary, own.tenant, "callCenter.c1")).toMatchObject({ wanted: mine });
  });
});
