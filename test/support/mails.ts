import { expect } from "vitest";
import type { ReceivedMail } from "../../local/mail/inbox.ts";
import type { NewMail } from "../../shared/domain/mail.ts";
import { type Letter, type MailRequest, type OutboxRecord, requestOf } from "../../shared/domain/outbox.ts";
import type { Member } from "../../shared/domain/ports.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";

/** The address of somebody of the tenant, whom no other test writes to. */
export const addressOf = (tenant: string, mailbox: string) => `${mailbox}@${tenant}.example`;

/** Adds people to the tenant on the primary, and waits until the secondary knows them. */
export async function addMembers(
  stack: TestStack,
  tenant: string,
  members: Record<string, Partial<Omit<Member, "email">> & { language?: string }>,
): Promise<void> {
  const batch = stack.databases.primary.batch();
  for (const [mailbox, member] of Object.entries(members)) {
    const email = addressOf(tenant, mailbox);
    batch.set(stack.databases.primary.doc(`tenants/${tenant}/members/${email}`), {
      email,
      role: "companyAdmin",
      ...member,
    });
  }
  await batch.commit();
  await eventually(async () => {
    const found = await stack.databases.secondary.collection(`tenants/${tenant}/members`).get();
    expect(found.size).toBeGreaterThanOrEqual(Object.keys(members).length);
  });
}

/** A mail to the tenant's administrators, unless it is to others. */
export function recoveryMail(tenant: string, key: string, more: Partial<Pick<NewMail, "to">> = {}): NewMail {
  const data = { by: "operator@hikae.example", at: new Date().toISOString(), note: key };
  return { key, template: "recoveryNotice", tenant, to: "administrators", data, ...more };
}

/** Puts requests into the secondary's outbox as they are. */
export async function ask(stack: TestStack, ...mails: NewMail[]): Promise<void> {
  const { secondary } = stack.databases;
  const batch = secondary.batch();
  for (const mail of mails) {
    const request = requestOf(mail, new Date());
    batch.create(secondary.doc(`outbox/${request.id}`), request);
  }
  await batch.commit();
}

async function recordsOf(stack: TestStack, tenant: string): Promise<OutboxRecord[]> {
  const found = await stack.databases.secondary.collection("outbox").where("tenant", "==", tenant).get();
  return found.docs.map((document) => fromStore<OutboxRecord>(document.data()));
}

export async function requestsOf(stack: TestStack, tenant: string): Promise<MailRequest[]> {
  return (await recordsOf(stack, tenant)).filter((record) => record.type === "request");
}

export async function lettersOf(stack: TestStack, tenant: string): Promise<Letter[]> {
  return (await recordsOf(stack, tenant)).filter((record) => record.type === "letter");
}

/** The tenant's letters once there are so many and all are in that state. */
export function lettersIn(
  stack: TestStack,
  tenant: string,
  state: Letter["state"],
  count: number,
  timeoutMilliseconds?: number,
): Promise<Letter[]> {
  return eventually(async () => {
    const letters = await lettersOf(stack, tenant);
    expect(letters.map((letter) => letter.state)).toStrictEqual(Array(count).fill(state));
    return letters;
  }, timeoutMilliseconds);
}

/** Makes what the tenant's letters wait for come to pass: the time of their next attempt. */
export async function passTime(stack: TestStack, tenant: string): Promise<void> {
  const { secondary } = stack.databases;
  for (const { id, dueAt } of await recordsOf(stack, tenant)) {
    if (dueAt) await secondary.doc(`outbox/${id}`).update({ dueAt: new Date(Date.now() - 1000) });
  }
}

/** How often each mail came to each address. */
export function countsOf(mails: readonly ReceivedMail[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const mail of mails) {
    const note = /(?:連絡|note): (.*)/.exec(mail.text)?.[1] ?? mail.subject;
    for (const to of mail.to) counts[`${to} ${note}`] = (counts[`${to} ${note}`] ?? 0) + 1;
  }
  return counts;
}
