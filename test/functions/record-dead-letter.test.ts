import { randomUUID } from "node:crypto";
import protos from "@google-cloud/firestore-api/protos";
import { afterAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import { deliver } from "../support/events.ts";
import { eventually } from "../support/eventually.ts";
import { addMembers, addressOf } from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";
import { publish } from "../support/telephony.ts";
import { enrol } from "../support/tenants.ts";

const stack = sharedStack();
const { secondary } = stack.databases;
afterAll(() => stack.close());

// biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire, whose fields the tests assert
type Called = { status: number; body: any };

type Options = { email?: string; method?: string };

async function call(path: string, { email = people.operator.email, method = "GET" }: Options = {}): Promise<Called> {
  const answer = await fetch(`${stack.description.sites.secondary.api}/v1/dead-letters${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await stack.token(email)}`,
      ...(method === "POST" ? { "idempotency-key": randomUUID() } : {}),
    },
  });
  return { status: answer.status, body: await answer.json() };
}
const replay = (id: string, email?: string) => call(`/${id}/replay`, { method: "POST", ...(email ? { email } : {}) });

type Letter = Record<string, unknown> & { id: string };
type Wanted = (letter: Letter) => boolean;

/** Those of a function that are wanted, once there are so many; other tests have dead letters of their own. */
function lettersOf(name: string, wanted: Wanted, count = 1): Promise<Letter[]> {
  return eventually(async () => {
    const found: Letter[] = [];
    for (let token: string | undefined = ""; token !== undefined; ) {
      const page: Called = await call(`?function=${name}&pageSize=200${token && `&pageToken=${token}`}`);
      expect(page.status).toBe(200);
      found.push(...page.body.items.filter(wanted));
      token = page.body.nextPageToken;
    }
    expect(found).toHaveLength(count);
    return found;
  });
}
const ofTenant =
  (tenant: string): Wanted =>
  (letter) =>
    letter.tenant === tenant;

const usesOf = async (tenant: string) => (await secondary.collection(`standbys/${tenant}/softphones`).get()).size;
const report = (tenantId: string, version: number) => ({
  ...{ version, tenantId, site: "secondary" },
  reports: [{ softphoneId: "a", site: "secondary", at: new Date().toISOString() }],
});

/** The dead letter of a report that the function would take now, as one of a release that did not know it. */
async function publishRefused(tenant: string, id = randomUUID()): Promise<void> {
  const data = Buffer.from(JSON.stringify(report(tenant, 1))).toString("base64");
  const body = JSON.stringify({
    message: { data, attributes: { tenantId: tenant }, messageId: "1" },
    subscription: "s",
  });
  await publish(stack, "deadLetters", { function: "record-softphones", id, code: "invalid", body });
}

