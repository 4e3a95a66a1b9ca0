import { afterAll, describe, expect, test } from "vitest";
import { failbackOn } from "../support/failback.ts";
import { sharedStack } from "../support/stack.ts";
import { editsOf, enrol } from "../support/tenants.ts";

const stack = sharedStack();
const { here, there, ask, diffOf, inCharge, unnoted } = failbackOn(stack);
afterAll(async () => {
  await stack.close();
});

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

  test("is narrowed to a kind, and to what the secondary changed, page by page (R25)", async () => {
    const tenant = await inCharge(6);
    await Promise.all([
      ...[0, 1, 2].map((n) => here(tenant, `phones/${n}`).update({ name: "大阪" })),
      there(tenant, "phones/4").update({ name: "東京" }),
      here(tenant, "callFlows/a/steps/1").update({ step: 2 }),
      here(tenant, "queues/1").set({ name: "新規" }),
      here(tenant, "accounts/1").set({ name: "新規" }),
    ]);
    await stack.settled(tenant);
    const allOf = async (choice: string) => {
      const found: string[] = [];
      let pageToken: string | undefined;
      do {
        const { items, nextPageToken } = await diffOf(
          tenant,
          `?pageSize=2${choice}${pageToken ? `&pageToken=${pageToken}` : ""}`,
        );
        found.push(...items.map(({ path }) => path));
        pageToken = nextPageToken;
      } while (pageToken);
      return found;
    };
    const phones = [0, 1, 2].map((n) => `phones/${n}`);
    expect(await allOf("&kind=phones")).toStrictEqual([...phones, "phones/4"]);
    expect(await allOf("&kind=phones&only=edited")).toStrictEqual(phones);
    expect(await allOf("&kind=callFlows")).toStrictEqual(["callFlows/a/steps/1"]);
    expect(await allOf("&kind=voicemails")).toStrictEqual([]);
    expect(await allOf("&only=edited")).toStrictEqual(["accounts/1", "callFlows/a/steps/1", ...phones, "queues/1"]);
    expect((await ask(`/tenants/${tenant}/dr/failback/diff?kind=callHistory`)).status).toBe(400);
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
