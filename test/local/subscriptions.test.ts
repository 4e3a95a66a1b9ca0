import { describe, expect, test } from "vitest";
import { pushedOf } from "../../local/site/subscriptions.ts";

const message = { data: Buffer.from("{}"), attributes: { a: "b" }, messageId: "1", publishTime: { seconds: 60 } };
const sent = { data: "e30=", attributes: { a: "b" }, messageId: "1", publishTime: "1970-01-01T00:01:00.000Z" };

describe("pushedOf", () => {
  test("sends a message with its publisher's ordering key, as Pub/Sub does", () => {
    const pushed = pushedOf("projects/p/subscriptions/s", { ...message, orderingKey: "t-1" });
    expect(pushed).toStrictEqual({
      subscription: "projects/p/subscriptions/s",
      message: { ...sent, orderingKey: "t-1" },
    });
  });

  test("sends none where the publisher gave none", () => {
    expect(pushedOf("s", { ...message, orderingKey: "" }).message).toStrictEqual(sent);
  });
});
