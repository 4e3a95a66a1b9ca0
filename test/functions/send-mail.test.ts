import { afterAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import type { NewMail } from "../../shared/domain/mail.ts";
import { createOutbox } from "../../shared/stores/outbox.ts";
import { eventually } from "../support/eventually.ts";
import {
  addMembers,
  addressOf,
  ask,
  countsOf,
  lettersIn,
  lettersOf,
  recoveryMail,
  requestsOf,
} from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";
import { act, enrol, inState } from "../support/tenants.ts";

const stack = sharedStack();
const { primary, secondary } = stack.databases;
afterAll(() => stack.close());

/** What each of these addresses received about the tenant. */
const received = (tenant: string) => stack.mails({ tenant });

describe("sendMail", () => {
  test("writes to each company administrator in their language, and to nobody else (R48)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, {
      anna: { language: "ja" },
      ben: { language: "en" },
      chie: {},
      office: { role: "officeAdmin", offices: ["o1"] },
      viewer: { role: "viewer", language: "en" },
    });
    await ask(stack, recoveryMail(tenant, "once"));
    await lettersIn(stack, tenant, "sent", 3);
    const mails = await received(tenant);
    const byReader = Object.fromEntries(mails.map((mail) => [mail.to[0]?.split("@")[0], mail]));
    expect(mails).toHaveLength(3);
    expect(Object.keys(byReader).sort()).toStrictEqual(["anna", "ben", "chie"]);
    const japanese = { subject: "[Hikae] 東京が復旧しました。切り戻しの準備をお願いします" };
    expect(byReader).toMatchObject({
      anna: { ...japanese, text: expect.stringContaining("試験商事"), html: expect.stringContaining('lang="ja"') },
      ben: { subject: expect.stringContaining("Tokyo has recovered"), html: expect.stringContaining('lang="en"') },
      chie: japanese,
    });
    const link = `${stack.description.sites.secondary.api}/tenants/${tenant}/dr/failback`;
    expect(byReader.anna?.text).toContain(link);
    expect(byReader.anna?.html).toContain(`href="${link}"`);
    expect(byReader.ben).toMatchObject({
      from: expect.stringContaining("hikae@hikae.example"),
      headers: {
        to: [addressOf(tenant, "ben")],
        "auto-submitted": ["auto-generated"],
        "x-hikae-template": ["recoveryNotice"],
      },
    });
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(3);
    for (const letter of await lettersOf(stack, tenant)) expect(letter).not.toHaveProperty("dueAt");
    expect(await requestsOf(stack, tenant)).toMatchObject([{ state: "addressed" }]);
  });

  test("writes to an office's administrators, and to operators (R48)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, {
      company: {},
      here: { role: "officeAdmin", offices: ["o1", "o2"] },
      there: { role: "officeAdmin", offices: ["o3"] },
      viewer: { role: "viewer", offices: ["o1"] },
    });
    await ask(
      stack,
      recoveryMail(tenant, "office", { to: { office: "o1" } }),
      recoveryMail(tenant, "operators", { to: "operators" }),
    );
    // Other tests have operators of their own.
    await eventually(async () => {
      const counts = Object.entries(countsOf(await received(tenant)));
      const own = counts.filter(
        ([letter]) => !letter.endsWith(" operators") || letter.startsWith(people.operator.email),
      );
      expect(Object.fromEntries(own)).toStrictEqual({
        [`${addressOf(tenant, "company")} office`]: 1,
        [`${addressOf(tenant, "here")} office`]: 1,
        [`${people.operator.email} operators`]: 1,
      });
    });
  });

  test("gives up the one recipient that is refused for good, and sends to the others (R48)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, { anna: {}, gone: {}, "no address": {} });
    await stack.mailFault({ to: addressOf(tenant, "gone"), answer: "unknown" });
    await ask(stack, recoveryMail(tenant, "refused"));
    const letters = await eventually(async () => {
      const found = await lettersOf(stack, tenant);
      expect(found.map(({ state }) => state).sort()).toStrictEqual(["failed", "failed", "sent"]);
      return found;
    });
    const problems = letters.map(({ recipient, problem }) => [recipient.address, problem ?? "sent"] as const);
    expect(Object.fromEntries(problems)).toStrictEqual({
      [addressOf(tenant, "anna")]: "sent",
      [addressOf(tenant, "gone")]: expect.stringContaining("550"),
      [addressOf(tenant, "no address")]: expect.stringContaining("not a mail address"),
    });
    expect((await received(tenant)).map(({ to }) => to)).toStrictEqual([[addressOf(tenant, "anna")]]);
    await stack.clearMailFaults(addressOf(tenant, "gone"));
  });

  test("sends each letter once, however often and in whatever order its events come (R48)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, { anna: {}, ben: { language: "en" }, chie: {} });
    await stack.faults("secondary", { trigger: "send-mail", tenant, duplicate: 1, shuffle: true, delayMs: 100 });
    const keys = Array.from({ length: 5 }, (_, index) => `mail ${index}`);
    await ask(stack, ...keys.map((key) => recoveryMail(tenant, key)));
    await lettersIn(stack, tenant, "sent", 15);
    await stack.settled(tenant);
    await stack.clearFaults("secondary", { trigger: "send-mail", tenant });
    const expected = keys.flatMap((key) =>
      ["anna", "ben", "chie"].map((mailbox) => [`${addressOf(tenant, mailbox)} ${key}`, 1]),
    );
    expect(countsOf(await received(tenant))).toStrictEqual(Object.fromEntries(expected));
  });

  test("is one mail, however often the same key is asked for, at once or later (R48)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, { anna: {} });
    const outbox = createOutbox(secondary, () => new Date());
    const add = () => outbox.add(recoveryMail(tenant, "the same"));
    await Promise.all([add(), add(), add()]);
    await lettersIn(stack, tenant, "sent", 1);
    await add();
    await stack.settled(tenant);
    expect(await received(tenant)).toHaveLength(1);
    expect(await requestsOf(stack, tenant)).toHaveLength(1);
  });

  test("fails a mail whose data is wrong, says why, and sends the next (R48)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, { anna: {} });
    const wrong = { ...recoveryMail(tenant, "wrong"), data: { by: "x", at: "yesterday" } } as NewMail;
    await ask(stack, wrong, recoveryMail(tenant, "right"));
    await lettersIn(stack, tenant, "sent", 1);
    await eventually(async () => {
      const failed = (await requestsOf(stack, tenant)).filter(({ state }) => state === "failed");
      expect(failed).toMatchObject([{ key: "wrong", problem: expect.stringContaining("data.at") }]);
    });
  });

  test("fails a mail that has no reader, and says so", async () => {
    const tenant = await enrol(stack);
    await ask(stack, recoveryMail(tenant, "nobody"));
    await eventually(async () => {
      const problem = expect.stringContaining("nobody");
      expect(await requestsOf(stack, tenant)).toMatchObject([{ state: "failed", problem }]);
    });
  });

  test("tells the administrators of a direct edit that stopped the sync: once, who, what and when (R10, R48)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, { anna: {}, ben: { language: "en" } });
    await primary.doc(`tenants/${tenant}/phones/1`).set({ name: "受付" });
    await stack.settled(tenant);
    await Promise.all([1, 2, 3].map((id) => secondary.doc(`tenants/${tenant}/phones/${id}`).set({ name: "書き換え" })));
    const { stop } = await inState(stack, tenant, "stopped");
    await lettersIn(stack, tenant, "sent", 2);
    await stack.settled(tenant);
    const mails = await received(tenant);
    expect(mails).toHaveLength(2);
    const english = mails.find(({ to }) => to[0] === addressOf(tenant, "ben"));
    expect(english?.subject).toContain("Sync stopped");
    expect(english?.text).toContain(`Document: ${stop?.path}`);
    expect(english?.text).toContain(`By: ${stop?.by.id}`);
    expect(english?.text).toMatch(/At: \d+ \w+ \d{4} at [\d:]+ \(JST\)/);
    expect(mails.find(({ to }) => to[0] === addressOf(tenant, "anna"))?.subject).toContain("【要対応】");
  });

  test("tells the administrators that an operator stopped the sync, and why (R11, R48)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, { ben: { language: "en" } });
    await act(stack, tenant, "/dr/stop", { reason: "line works <b>tonight</b>\r\nBcc: eve@evil.example" });
    await lettersIn(stack, tenant, "sent", 1);
    const [mail] = await received(tenant);
    expect(mail?.text).toContain("Note: line works <b>tonight</b> Bcc: eve@evil.example");
    expect(mail?.html).toContain("&lt;b&gt;tonight&lt;/b&gt;");
    expect(mail?.headers).not.toHaveProperty("bcc");
    expect(mail?.to).toStrictEqual([addressOf(tenant, "ben")]);
  });
});
