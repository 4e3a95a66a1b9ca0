import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
const { project } = stack.description;
const tenant = stack.newTenant();

/** What a client may come with: nothing, or a Firebase user's ID token, which the emulator takes unsigned. */
const clients = { "nobody in particular": undefined, "a signed-in user": userToken() };
const cases = sites.flatMap((site) => Object.entries(clients).map(([who, token]) => ({ site, who, token })));

const documents = [
  `tenants/${tenant}`,
  `tenants/${tenant}/phones/1`,
  `tenants/${tenant}/recordingBackups/1`,
  `standbys/${tenant}`,
  `standbys/${tenant}/ledger/1`,
  `standbys/${tenant}/audit/1`,
  "outbox/1",
  "audit/1",
  "operators/somebody@operator.example",
  `elsewhere/${tenant}/anything/1`,
];

beforeAll(async () => {
  for (const site of sites) await stack.databases[site].doc(`elsewhere/${tenant}`).set({ secret: "秘密" });
});
afterAll(async () => {
  for (const site of sites) await stack.databases[site].doc(`elsewhere/${tenant}`).delete();
  await stack.close();
});

describe("the rules of the databases", () => {
  describe.each(cases)("of the $site refuse $who", ({ site, token }) => {
    test.each(documents)("everything at %s (R46)", async (path) => {
      const answers = await Promise.all(requestsAt(site, path).map((request) => statusOf(site, request, token)));
      expect(new Set(answers)).toStrictEqual(new Set(["PERMISSION_DENIED"]));
    });
  });

  test.each(sites)("of the %s let the server do what it must", async (site) => {
    const document = stack.databases[site].doc(`elsewhere/${tenant}`);
    expect((await document.get()).get("secret")).toBe("秘密");
    const [request] = requestsAt(site, `elsewhere/${tenant}`);
    if (!request) throw new Error("no request");
    expect(await statusOf(site, request, "owner")).toBe("OK");
  });
});

type Request = { method: string; path: string; body?: object };

/** Each way to read and write that a client has. */
function requestsAt(site: Site, path: string): Request[] {
  const parts = path.split("/");
  const [collection = "", parent] = [parts.at(-2), parts.slice(0, -2).join("/")];
  const below = parent === "" ? "" : `/${parent}`;
  const name = `projects/${project}/databases/${stack.description.sites[site].database}/documents/${path}`;
  const fields = { hacked: { booleanValue: true } };
  const from = (allDescendants: boolean) => ({ from: [{ collectionId: collection, allDescendants }] });
  const count = { structuredQuery: from(false), aggregations: [{ alias: "n", count: {} }] };
  return [
    { method: "GET", path: `/${path}` },
    { method: "GET", path: `${below}/${collection}` },
    { method: "POST", path: `${below}/${collection}?documentId=new`, body: { fields } },
    { method: "PATCH", path: `/${path}`, body: { fields } },
    { method: "DELETE", path: `/${path}` },
    { method: "POST", path: `${below}:runQuery`, body: { structuredQuery: from(false) } },
    { method: "POST", path: ":runQuery", body: { structuredQuery: from(true) } },
    { method: "POST", path: `${below}:runAggregationQuery`, body: { structuredAggregationQuery: count } },
    { method: "POST", path: ":batchGet", body: { documents: [name] } },
    { method: "POST", path: ":commit", body: { writes: [{ update: { name, fields } }, { delete: name }] } },
  ];
}

async function statusOf(site: Site, { method, path, body }: Request, token: string | undefined): Promise<string> {
  const { firestore, database } = stack.description.sites[site];
  const url = `http://${firestore}/v1/projects/${project}/databases/${database}/documents${path}`;
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (answer.ok) return "OK";
  // Streamed answers are lists, of which the error is the first.
  const [failure] = [await answer.json()].flat() as { error: { status: string } }[];
  return failure?.error.status ?? "";
}

function userToken(): string {
  const seconds = Math.floor(Date.now() / 1000);
  const payload = {
    iss: `https://securetoken.google.com/${project}`,
    aud: project,
    sub: "somebody",
    user_id: "somebody",
    auth_time: seconds,
    iat: seconds,
    exp: seconds + 3600,
    firebase: { sign_in_provider: "password", identities: {} },
  };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode({ alg: "none", typ: "JWT" })}.${encode(payload)}.`;
}
