import { topics } from "../../shared/domain/sites.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";

/** An event that could not pass, as it is kept. */
export type DeadLetter = { function: string; id: string; code: string; body: string };

type Pulled = { ackId: string; message: { data: string; attributes?: Record<string, string> } };

/** Waits for a dead letter that matches and takes it from the subscription that keeps them; others stay there. */
export function deadLetter(
  { description: { project, pubsub } }: Pick<TestStack, "description">,
  matches: (letter: Partial<DeadLetter>) => boolean,
): Promise<DeadLetter> {
  const call = async (method: string, body: unknown): Promise<unknown> => {
    const url = `http://${pubsub}/v1/projects/${project}/subscriptions/${topics.deadLetters}:${method}`;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} answered ${answer.status}`);
    return answer.json();
  };
  return eventually(async () => {
    const request = { maxMessages: 100, returnImmediately: true };
    const { receivedMessages = [] } = (await call("pull", request)) as { receivedMessages?: Pulled[] };
    let found: DeadLetter | undefined;
    for (const { ackId, message } of receivedMessages) {
      const letter = JSON.parse(Buffer.from(message.data, "base64").toString("utf8")) as DeadLetter;
      const mine = found === undefined && matches(letter);
      if (mine) found = letter;
      await (mine
        ? call("acknowledge", { ackIds: [ackId] })
        : call("modifyAckDeadline", { ackIds: [ackId], ackDeadlineSeconds: 0 }));
    }
    if (!found) throw new Error("no such dead letter has come");
    return found;
  });
}
