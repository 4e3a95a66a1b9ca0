import { afterAll, describe, expect, test } from "vitest";
import type { Letter } from "../../shared/domain/outbox.ts";
import { eventually } from "../support/eventually.ts";
import {
  addMembers,
  addressOf,
  ask,
  countsOf,
  lettersIn,
  lettersOf,
  passTime,
  recoveryMail,
  requestsOf,
} from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol } from "../support/tenants.ts";

const stack = sharedStack();
const { secondary } = stack.databases;
afterAll(() => stack.close());

const sweep = () => stack.runSchedule("secondary", "sweep-outbox");

/** A tenant with these administrators whose letters no event tells of. */
async function unheard(...mailboxes: string[]): Promise<string> {
  const tenant = await enrol(stack);
  await addMembers(stack, tenant, Object.fromEntries(mailboxes.map((mailbox) => [mailbox, {}])));
  await stack.faults("secondary", { trigger: "send-mail", tenant, drop: 1 });
  return tenant;
}

/** Sweeps until the tenant's letters are all in that state: another test's fault may end a sweep early. */
function swept(tenant: string, state: Letter["state"], count: number): Promise<Letter[]> {
  return eventually(async () => {
    expect(await sweep()).toBe(204);
    const letters = await lettersOf(stack, tenant);
    expect(letters.map((letter) => letter.state)).toStrictEqual(Array(count).fill(state));
    return letters;
  });
}

describe("sweepOutbox", () => {
  test("sends what no event told of, each once (R48)", async () => {
    const tenant = await unheard("anna", "ben");
    await ask(stack, recoveryMail(tenant, "one"), recoveryMail(tenant, "two"));
    await stack.settled(tenant);
    await swept(tenant, "sent", 4);
    await sweep();
    const expected = ["anna", "ben"].flatMap((mailbox) =>
      ["one", "two"].map((key) => [`${addressOf(tenant, mailbox)} ${key}`, 1]),
    );
    expect(countsOf(await stack.mails({ tenant }))).toStrictEqual(Object.fromEntries(expected));
  });

  test.each(["busy", "hangUp"] as const)(
    "loses nothing while the server is %s, and sends once when it is back (R48)",
    async (answer) => {
      const tenant = await enrol(stack);
      await addMembers(stack, tenant, { anna: {}, ben: {} });
      const addresses = ["anna", "ben"].map((mailbox) => addressOf(tenant, mailbox));
      for (const to of addresses) await stack.mailFault({ to, answer });
      await ask(stack, recoveryMail(tenant, "patience"));
      const waiting = await eventually(async () => {
        const letters = await lettersOf(stack, tenant);
        expect(letters.filter(({ problem }) => problem !== undefined)).toHaveLength(2);
        return letters;
      });
      for (const { state, dueAt, attempts } of waiting) {
        expect([state, attempts]).toStrictEqual(["pending", 1]);
        expect(dueAt?.getTime()).toBeGreaterThan(Date.now());
      }
      // Not due yet: a sweep leaves them alone.
      await sweep();
      expect(await lettersOf(stack, tenant)).toStrictEqual(waiting);
      for (const to of addresses) await stack.clearMailFaults(to);
      await passTime(stack, tenant);
      await swept(tenant, "sent", 2);
      expect(countsOf(await stack.mails({ tenant }))).toStrictEqual(
        Object.fromEntries(addresses.map((to) => [`${to} patience`, 1])),
      );
    },
  );

  test("takes over the letter of a process that died, and leaves a living one's alone (R48)", async () => {
    const tenant = await unheard("dead", "living");
    await ask(stack, recoveryMail(tenant, "held"));
    await swept(tenant, "sent", 2);
    await stack.clearMails({ tenant });
    for (const letter of await lettersOf(stack, tenant)) {
      const isDead = letter.recipient.address === addressOf(tenant, "dead");
      const { sentAt: _sentAt, expireAt: _expireAt, ...rest } = letter;
      const dueAt = new Date(Date.now() + (isDead ? -1000 : 60_000));
      await secondary.doc(`outbox/${letter.id}`).set({ ...rest, state: "sending", owner: "another", dueAt });
    }
    await eventually(async () => {
      await sweep();
      expect((await stack.mails({ tenant })).map(({ to }) => to)).toStrictEqual([[addressOf(tenant, "dead")]]);
    });
    const states = (await lettersOf(stack, tenant)).map(({ recipient, state }) => [recipient.address, state]);
    expect(Object.fromEntries(states)).toStrictEqual({
      [addressOf(tenant, "dead")]: "sent",
      [addressOf(tenant, "living")]: "sending",
    });
  });

  test("writes to nobody twice where a mail is asked for again that its letters have outlived (R48)", async () => {
    const tenant = await unheard("anna");
    await ask(stack, recoveryMail(tenant, "again"));
    await swept(tenant, "sent", 1);
    const [request] = await requestsOf(stack, tenant);
    await secondary.doc(`outbox/${request?.id}`).delete();
    await addMembers(stack, tenant, { ben: {} });
    await ask(stack, recoveryMail(tenant, "again"));
    await swept(tenant, "sent", 2);
    expect((await requestsOf(stack, tenant)).map(({ state }) => state)).toStrictEqual(["addressed"]);
    const expected = ["anna", "ben"].map((mailbox) => [`${addressOf(tenant, mailbox)} again`, 1]);
    expect(countsOf(await stack.mails({ tenant }))).toStrictEqual(Object.fromEntries(expected));
  });

  test("repeats a letter whose acceptance it never heard of under the same Message-ID (R48)", async () => {
    const tenant = await enrol(stack);
    await addMembers(stack, tenant, { anna: {} });
    const to = addressOf(tenant, "anna");
    await stack.mailFault({ to, answer: "loseAnswer" });
    await ask(stack, recoveryMail(tenant, "twice"));
    await eventually(async () => expect((await lettersOf(stack, tenant))[0]?.problem).toBeDefined());
    await lettersIn(stack, tenant, "pending", 1);
    await stack.clearMailFaults(to);
    await passTime(stack, tenant);
    await swept(tenant, "sent", 1);
    const ids = (await stack.mails({ tenant })).map(({ messageId }) => messageId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("sends once though two sweeps run at once (R48)", async () => {
    const tenant = await unheard("anna", "ben", "chie");
    await ask(stack, ...["a", "b", "c"].map((key) => recoveryMail(tenant, key)));
    await stack.settled(tenant);
    await Promise.all([sweep(), sweep(), sweep()]);
    await swept(tenant, "sent", 9);
    expect(Object.values(countsOf(await stack.mails({ tenant })))).toStrictEqual(Array(9).fill(1));
  });

  test("counts the letters that are refused for good (R48)", async () => {
    await eventually(async () => {
      const tenant = await unheard("nobody");
      await stack.mailFault({ to: addressOf(tenant, "nobody"), answer: "unknown" });
      await ask(stack, recoveryMail(tenant, "refused"));
      expect(await sweep()).toBe(204);
      const { counts } = (await secondary.doc("schedules/sweep-outbox").get()).data()?.lastRun ?? {};
      expect(counts.givenUp).toBeGreaterThanOrEqual(1);
    });
  });
});
