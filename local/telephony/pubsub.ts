import { setTimeout as pause } from "node:timers/promises";
import { type EventOf, type EventTopic, writeEvent } from "../../shared/domain/events.ts";
import { topics } from "../../shared/domain/sites.ts";
import type { Plan } from "../plan.ts";

/** A message as it was pulled; `data` is its JSON. */
export type PulledMessage = { ackId: string; data: unknown };

/** Pub/Sub's REST API as the telephony uses it. Methods throw when it does not answer. */
export type TelephonyPubsub = {
  /** Publishes an event of a tenant, in the tenant's order. */
  publish<T extends EventTopic>(topic: T, event: EventOf<T>): Promise<void>;
  /** Waits for messages of the subscription; an empty answer means that none has come for a while. */
  pull(): Promise<PulledMessage[]>;
  acknowledge(ackIds: string[]): Promise<void>;
};

const startTimeoutMs = 60_000;
const alreadyThere = 409;

/** Subscribes to the topic, in the order of each tenant, as soon as it is there. @throws when it does not come. */
export async function subscribe(plan: Plan, topic: EventTopic): Promise<TelephonyPubsub> {
  const base = `http://${plan.pubsub}/v1/projects/${plan.project}`;
  const subscription = `subscriptions/telephony-${topics[topic]}`;
  const call = (method: string, path: string, body: unknown) =>
    fetch(`${base}/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const ask = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await call("POST", path, body);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };

  const deadline = Date.now() + startTimeoutMs;
  const wanted = {
    topic: `projects/${plan.project}/topics/${topics[topic]}`,
    enableMessageOrdering: true,
    ackDeadlineSeconds: 20,
  };
  for (;;) {
    const answer = await call("PUT", subscription, wanted).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok || answer?.status === alreadyThere) break;
    if (Date.now() > deadline) throw new Error(`Pub/Sub has no topic ${topics[topic]}`);
    await pause(100);
  }
  return {
    async publish(name, event) {
      const data = Buffer.from(JSON.stringify(writeEvent(name, event))).toString("base64");
      const attributes = { tenantId: event.tenantId, version: String(event.version) };
      await ask(`topics/${topics[name]}:publish`, { messages: [{ data, attributes, orderingKey: event.tenantId }] });
    },
    async pull() {
      const { receivedMessages = [] } = (await ask(`${subscription}:pull`, { maxMessages: 100 })) as {
        receivedMessages?: { ackId: string; message: { data?: string } }[];
      };
      return receivedMessages.map(({ ackId, message }) => ({ ackId, data: parsed(message.data ?? "") }));
    },
    acknowledge: async (ackIds) => void (await ask(`${subscription}:acknowledge`, { ackIds })),
  };
}

function parsed(data: string): unknown {
  const text = Buffer.from(data, "base64").toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