describe("recordDeadLetter", () => {
  test("shows operators what a function refused, and not what it says (R39)", async () => {
    const tenant = await enrol(stack);
    await publish(stack, "softphoneReports", report(tenant, 99));
    const [letter] = await lettersOf("record-softphones", ofTenant(tenant));
    expect(letter).toMatchObject({
      ...{ function: "record-softphones", topic: "softphone-reports", code: "invalid", tenant },
      ...{ replayable: true, replays: [], bytes: JSON.stringify(report(tenant, 99)).length },
    });
    expect(letter).not.toHaveProperty("body");
    expect(letter).not.toHaveProperty("attributes");
  });

  test("sends it to its topic again, where it passes once its cause is mended (R39)", async () => {
    const tenant = await enrol(stack);
    const id = randomUUID();
    // A dead letter may come twice as well.
    await publishRefused(tenant, id);
    await publishRefused(tenant, id);
    const [letter] = await lettersOf("record-softphones", ofTenant(tenant));
    expect(await usesOf(tenant)).toBe(0);
    const answer = await replay(letter?.id ?? "");
    expect(answer).toMatchObject({ status: 200, body: { replays: [{ by: people.operator.email }] } });
    await eventually(async () => expect(await usesOf(tenant)).toBe(1));
    const [replayed] = await lettersOf("record-softphones", ofTenant(tenant));
    expect(replayed).toMatchObject({ replays: [{ by: people.operator.email }], replayable: true });
    const audit = await secondary.collection("audit").where("after.deadLetter", "==", letter?.id).get();
    expect(audit.docs.map((entry) => entry.get("act"))).toStrictEqual(["replay-dead-letter"]);
  });

  test("what is refused again is another dead letter (R39)", async () => {
    const tenant = await enrol(stack);
    await publish(stack, "softphoneReports", report(tenant, 99));
    const [first] = await lettersOf("record-softphones", ofTenant(tenant));
    expect((await replay(first?.id ?? "")).status).toBe(200);
    const both = await lettersOf("record-softphones", ofTenant(tenant), 2);
    expect(both.map(({ id }) => id)).toContain(first?.id);
  });

  test("does not send a change of a document again, and says what to do instead (R39)", async () => {
    const tenant = stack.newTenant();
    const { Document } = protos.google.firestore.v1;
    const name = `projects/p/databases/other/documents/tenants/${tenant}/phones/1`;
    const document = Document.encode({ name, updateTime: { seconds: 1_800_000_000 } }).finish();
    const event = Buffer.concat([Buffer.from([0x0a, document.length]), document]);
    await deliver(stack, "primary", "mirror-config-secondary-written", event);
    const [letter] = await lettersOf("mirror-config", ofTenant(tenant));
    expect(letter).toMatchObject({
      ...{ document: `tenants/${tenant}/phones/1`, replayable: false, code: "invalid" },
      whyNot: { ja: expect.stringContaining("突き合わせ"), en: expect.stringContaining("reconcile") },
    });
    const answer = await replay(letter?.id ?? "");
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining("reconcile") } });
  });

  test("keeps what has no form that it knows, once: its own refusal would come back for ever (R39)", async () => {
    const mark = randomUUID();
    await publish(stack, "deadLetters", { strange: mark, bytes: "x".repeat(40_000) });
    await publish(stack, "deadLetters", { strange: mark, bytes: "x".repeat(40_000) });
    const bytes = JSON.stringify({ strange: mark, bytes: "x".repeat(40_000) }).length;
    const letters = await lettersOf("unknown", (letter) => letter.bytes === bytes, 2);
    expect(letters[0]).toMatchObject({ code: "undeliverable", replayable: false });
    // A later one has come through: nothing was held up, and nothing came back.
    const tenant = await enrol(stack);
    await publishRefused(tenant);
    await lettersOf("record-softphones", ofTenant(tenant));
    await lettersOf("unknown", (letter) => letter.bytes === bytes, 2);
    await lettersOf("record-dead-letter", () => true, 0);
  });

  test("is for operators only (R47)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, { anna: {} });
    const email = addressOf(tenant, "anna");
    expect((await call("", { email })).status).toBe(403);
    expect((await replay("a".repeat(22), email)).status).toBe(403);
    expect((await replay("a".repeat(22))).status).toBe(404);
    expect((await fetch(`${stack.description.sites.secondary.api}/v1/dead-letters`)).status).toBe(401);
  });

  test("pages through them, the newest first, each once", async () => {
    const tenant = await enrol(stack);
    for (let index = 0; index < 3; index++) await publishRefused(tenant);
    await lettersOf("record-softphones", ofTenant(tenant), 3);
    const seen: Letter[] = [];
    for (let token: string | undefined = ""; token !== undefined && seen.length < 500; ) {
      const { body }: Called = await call(`?function=record-softphones&pageSize=2${token && `&pageToken=${token}`}`);
      seen.push(...body.items);
      token = body.nextPageToken;
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    const times = seen.map(({ receivedAt }) => Date.parse(String(receivedAt)));
    expect(times).toStrictEqual(times.toSorted((a, b) => b - a));
    expect(seen.filter(ofTenant(tenant))).toHaveLength(3);
  });
});
