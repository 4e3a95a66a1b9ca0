import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { people } from "../../local/description.ts";
import type { Reload } from "../../shared/domain/reload.ts";
import { type Site, topics } from "../../shared/domain/sites.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";

type Topic = keyof typeof topics;

/** Publishes these messages as the telephony does, in this order or in none; calls for back-ups as a site does. */
export async function publish(stack: TestStack, topic: Topic, ...messages: unknown[]): Promise<void> {
  const data = (message: unknown) => Buffer.from(JSON.stringify(message)).toString("base64");
  const attributes = (message: unknown) => (topic === "backups" ? { site: (message as { site: Site }).site } : {});
  await pubsub(stack, `topics/${topics[topic]}:publish`, {
    messages: messages.map((one) => ({ data: data(one), attributes: attributes(one) })),
  });
}

/** What is published on a topic from now on, in the order of its arrival; each call gives all that has come so far. */
export async function listen<T>(stack: TestStack, topic: Topic): Promise<() => Promise<T[]>> {
  const subscription = `subscriptions/test-${randomUUID()}`;
  const name = `projects/${stack.description.project}/topics/${topics[topic]}`;
  await pubsub(stack, subscription, { topic: name, enableMessageOrdering: true }, "PUT");
  const heard: T[] = [];
  return async () => {
    const request = { maxMessages: 100, returnImmediately: true };
    const { receivedMessages = [] } = (await pubsub(stack, `${subscription}:pull`, request)) as {
      receivedMessages?: { ackId: string; message: { data: string } }[];
    };
    if (receivedMessages.length > 0) {
      await pubsub(stack, `${subscription}:acknowledge`, { ackIds: receivedMessages.map(({ ackId }) => ackId) });
    }
    for (const { message } of receivedMessages) {
      heard.push(JSON.parse(Buffer.from(message.data, "base64").toString("utf8")) as T);
    }
    return heard;
  };
}

async function pubsub(stack: TestStack, path: string, body: unknown, method = "POST"): Promise<unknown> {
  const { pubsub: host, project } = stack.description;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`http://${host}/v1/projects/${project}/${path}`, {
    method,
    headers,
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** The last reload of each kind of a tenant, as it is stored. */
export async function reloadsOf(stack: TestStack, tenant: string): Promise<Map<string, Reload>> {
  const found = await stack.databases.secondary.collection(`standbys/${tenant}/reloads`).get();
  return new Map(found.docs.map((document) => [document.id, fromStore<Reload>(document.data())]));
}

/** The last reloads of a tenant, once that many are acknowledged. */
export function acknowledged(stack: TestStack, tenant: string, count: number): Promise<Map<string, Reload>> {
  return eventually(async () => {
    const reloads = await reloadsOf(stack, tenant);
    expect([...reloads.values()].filter(({ ack }) => ack)).toHaveLength(count);
    return reloads;
  });
}

/** What a site's API answers to this person, an operator unless it is said. */
export async function answerTo(
  stack: TestStack,
  path: string,
  email: string = people.operator.email,
  site: "primary" | "secondary" = "secondary",
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${stack.description.sites[site].api}/v1/tenants/${path}`, {
    headers: { authorization: `Bearer ${await stack.token(email)}` },
  });
  return { status: answer.status, body: await answer.json() };
}
