import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createBucketListings } from "../../shared/stores/bucket-listings.ts";
import { createCustomerBuckets } from "../../shared/stores/customer-bucket.ts";
import { createObjectApi, type ObjectApi } from "../../shared/stores/object-api.ts";
import { actingAs, customersAccess } from "../../shared/stores/storage-authorization.ts";
import { type CredentialsApi, startCredentialsApi } from "../support/credentials-api.ts";
import { audioOf } from "../support/recording-source.ts";
import { type StoreStage, startStoreStage } from "../support/store-recordings.ts";

const account = "hikae-backup@hikae.iam.gserviceaccount.com";
const toGrant = `the function may not act as ${account}: grant this function's service account roles/iam.serviceAccountTokenCreator on it`;

let iam: CredentialsApi;
let storage: Server;
let endpoint: string;
/** The `authorization` of each request that reached Cloud Storage. */
let arrived: (string | undefined)[];
const opened: ObjectApi[] = [];

beforeAll(async () => {
  // The library says of every impersonation that its settings must be trusted; these are our own.
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  storage = createServer((request, response) => {
    arrived.push(request.headers.authorization);
    const permissions = ["create", "get", "list"].map((act) => `storage.objects.${act}`);
    response.end(JSON.stringify({ permissions, generation: "1", items: [] }));
  });
  await new Promise<void>((resolve) => storage.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(storage.address() as AddressInfo).port}`;
});
afterAll(() => {
  storage.closeAllConnections();
  storage.close();
  vi.restoreAllMocks();
});
beforeEach(async () => {
  iam = await startCredentialsApi();
  arrived = [];
});
afterEach(async () => {
  vi.useRealTimers();
  for (const api of opened.splice(0)) api.close();
  await iam.close();
});

const impersonated = () => actingAs(account, { source: iam.source, endpoint: iam.url });
function objects(): ObjectApi {
  const api = createObjectApi({ endpoint, authorize: impersonated() });
  opened.push(api);
  return api;
}

describe("a call to a customer's bucket", () => {
  test("goes by the name of the account that customers permit, and never by the function's own (R33)", async () => {
    const api = objects();
    expect(await createCustomerBuckets(api).probeBucket("customer")).toBe("ok");
    await createBucketListings(api).list("customer", {});
    expect(arrived).toStrictEqual(Array(4).fill("Bearer token-1"));
    expect(iam.requests).toStrictEqual([
      {
        path: `/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
        authorization: "Bearer own",
        scope: ["https://www.googleapis.com/auth/devstorage.read_write"],
        lifetime: "3600s",
      },
    ]);
  });

  test("shares one token with those that come together (R33)", async () => {
    const customers = createCustomerBuckets(objects());
    await Promise.all(Array.from({ length: 30 }, () => customers.testPermissions("customer")));
    expect(arrived).toStrictEqual(Array(30).fill("Bearer token-1"));
    expect(iam.requests).toHaveLength(1);
  });

  test("has a new token when the old one is about to run out (R33)", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const customers = createCustomerBuckets(objects());
    const askAfter = async (minutes: number) => {
      vi.setSystemTime(Date.now() + minutes * 60_000);
      await customers.testPermissions("customer");
    };
    await askAfter(0);
    await askAfter(54);
    await askAfter(2);
    await askAfter(54);
    expect(arrived).toStrictEqual(["token-1", "token-1", "token-2", "token-2"].map((token) => `Bearer ${token}`));
  });

  test.each([403, 404])(
    "says what to grant where the credentials API answers %i, and works once it is granted (R33)",
    async (status) => {
      iam.answerWith(status);
      const api = objects();
      const customers = createCustomerBuckets(api);
      const refused = { cause: "unavailable", message: expect.stringContaining(toGrant) };
      expect(await customers.probeBucket("customer")).toStrictEqual(refused);
      await expect(createBucketListings(api).list("customer", {})).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining(toGrant),
      });
      expect(arrived).toStrictEqual([]);
      iam.answerWith(200);
      expect(await customers.probeBucket("customer")).toBe("ok");
    },
  );

  test("waits for a credentials API that does not answer, as for Cloud Storage itself (R33)", async () => {
    iam.answerWith(503);
    const outage = `the function may not act as ${account}: the IAM Service Account Credentials API does not answer`;
    const found = await createCustomerBuckets(objects()).probeBucket("customer");
    expect(found).toStrictEqual({ cause: "unavailable", message: outage });
    expect(iam.requests.length).toBeGreaterThan(1);
  }, 30_000);

  test("is impersonated only where the account is known and Google is asked (R33)", () => {
    expect(customersAccess(account, {})).toStrictEqual({ authorize: expect.any(Function) });
    expect(customersAccess(account, { endpoint })).toStrictEqual({ endpoint });
    expect(customersAccess(undefined, {})).toStrictEqual({});
  });
});

describe("a recording", () => {
  let stage: StoreStage;
  beforeAll(async () => {
    stage = await startStoreStage();
  });
  afterAll(() => stage.close());

  async function entryFrom(place: "the web" | "the platform's bucket") {
    const content = audioOf(3000);
    if (place === "the web") return stage.entry(stage.source.serve((_, response) => response.end(content)));
    await stage.storage.client.bucket("recordings-tokyo").file("acme/1.mp3").save(content, { resumable: false });
    return stage.entry("gs://recordings-tokyo/acme/1.mp3");
  }

  test.each(["the web", "the platform's bucket"] as const)(
    "of %s waits for its bucket while the function may not act for customers (R33, R39)",
    async (place) => {
      const entry = await entryFrom(place);
      const store = stage.create({ storage: { endpoint: stage.storage.url, authorize: impersonated() } });
      const attempt = () => store({ tenant: "acme", entry, deadline: new Date(Date.now() + 20_000) });
      iam.answerWith(403);
      const message = expect.stringContaining(toGrant);
      expect(await attempt()).toStrictEqual({ outcome: "refused", cause: "unavailable", message });
      iam.answerWith(200);
      expect(await attempt()).toMatchObject({ outcome: "stored", bytes: 3000 });
    },
  );
});
