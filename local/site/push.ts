import { z } from "zod";
import type { FunctionRow } from "../../functions/manifest.ts";
import { type Site, topics } from "../../shared/domain/sites.ts";
import { functionsOf, functionUrl, type Plan, serviceAccount } from "../plan.ts";
import { post } from "./http.ts";
import type { TokenSource } from "./tokens.ts";

const pushed = z.object({
  subscription: z.string(),
  message: z.object({
    data: z.string().optional(),
    attributes: z.record(z.string(), z.string()).optional(),
    messageId: z.string(),
    publishTime: z.string(),
    orderingKey: z.string().optional(),
  }),
});

/** Delivers one push of the Pub/Sub emulator to a function; resolves to the status to give back. */
export type Push = (name: string, body: Buffer) => Promise<number>;

/** Pub/Sub messages as push subscriptions with tokens send them; a status that is not 2xx makes Pub/Sub deliver again. */
export function createPush(site: Site, plan: Plan, token: TokenSource): Push {
  const rows = new Map<string, FunctionRow>(functionsOf(site).map(({ name, row }) => [name, row]));
  return async (name, body) => {
    const row = rows.get(name);
    if (row?.trigger.type !== "message") return 404;
    const { subscription, message } = pushed.parse(JSON.parse(body.toString("utf8")));
    const url = functionUrl(plan, site, name);
    const headers = {
      authorization: `Bearer ${await token(serviceAccount(plan, "pubsub"), url)}`,
      "content-type": "application/json",
    };
    // The framework reads the topic from the path, and complains of each message without one.
    const endpoint = `${url}/projects/${plan.project}/topics/${topics[row.trigger.topic]}`;
    const content = Buffer.from(JSON.stringify({ message, subscription }));
    const status = await post(endpoint, headers, content, row.timeoutSeconds);
    return status === 0 ? 503 : status;
  };
}
