import { Duration, type Message, PubSub } from "@google-cloud/pubsub";
import type { Site } from "../../shared/domain/sites.ts";
import { functionsOf, type Plan } from "../plan.ts";
import type { Push } from "./push.ts";

/** After the loss of a site its messages are delivered again so soon. */
const ackDeadline = Duration.from({ seconds: 10 });

/**
 * The emulator never answers the client's keep-alive, so that a quiet stream is given up and opened again every 45 s; the
 * pauses before that, which the client doubles up to a minute as long as nothing comes, are kept short.
 */
const reopening = {
  retryMinBackoff: Duration.from({ milliseconds: 50 }),
  retryMaxBackoff: Duration.from({ milliseconds: 200 }),
};

/**
 * Delivers the messages of a site's functions, as many at once as one instance takes: the emulator's own push never has
 * more than two of a subscription under way, where Pub/Sub has as many as the function answers.
 */
export class Subscriptions {
  readonly #site: Site;
  readonly #plan: Plan;
  readonly #push: Push;
  #opened = false;

  constructor(site: Site, plan: Plan, push: Push) {
    this.#site = site;
    this.#plan = plan;
    this.#push = push;
  }

  /** Begins to deliver; the subscriptions have to be there. Safe to repeat. */
  open(): void {
    if (this.#opened) return;
    this.#opened = true;
    const pubsub = new PubSub({ projectId: this.#plan.project, apiEndpoint: this.#plan.pubsub, emulatorMode: true });
    for (const { name, row } of functionsOf(this.#site)) {
      if (row.trigger.type !== "message") continue;
      const subscription = pubsub.subscription(`${name}-${this.#site}`, {
        flowControl: { maxMessages: row.concurrency, allowExcessMessages: false },
        minAckDeadline: ackDeadline,
        maxAckDeadline: ackDeadline,
        batching: { maxMilliseconds: 5 },
        streamingOptions: { maxStreams: 1, ...reopening },
      });
      subscription.on("message", (message: Message) => void this.#deliver(name, message));
      // The client opens the stream again by itself; what it says of that is of no use here.
      subscription.on("error", () => undefined);
    }
  }

  async #deliver(name: string, message: Message): Promise<void> {
    const { id: messageId, data, attributes, publishTime } = message;
    const pushed = {
      subscription: `projects/${this.#plan.project}/subscriptions/${name}-${this.#site}`,
      message: { data: data.toString("base64"), attributes, messageId, publishTime: publishTime.toISOString() },
    };
    const status = await this.#push(name, Buffer.from(JSON.stringify(pushed))).catch(() => 503);
    if (status >= 200 && status < 300) message.ack();
    else message.nack();
  }
}
