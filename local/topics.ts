import { deliveryOf } from "../functions/manifest.ts";
import { topics } from "../shared/domain/sites.ts";
import { ask } from "./emulators.ts";
import { deployments, type Plan } from "./plan.ts";

/** The emulator keeps nothing for longer than a week. It knows no filters either: who delivers the messages applies them. */
const longestKeptSeconds = 7 * 24 * 60 * 60;

/** Creates every topic, a subscription that keeps the dead letters, and a subscription for each function that takes messages. */
export async function createTopics(plan: Plan): Promise<void> {
  const base = `http://${plan.pubsub}/v1`;
  const topicName = (id: string) => `projects/${plan.project}/topics/${id}`;
  const subscriptionName = (id: string) => `projects/${plan.project}/subscriptions/${id}`;
  await Promise.all(Object.values(topics).map((id) => ask(`${base}/${topicName(id)}`, "PUT", {})));
  await ask(`${base}/${subscriptionName(topics.deadLetters)}`, "PUT", { topic: topicName(topics.deadLetters) });
  for (const { name, row, site } of deployments()) {
    if (row.trigger.type !== "message") continue;
    const { topic, deliveryAttempts, longestBackoffSeconds, keptSeconds } = deliveryOf(row.trigger, site);
    await ask(`${base}/${subscriptionName(`${name}-${site}`)}`, "PUT", {
      topic: topicName(topics[topic]),
      messageRetentionDuration: `${Math.min(keptSeconds, longestKeptSeconds)}s`,
      retryPolicy: { minimumBackoff: "1s", maximumBackoff: `${longestBackoffSeconds}s` },
      ...(deliveryAttempts === "unlimited"
        ? {}
        : {
            deadLetterPolicy: {
              deadLetterTopic: topicName(topics.deadLetters),
              maxDeliveryAttempts: deliveryAttempts,
            },
          }),
    });
  }
}
