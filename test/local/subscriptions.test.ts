import { describe, expect, test } from "vitest";
import { manifest } from "../../functions/manifest.ts";
import { isFor, pushedOf } from "../../local/site/subscriptions.ts";

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

describe("isFor", () => {
  test("gives each site the calls for its own recordings alone, as a filtered subscription does (R36)", () => {
    const { trigger } = manifest["store-recording"];
    expect(isFor(trigger, "primary", { site: "primary" })).toBe(true);
    expect(isFor(trigger, "secondary", { site: "primary" })).toBe(false);
    expect(isFor(trigger, "primary", {})).toBe(false);
  });

  test("gives both sites every call that ended: the telephony names no site (R36)", () => {
    const { trigger } = manifest["backup-recording"];
    expect([isFor(trigger, "primary", {}), isFor(trigger, "secondary", {})]).toStrictEqual([true, true]);
  });
});
