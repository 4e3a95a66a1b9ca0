import { afterAll, describe, expect, test } from "vitest";
import { revokeProof } from "../../shared/domain/backup/look-at-bucket.ts";
import { proveBucket } from "../../shared/domain/backup/prove-bucket.ts";
import { AppError } from "../../shared/domain/errors.ts";
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
} from "../support/backup-settings.ts";
import { sharedStack } from "../support/stack.ts";
import { storageClient } from "../support/storage.ts";

const stack = sharedStack();
const { primary, secondary } = stack.databases;
const storage = storageClient(stack.description.storage);
afterAll(() => stack.close());

const get = (tenant: string) => settingsCall(stack, tenant);
const put = (tenant: string, path: string, body: object) => settingsCall(stack, tenant, path, { body });

describe("whose a bucket is", () => {
  test("another tenant's is answered as one without permission, in every act (R34)", async () => {
    const { bucket } = await enrolBackingUp(stack);
    const [other, closed] = await Promise.all([enrolOffices(stack), newCustomerBucket(stack, [])]);
    const answers = [];
    for (const name of [bucket, closed]) {
      const saved = await put(other, "", { enabled: true, bucket: name });
      const challenged = await bucketCall(stack, other, name, "challenge");
      const proved = await bucketCall(stack, other, name, "prove", { code: "0000" });
      const text = JSON.stringify(
        [saved, challenged, proved].map(({ status, body }) => ({ status, body: { ...body, trace: "" } })),
        // Of each setting its own, which tells nothing but whether it is still the one that was read.
        (key, value: unknown) => (key === "version" ? typeof value : value),
      );
      answers.push(text.replaceAll(name, "the-bucket").replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "then"));
    }
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).toContain("waitingForPermission");
    const found = await storage.bucket(bucket).getFiles({ prefix: "call-recordings/hikae-challenge-" });
    expect(found[0]).toHaveLength(1);
  });

  test("is lost when the bucket is gone, and free for whoever makes it again (R34)", async () => {
    const [own, other] = [await enrolBackingUp(stack), await enrolOffices(stack)];
    const app = settingsApp(stack, "primary");
    expect(await revokeProof(app, own.tenant, own.bucket, new Date())).toBe("revoked");
    expect(await revokeProof(app, own.tenant, own.bucket, new Date())).toBe("revoked");
    const { body } = await get(own.tenant);
    expect(stateIn(body, own.bucket)).toBe("proofLost");
    expect(body.inForce.bucket).toBe(own.bucket);

    expect((await put(other, "", { enabled: true, bucket: own.bucket })).body.buckets[0].state).toBe("waitingForProof");
    expect((await proveBucketOf(stack, other, own.bucket)).status).toBe(200);
    // Whoever had it before has no way to it, nor learns whose it is.
    expect((await bucketCall(stack, own.tenant, own.bucket, "challenge")).status).toBe(412);
    expect(await revokeProof(app, own.tenant, own.bucket, new Date())).toBe("revoked");
    expect((await get(other)).body.buckets[0].state).toBe("proved");
  });

  test("is revoked by a 404 when it is saved, and proved anew (R34)", async () => {
    const own = await enrolBackingUp(stack);
    await storage.bucket(own.bucket).deleteFiles({ force: true });
    await stack.storage.permit(own.bucket);
    await storage.bucket(own.bucket).delete();
    expect((await put(own.tenant, "/call-centers/c1", { enabled: true, bucket: own.bucket })).status).toBe(400);
    expect(stateIn((await get(own.tenant)).body, own.bucket)).toBe("proofLost");
    expect((await put(own.tenant, "", { enabled: false, bucket: own.bucket })).body.inForce).toEqual({
      enabled: false,
      bucket: own.bucket,
    });
    await storage.createBucket(own.bucket);
    expect(stateIn((await put(own.tenant, "", { enabled: true, bucket: own.bucket })).body, own.bucket)).toBe(
      "proofLost",
    );
    expect((await proveBucketOf(stack, own.tenant, own.bucket)).body.state).toBe("proved");
  });

  test("is not proved by an old code, nor by guessing (R34)", async () => {
    const [own, name] = await Promise.all([enrolOffices(stack), newCustomerBucket(stack)]);
    await put(own, "", { enabled: true, bucket: name });
    const first = await bucketCall(stack, own, name, "challenge");
    const old = await codeIn(stack, first.body.challenge.object);
    const second = await bucketCall(stack, own, name, "challenge");
    const code = await codeIn(stack, second.body.challenge.object);
    for (const wrong of [old, ...Array.from({ length: 9 }, (_, index) => `000${index}`)]) {
      expect((await bucketCall(stack, own, name, "prove", { code: wrong })).status).toBe(400);
    }
    expect(await bucketCall(stack, own, name, "prove", { code })).toMatchObject({
      status: 412,
      body: { detail: expect.stringMatching(/tried too often.*new one/) },
    });
    expect((await proveBucketOf(stack, own, name)).status).toBe(200);
  });

  test("is not proved when its file is gone (R34)", async () => {
    const [own, name] = await Promise.all([enrolOffices(stack), newCustomerBucket(stack)]);
    await put(own, "", { enabled: true, bucket: name });
    const { body } = await bucketCall(stack, own, name, "challenge");
    const code = await codeIn(stack, body.challenge.object);
    await storage.bucket(name).deleteFiles({ prefix: "call-recordings/hikae-challenge-" });
    expect(await bucketCall(stack, own, name, "prove", { code })).toMatchObject({ status: 412 });
    expect((await secondary.doc(`bucketClaims/${name}`).get()).exists).toBe(false);
  });
});

