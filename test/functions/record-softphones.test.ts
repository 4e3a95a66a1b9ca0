import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { answerTo, publish } from "../support/telephony.ts";
import { enrol } from "../support/tenants.ts";

const stack = sharedStack();
const { primary, secondary } = stack.databases;
afterAll(() => stack.close());

type Site = "primary" | "secondary";
const start = Date.now() - 3_600_000;
const at = (second: number) => new Date(start + second * 1000).toISOString();
const reports = (tenant: string, ...all: [softphoneId: string, site: Site, second: number][]) => ({
  ...{ version: 1, tenantId: tenant, site: "secondary" },
  reports: all.map(([softphoneId, site, second]) => ({ softphoneId, site, at: at(second) })),
});

/** The API's summary, once it is so. */
const use = (tenant: string, expected: object, query = "") =>
  eventually(async () => {
    const { status, body } = await answerTo(stack, `${tenant}/dr/softphones${query}`);
    expect(status).toBe(200);
    expect(body).toMatchObject(expected);
  });

describe("recordSoftphones", () => {
  test("shows how many of the tenant's softphones use which site, ever or since a time (R21)", async () => {
    const [tenant, other] = await Promise.all([enrol(stack), enrol(stack)]);
    const batch = primary.batch();
    const device = (owner: string, id: string) => primary.doc(`tenants/${owner}/accounts/${id}/devices/1`);
    for (const id of ["1", "2", "3", "4"]) batch.set(device(tenant, id), { type: "softphone" });
    batch.set(device(tenant, "5"), { type: "deskPhone" });
    batch.set(device(other, "1"), { type: "softphone" });
    await batch.commit();
    await stack.settled(tenant);
    await publish(stack, "softphoneReports", reports(tenant, ["1", "secondary", 10], ["2", "primary", 5]));
    await publish(stack, "softphoneReports", reports(tenant, ["3", "secondary", 20]));
    await use(tenant, { tenant, total: 4, primary: 1, secondary: 2, silent: 1 });
    await use(tenant, { total: 4, primary: 0, secondary: 1, silent: 3 }, `?since=${at(15)}`);
    await use(other, { total: 1, primary: 0, secondary: 0, silent: 1 });
  });

  test("keeps the newest report, though they come twice and in disorder (R21)", async () => {
    const tenant = await enrol(stack);
    const history = [1, 2, 3, 4, 5, 6].map((second) =>
      reports(tenant, ["a", second % 2 ? "primary" : "secondary", second], ["b", "primary", 7 - second]),
    );
    await Promise.all([...history, ...history].toReversed().map((one) => publish(stack, "softphoneReports", one)));
    await publish(stack, "softphoneReports", reports(tenant, ["c", "secondary", 1]));
    await use(tenant, { total: 3, primary: 1, secondary: 2 });
    await eventually(async () => {
      const found = await secondary.collection(`standbys/${tenant}/softphones`).get();
      const kept = found.docs.map((document) => [
        document.id,
        document.get("site"),
        document.get("at").toDate().toISOString(),
      ]);
      expect(kept).toStrictEqual([
        ["a", "secondary", at(6)],
        ["b", "primary", at(6)],
        ["c", "secondary", at(1)],
      ]);
    });
  });

  test("takes a whole tenant's softphones in one message", async () => {
    const tenant = await enrol(stack);
    const all = Array.from({ length: 500 }, (_, index) => [`softphone-${index}`, "secondary", index] as const);
    await publish(stack, "softphoneReports", reports(tenant, ...all.map(([...one]): [string, Site, number] => one)));
    await use(tenant, { total: 500, secondary: 500 });
  });

  test("writes nothing for a tenant that it does not know", async () => {
    const [known, unknown] = [await enrol(stack), stack.newTenant()];
    await publish(
      stack,
      "softphoneReports",
      reports(unknown, ["a", "primary", 1]),
      reports(known, ["a", "primary", 1]),
    );
    await use(known, { primary: 1 });
    expect((await secondary.collection(`standbys/${unknown}/softphones`).get()).size).toBe(0);
  });

  test("follows softphones that read their endpoint and move (R21, R31)", async () => {
    const tenant = await enrol(stack);
    await stack.telephony.switchOn({ tenant, count: 5 });
    await use(tenant, { total: 5, primary: 5 });
    const standby = secondary.doc(`standbys/${tenant}`);
    const { fence } = (await standby.get()).data() as { fence: { number: number; id: string } };
    const moved = new Date();
    await standby.update({ state: "active", since: moved, fence: { number: fence.number + 1, id: "test" } });
    await use(tenant, { total: 5, primary: 0, secondary: 5 }, `?since=${moved.toISOString()}`);
    const { softphones } = await stack.telephony.softphones(tenant);
    expect(softphones.map(({ site }) => site)).toStrictEqual(Array(5).fill("secondary"));
    await stack.telephony.switchOn({ tenant, count: 0 });
  });
});
