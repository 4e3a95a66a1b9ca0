import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentFunctions, functionTopics } from "../../functions/manifest.ts";
import { whyNotReplayed } from "../../shared/domain/dead-letter-remedies.ts";
import {
  type DeadLetterRecords,
  type DeadMessage,
  deadLetterOf,
  recordDeadLetter,
} from "../../shared/domain/dead-letters.ts";
import { AppError, type ErrorCode } from "../../shared/domain/errors.ts";

const now = new Date("2026-11-21T10:00:00Z");
const messageOf = (text: string, attributes: Record<string, string> = {}, id = "1"): DeadMessage => {
  const bytes = Buffer.from(text);
  let data: unknown = text;
  try {
    data = JSON.parse(text);
  } catch {}
  return { id, data, bytes, attributes };
};
const known = { functionTopics: functionTopics(), documentFunctions: documentFunctions() };
const read = (message: DeadMessage, named: string | undefined = undefined) =>
  deadLetterOf(message, known, () => named, now);

/** As the shell writes what a function has refused for good. */
const refusedMessage = (data: unknown, attributes: Record<string, string> = {}, of = "backup-recording") => {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  const body = JSON.stringify({
    message: { data: Buffer.from(text).toString("base64"), attributes },
    subscription: "s",
  });
  return messageOf(JSON.stringify({ function: of, id: "event-1", code: "invalid", body }));
};
const forwardedBy = (subscription: string) => ({
  CloudPubSubDeadLetterSourceSubscription: subscription,
  CloudPubSubDeadLetterSourceSubscriptionProject: "p",
  CloudPubSubDeadLetterSourceDeliveryCount: "100",
});
const textOf = (body: Uint8Array | undefined) => Buffer.from(body ?? []).toString("utf8");

describe("recordDeadLetter", () => {
  const failing = (code: ErrorCode) => {
    const keep = async () => Promise.reject(new AppError(code, "no"));
    const deadLetterRecords = { keep } as unknown as DeadLetterRecords;
    return recordDeadLetter({ ...known, deadLetterRecords, now: () => now }, messageOf("{}"), () => undefined);
  };

  test.each<[ErrorCode, ErrorCode]>([
    ["invalid", "unavailable"],
    ["unavailable", "unavailable"],
    ["internal", "internal"],
  ])(
    "has what is refused as %s come again: a dead letter of it would be refused for ever (R39)",
    async (code, told) => {
      await expect(failing(code)).rejects.toMatchObject({ code: told });
    },
  );
});

