import type { PubSub, Topic } from "@google-cloud/pubsub";
import { AppError } from "../domain/errors.ts";
import { type EventTopic, type PublishEvent, writeEvent } from "../domain/events.ts";
import { topics } from "../domain/sites.ts";
import { answered } from "./firestore-client.ts";

const patience = 5000;

/** An RPC that is not answered is tried again after a moment, and given up before our own patience ends. */
const backoffSettings = {
  initialRetryDelayMillis: 100,
  retryDelayMultiplier: 2,
  maxRetryDelayMillis: 1000,
  initialRpcTimeoutMillis: 2000,
  rpcTimeoutMultiplier: 1,
  maxRpcTimeoutMillis: 2000,
  totalTimeoutMillis: 4500,
};

/** Publishes events in the order of each tenant; those of one tenant that come together go in one request. */
export function createEventPublisher(pubsub: () => Promise<PubSub>): PublishEvent {
  const opened = new Map<EventTopic, Topic>();
  const open = async (name: EventTopic): Promise<Topic> => {
    const client = await pubsub();
    const topic =
      opened.get(name) ??
      client.topic(topics[name], {
        messageOrdering: true,
        batching: { maxMilliseconds: 2 },
        gaxOpts: { retry: { backoffSettings } },
      });
    opened.set(name, topic);
    return topic;
  };
  return async (name, event) => {
    const topic = await open(name);
    const { tenantId, version } = event;
    const message = {
      json: writeEvent(name, event),
      orderingKey: tenantId,
      attributes: { tenantId, version: String(version) },
    };
    try {
      await answered(() => topic.publishMessage(message), patience);
    } catch (error) {
      // After a failure the client refuses all further messages of that key until it is told to go on.
      topic.resumePublishing(tenantId);
      throw new AppError("unavailable", "Pub/Sub does not take the message", { cause: error });
    }
  };
}
