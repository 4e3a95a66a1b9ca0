import { describe, expect, test } from "vitest";
import type { Stack } from "../../local/stack.ts";
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
} from "../support/mails.ts";
import { onOwnStack } from "../support/own-stack.ts";
import type { TestStack } from "../support/stack.ts";
import { enrol } from "../support/tenants.ts";

let local: Stack;
let stack: TestStack;

onOwnStack((ownLocal, ownStack) => {
  [local, stack] = [ownLocal, ownStack];
});

const people = ["anna", "ben", "chie"];
const keys = Array.from({ length: 4 }, (_, index) => `mail ${index}`);
const once = (tenant: string) =>
  Object.fromEntries(keys.flatMap((key) => people.map((mailbox) => [`${addressOf(tenant, mailbox)} ${key}`, 1])));

async function tenantWithPeople(): Promise<string> {
  const tenant = await enrol(stack);
  await addMembers(stack, tenant, Object.fromEntries(people.map((mailbox) => [mailbox, {}])));
  return tenant;
}

/** Lets time pass and sweeps, until all letters are sent. */
function sweptUntilSent(tenant: string): Promise<void> {
  return eventually(async () => {
    await passTime(stack, tenant);
    await stack.runSchedule("secondary", "sweep-outbox");
    const states = (await lettersOf(stack, tenant)).map(({ state }) => state);
    expect(states).toStrictEqual(Array(keys.length * people.length).fill("sent"));
  });
}

describe("mail", () => {
  test("is neither lost nor repeated by the loss of the mail server (R48)", async () => {
    const tenant = await tenantWithPeople();
    await ask(stack, recoveryMail(tenant, "before"));
    await lettersIn(stack, tenant, "sent", people.length);
    await local.killStandIn("mail");
    const lost = await tenantWithPeople();
    await ask(stack, ...keys.map((key) => recoveryMail(lost, key)));
    await lettersIn(stack, lost, "pending", keys.length * people.length);
    await stack.runSchedule("secondary", "sweep-outbox");
    await local.restartStandIn("mail");
    await sweptUntilSent(lost);
    expect(countsOf(await stack.mails())).toStrictEqual(once(lost));
  });

  test("is neither lost nor repeated by the loss of the function that sends it (R48)", async () => {
    const tenant = await tenantWithPeople();
    // Every letter is held up before it is handed over, so that the process dies with its leases taken.
    for (const mailbox of people) await stack.mailFault({ to: addressOf(tenant, mailbox), answer: "silence" });
    await ask(stack, ...keys.map((key) => recoveryMail(tenant, key)));
    await eventually(async () => {
      const states = (await lettersOf(stack, tenant)).map(({ state }) => state);
      expect(states).toContain("sending");
    });
    await local.killFunction("secondary", "send-mail");
    await stack.clearMailFaults();
    await eventually(async () => expect(await stack.pidsOfFunction("secondary", "send-mail")).toHaveLength(1));
    await stack.settled(tenant);
    await sweptUntilSent(tenant);
    expect(countsOf(await stack.mails({ tenant }))).toStrictEqual(once(tenant));
  });
});