describe("deadLetterOf", () => {
  test("knows a message that a function refused: its topic, tenant and what it said (R39)", () => {
    const event = { version: 1, tenantId: "acme", callId: "電話" };
    const letter = read(refusedMessage(event, { tenantId: "acme", version: "1" }));
    expect(letter).toMatchObject({
      ...{ function: "backup-recording", code: "invalid", topic: "callEnded", tenant: "acme", replays: [] },
      attributes: { tenantId: "acme", version: "1" },
      receivedAt: now,
    });
    expect(JSON.parse(textOf(letter.body))).toStrictEqual(event);
    expect(whyNotReplayed({ ...letter, isWhole: true })).toBeUndefined();
  });

  test("knows a change of a document, which cannot be sent again but reconciled (R39)", () => {
    const body = Buffer.from([10, 0, 255]).toString("base64");
    const message = messageOf(JSON.stringify({ function: "mirror-config", id: "e", code: "invalid", body }));
    const letter = read(message, "tenants/acme/phones/1");
    expect(letter).toMatchObject({ function: "mirror-config", document: "tenants/acme/phones/1", tenant: "acme" });
    expect(letter).not.toHaveProperty("topic");
    expect(whyNotReplayed({ ...letter, isWhole: true })?.en).toContain("reconcile");
  });

  test.each([
    ["tenants/acme/phones/1", "reconcile the tenant", "突き合わせ"],
    ["standbys/acme", "next change of the tenant's state", "次に状態が変わると"],
    ["outbox/acme.1", "the outbox is sent", "毎分の見回り"],
    ["heartbeats/primary", "look for the cause", "原因を確認"],
  ])("says of a change of %s what to do instead (R39)", (document, en, ja) => {
    const why = whyNotReplayed({ document, isWhole: true });
    expect(why?.en).toContain(en);
    expect(why?.ja).toContain(ja);
  });

  test.each([
    ["store-recording-primary", "store-recording", "backups"],
    ["projects/p/subscriptions/store-recording-secondary", "store-recording", "backups"],
    ["run-operation-secondary", "run-operation", "operations"],
    ["somebody-else", "unknown", undefined],
  ])("knows what Pub/Sub could not deliver to %s, by its attributes (R39)", (subscription, name, topic) => {
    const text = '{ "site":"primary", "tenant":"acme" }';
    const letter = read(messageOf(text, { ...forwardedBy(subscription), site: "primary" }));
    expect([letter.function, letter.topic, letter.code]).toStrictEqual([name, topic, "undeliverable"]);
    expect(letter.tenant).toBe("acme");
    // Byte by byte, and without Pub/Sub's own attributes.
    expect(textOf(letter.body)).toBe(text);
    expect(letter.attributes).toStrictEqual({ site: "primary" });
  });

  test.each([
    [
      "eventarc-asia-northeast1-mirror-config-written-sub-042",
      "mirror-config",
      "tenants/acme/phones/1",
      "reconcile the",
    ],
    ["eventarc-asia-northeast2-guard-standby-deleted-sub-1", "guard-standby", "tenants/acme", "reconcile the tenant"],
    ["eventarc-asia-northeast2-announce-state-written-sub-7", "announce-state", "standbys/acme", "next change"],
    ["eventarc-asia-northeast1-send-mail-created-sub-000", "send-mail", "outbox/acme.1", "the outbox is sent"],
  ])("knows the change that Eventarc could not deliver by %s, and what to do instead (R39)", (id, name, path, en) => {
    const letter = read(messageOf("\u0001", forwardedBy(`projects/p/subscriptions/${id}`)), path);
    expect(letter).toMatchObject({ function: name, code: "undeliverable", document: path, tenant: "acme" });
    expect(letter).not.toHaveProperty("topic");
    expect(whyNotReplayed({ ...letter, isWhole: true })?.en).toContain(en);
  });

  test.each(["eventarc-asia-northeast1-other-written-sub-1", "mirror-config-written-sub-1", "mirror-config-secondary"])(
    "does not take %s for Eventarc's of ours (R39)",
    (id) => expect(read(messageOf("{}", forwardedBy(id)), "tenants/acme").function).toBe("unknown"),
  );

  test("takes a forwarded message for what it is, though it looks like a dead letter of our own", () => {
    const looksOwn = JSON.stringify({ function: "mirror-config", id: "e", code: "invalid", body: "x" });
    const letter = read(messageOf(looksOwn, forwardedBy("record-dead-letter-secondary")));
    expect(letter).toMatchObject({ function: "record-dead-letter", topic: "deadLetters" });
    expect(textOf(letter.body)).toBe(looksOwn);
  });

  test("is one record for the same event, and another for another one", () => {
    const ids = [refusedMessage({ a: 1 }), refusedMessage({ a: 1 }), refusedMessage({ a: 1 }, {}, "store-recording")];
    const [one, same, other] = ids.map((message) => read(message).id);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    expect(read(messageOf("x", {}, "1")).id).not.toBe(read(messageOf("x", {}, "2")).id);
  });

  test("keeps no more than a document holds, and says that the rest is missing", () => {
    const letter = read(messageOf("x".repeat(900_001), forwardedBy("store-recording-primary")));
    expect(letter).not.toHaveProperty("body");
    expect(letter.bytes).toBe(900_001);
    expect(whyNotReplayed({ ...letter, isWhole: false })?.en).toContain("too large");
  });

  test("refuses nothing, whatever comes (R39)", () => {
    const own = fc.record({ function: fc.string(), id: fc.string(), code: fc.string(), body: fc.string() });
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      own.map((letter) => JSON.stringify(letter)),
    );
    const attributes = fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom(...Object.keys(forwardedBy("")))),
      fc.string(),
    );
    fc.assert(
      fc.property(texts, attributes, (text, given) => {
        const letter = read(messageOf(text, given));
        expect(letter.id).toMatch(/^[\w-]{22}$/);
        expect(letter.code).not.toBeUndefined();
        expect(letter.tenant ?? "a").toMatch(/^[a-z0-9-]+$/);
      }),
    );
  });
});
