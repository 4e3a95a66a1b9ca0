import { setTimeout as pause } from "node:timers/promises";
import { v1 } from "@google-cloud/pubsub";
import { credentials } from "@grpc/grpc-js";
import type { MessageTrigger } from "../../functions/manifest.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { createBatcher } from "../../shared/runtime/batch.ts";
import { functionsOf, type Plan } from "../plan.ts";
import type { Push } from "./push.ts";

/** After the loss of a site its messages are delivered again so soon. */
const ackDeadlineSeconds = 10;
/**
 * A pull waits for as long as nothing comes. The emulator goes on giving messages to a stream or pull that was cut off, which
 * then come late; a stream would take them for ever, a pull takes one answer's. So there are only pulls, and none is cut off.
 */
const forAsLongAsItTakes = { timeout: 24 * 3600_000, retry: null };
const acksAtOnce = { items: 500, size: 500, sizeOf: () => 1 };

/** Whether a function on a site gets a message: Pub/Sub filters by attributes and takes for acknowledged what does not fit. */
export function isFor({ namesSite = false }: MessageTrigger, site: Site, attributes: Record<string, string>): boolean {
  return !namesSite || attributes.site === site;
}

type Received = { ackId: string; message: { data: Buffer; attributes: Record<string, string>; messageId: string } } & {
  message: { publishTime?: { seconds?: number | string; nanos?: number }; orderingKey?: string };
};

/** What a push subscription sends of a message; a publisher's ordering key goes along. */
export function pushedOf(subscription: string, message: Received["message"]) {
  const { data, messageId, attributes, orderingKey } = message;
  const { seconds = 0, nanos = 0 } = message.publishTime ?? {};
  const publishTime = new Date(Number(seconds) * 1000 + nanos / 1e6).toISOString();
  const sent = { data: Buffer.from(data).toString("base64"), attributes, messageId, publishTime };
  return { subscription, message: { ...sent, ...(orderingKey ? { orderingKey } : {}) } };
}

/**
 * Delivers the messages of a site's functions, as many at once as one instance takes: the emulator's own push never has
 * more than two of a subscription under way, where Pub/Sub has as many as the function answers.
 */
export class Subscriptions {
  readonly #site: Site;
  readonly #plan: Plan;
  readonly #push: Push;
  readonly #client: v1.SubscriberClient;
  readonly #acknowledge = createBatcher<string, undefined>(async (subscription, ackIds) => {
    await this.#client.acknowledge({ subscription, ackIds });
    return ackIds.map(() => undefined);
  }, acksAtOnce);
  #opened = false;

  constructor(site: Site, plan: Plan, push: Push) {
    this.#site = site;
    this.#plan = plan;
    this.#push = push;
    const [apiEndpoint = "", port] = plan.pubsub.split(":");
    const sslCreds = credentials.createInsecure();
    this.#client = new v1.SubscriberClient({ apiEndpoint, port: Number(port), projectId: plan.project, sslCreds });
  }

  /** Begins to deliver; the subscriptions have to be there. Safe to repeat. */
  open(): void {
    if (this.#opened) return;
    this.#opened = true;
    for (const { name, row } of functionsOf(this.#site)) {
      if (row.trigger.type === "message") void this.#serve(name, row.trigger, row.concurrency);
    }
  }

  async #serve(name: string, trigger: MessageTrigger, concurrency: number): Promise<never> {
    const subscription = `projects/${this.#plan.project}/subscriptions/${name}-${this.#site}`;
    const held = new Set<string>();
    let freed: (() => void) | undefined;
    setInterval(() => this.#hold(subscription, [...held], ackDeadlineSeconds), (ackDeadlineSeconds / 3) * 1000).unref();
    for (;;) {
      if (held.size >= concurrency) {
        await new Promise<void>((resolve) => {
          freed = resolve;
        });
      }
      for (const received of await this.#pull(subscription, concurrency - held.size)) {
        held.add(received.ackId);
        const wanted = isFor(trigger, this.#site, received.message.attributes);
        const handled = wanted ? this.#deliver(name, subscription, received) : this.#done(subscription, received);
        void handled.finally(() => {
          held.delete(received.ackId);
          freed?.();
        });
      }
    }
  }

  async #pull(subscription: string, maxMessages: number): Promise<Received[]> {
    try {
      const [answer] = await this.#client.pull({ subscription, maxMessages }, forAsLongAsItTakes);
      return (answer.receivedMessages ?? []) as Received[];
    } catch {
      // The emulator is not there, or no more.
      await pause(500);
      return [];
    }
  }

  async #deliver(name: string, subscription: string, received: Received): Promise<void> {
    const body = Buffer.from(JSON.stringify(pushedOf(subscription, received.message)));
    const status = await this.#push(name, body).catch(() => 503);
    if (status < 200 || status >= 300) await this.#hold(subscription, [received.ackId], 0);
    else await this.#done(subscription, received);
  }

  /** What is not acknowledged comes again. */
  async #done(subscription: string, { ackId }: Received): Promise<void> {
    await this.#acknowledge(subscription, ackId).catch(() => undefined);
  }

  /** Keeps messages from being delivered again for so long; 0 gives them back. */
  async #hold(subscription: string, ackIds: string[], seconds: number): Promise<void> {
    if (ackIds.length === 0) return;
    const asked = { subscription, ackIds, ackDeadlineSeconds: seconds };
    await this.#client.modifyAckDeadline(asked).catch(() => undefined);
  }
}
