import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCustomerBuckets, refusalOf } from "../../shared/stores/customer-bucket.ts";
import { createObjectApi, type ObjectApi } from "../../shared/stores/object-api.ts";
import { startTestStorage, type TestStorage } from "../support/storage.ts";

let storage: TestStorage;
let objects: ObjectApi;
let customer: ReturnType<typeof createCustomerBuckets>;
let made = 0;

beforeAll(async () => {
  storage = await startTestStorage();
  objects = createObjectApi({ endpoint: storage.url });
  customer = createCustomerBuckets(objects);
});
afterAll(async () => {
  objects.close();
  await storage.close();
});

/** A customer's bucket with no more than the role that they grant. */
async function customersBucket(): Promise<string> {
  const name = `customer-${++made}`;
  await storage.client.createBucket(name, { location: "asia-northeast1" });
  await storage.switches.permit(name, objectUser);
  return name;
}
const objectUser = ["create", "get", "list", "update", "delete"].map((act) => `storage.objects.${act}`);

describe("probing a customer's bucket (R33)", () => {
  test("creates the placeholder and reads it, again and again, without buckets.get", async () => {
    const bucket = await customersBucket();
    expect(await customer.probeBucket(bucket)).toBe("ok");
    const first = await customer.touchPlaceholder(bucket);
    expect(await customer.probeBucket(bucket)).toBe("ok");
    expect(await customer.touchPlaceholder(bucket)).toEqual(first);
    const [files] = await storage.client.bucket(bucket).getFiles();
    expect(files.map(({ name, metadata }) => [name, Number(metadata.size)])).toEqual([["call-recordings/", 0]]);
  });

  test.each(["create", "get", "list"])("tells that %s is not permitted", async (missing) => {
    const bucket = await customersBucket();
    await storage.switches.permit(
      bucket,
      objectUser.filter((permission) => permission !== `storage.objects.${missing}`),
    );
    expect(await customer.probeBucket(bucket)).toMatchObject({ cause: "denied" });
  });

  test("is not content with permissions that the bucket does not keep", async () => {
    const bucket = await customersBucket();
    await storage.switches.fault({ bucket, operation: "objects.insert", status: 403 });
    expect(await customer.testPermissions(bucket)).toBe("ok");
    expect(await customer.probeBucket(bucket)).toMatchObject({ cause: "denied" });
  });

  test("tells a bucket that is not there, and one whose requester pays", async () => {
    expect(await customer.probeBucket("customer-of-nobody")).toMatchObject({ cause: "bucketGone" });
    const name = `customer-${++made}`;
    await storage.client.createBucket(name, { requesterPays: true });
    expect(await customer.probeBucket(name)).toMatchObject({ cause: "requesterPays" });
  });

  test("does not take a policy that forbids the placeholder for a placeholder that is there (R39)", async () => {
    const bucket = await customersBucket();
    await customer.touchPlaceholder(bucket);
    const reason = "orgPolicyConstraintFailed";
    await storage.switches.fault({ bucket, operation: "objects.insert", status: 412, reason });
    expect(await customer.probeBucket(bucket)).toMatchObject({
      cause: "denied",
      message: expect.stringMatching("policy"),
    });
  });

  test("takes an outage for one, and another's answer for none of the bucket's", async () => {
    const bucket = await customersBucket();
    await storage.switches.fault({ bucket, status: 503 });
    expect(await customer.probeBucket(bucket)).toMatchObject({ cause: "unavailable" });
    await storage.switches.clearFaults({ bucket });
    await storage.switches.fault({ bucket, status: 503, times: 1 });
    expect(await customer.probeBucket(bucket)).toBe("ok");
  });
});

describe("a text in a customer's bucket (R34)", () => {
  test("is created once, even if the answer is lost, and can be told from another of its name", async () => {
    const bucket = await customersBucket();
    const object = "call-recordings/hikae-challenge-1.txt";
    const left = await customer.leaveText(bucket, object, "確認コード ABCD");
    expect(left).toEqual({ generation: expect.stringMatching(/^\d+$/) });
    expect(await customer.leaveText(bucket, object, "another")).toEqual(left);
    const file = storage.client.bucket(bucket).file(object);
    expect((await file.download())[0].toString()).toBe("確認コード ABCD");
    expect((await file.getMetadata())[0].contentType).toBe("text/plain; charset=utf-8");
    const { generation } = left as { generation: string };
    expect(await customer.holds(bucket, object, generation)).toBe(true);
    await file.delete();
    await file.save("another");
    expect(await customer.holds(bucket, object, generation)).toBe(false);
  });
});

const answer = (status: number, reason?: string) => ({
  status,
  body: reason === undefined ? undefined : { error: { code: status, errors: [{ reason }] } },
});

test.each([
  [answer(404), "bucketGone"],
  [answer(403, "forbidden"), "denied"],
  [answer(403), "denied"],
  [answer(403, "rateLimitExceeded"), "throttled"],
  [answer(429), "throttled"],
  [answer(400, "required"), "requesterPays"],
  [answer(400, "userProjectMissing"), "requesterPays"],
  [answer(400, "invalid"), undefined],
  [answer(401), "unavailable"],
  [answer(503), "unavailable"],
  [answer(412), undefined],
  [answer(412, "conditionNotMet"), undefined],
  [answer(412, "orgPolicyConstraintFailed"), "denied"],
  [answer(400, "cloudKmsDisabledKey"), "denied"],
  [answer(400, "cloudKmsEncryptionKeyNotFound"), "denied"],
  [answer(400, "cloudKmsBadKey"), "denied"],
  [answer(200), undefined],
])("the answer %j means %s for the bucket (R39)", (given, cause) => {
  expect(refusalOf(given)?.cause).toBe(cause);
});