describe("proving", () => {
  /** A bucket with a code in it, which that many levels want. */
  async function challenged(levels = 1) {
    const [tenant, bucket] = await Promise.all([enrolOffices(stack), newCustomerBucket(stack)]);
    await put(tenant, "", { enabled: true, bucket });
    const writer = primary.batch();
    for (let n = 1; n < levels; n++) {
      writer.set(primary.doc(`tenants/${tenant}/backupSettings/callCenter.n${n}`), { enabled: true, wanted: bucket });
    }
    await writer.commit();
    const { body } = await bucketCall(stack, tenant, bucket, "challenge");
    return { tenant, bucket, code: await codeIn(stack, body.challenge.object) };
  }
  const wanting = async (tenant: string, bucket: string, field: "wanted" | "bucket") =>
    (await primary.collection(`tenants/${tenant}/backupSettings`).where(field, "==", bucket).count().get()).data()
      .count;

  test("that dies after the claim is done by the same code again, or by saving again (R34)", async () => {
    for (const again of ["prove", "save"] as const) {
      const { tenant, bucket, code } = await challenged();
      const app = settingsApp(stack, "primary");
      const { settings } = app.backups.primary;
      let changes = 0;
      const dying: typeof settings.changeBucket = (...given) => {
        changes++;
        if (changes > 1) throw new AppError("unavailable", "the process dies here");
        return settings.changeBucket(...given);
      };
      const broken = {
        ...app,
        backups: {
          ...app.backups,
          primary: { ...app.backups.primary, settings: { ...settings, changeBucket: dying } },
        },
      };
      await expect(proveBucket(broken, { tenant, bucket, by: "a@x.example" }, code)).rejects.toThrow();
      expect(stateIn((await get(tenant)).body, bucket)).toBe("waitingForProof");
      if (again === "prove") expect((await bucketCall(stack, tenant, bucket, "prove", { code })).status).toBe(200);
      else await put(tenant, "", { enabled: true, bucket });
      const { body } = await get(tenant);
      expect([stateIn(body, bucket), body.inForce.bucket]).toEqual(["proved", bucket]);
    }
  });

  test("puts the bucket in force at every level that wants it, however many (R34)", async () => {
    const { tenant, bucket, code } = await challenged(450);
    expect((await bucketCall(stack, tenant, bucket, "prove", { code })).status).toBe(200);
    expect([await wanting(tenant, bucket, "wanted"), await wanting(tenant, bucket, "bucket")]).toEqual([0, 450]);
  });

  test("does nothing when the bucket is found gone in between (R34)", async () => {
    const { tenant, bucket, code } = await challenged();
    const app = settingsApp(stack, "primary");
    const { bucketClaims } = app;
    const claim: typeof bucketClaims.claim = async (given) => {
      const outcome = await bucketClaims.claim(given);
      await revokeProof(app, tenant, bucket, new Date());
      return outcome;
    };
    const proving = proveBucket(
      { ...app, bucketClaims: { ...bucketClaims, claim } },
      { tenant, bucket, by: "a" },
      code,
    );
    await expect(proving).rejects.toMatchObject({ code: "precondition-failed" });
    expect((await secondary.doc(`bucketClaims/${bucket}`).get()).get("lostAt")).toBeDefined();
    expect((await get(tenant)).body.inForce.bucket).toBeNull();
  });
});
