import protos from "@google-cloud/firestore-api/protos";
import { afterAll, describe, expect, test } from "vitest";
import { deadLetter } from "../support/dead-letters.ts";
import { deliver } from "../support/events.ts";
import { sharedStack } from "../support/stack.ts";
import { contentOf, enrol, expectEqualSites, ledgerEntryOf, standbyOf, wiresOf } from "../support/tenants.ts";
import { int, text } from "../support/wire-values.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

const triggers = {
  "mirror-config": ["primary", "mirror-config-secondary-written"],
  "guard-standby": ["secondary", "guard-standby-secondary-updated"],
} as const;
const functions = Object.keys(triggers) as (keyof typeof triggers)[];

const { Document } = protos.google.firestore.v1;

/** An event's bytes: a document after the change, or before it, with the given message as content. */
function body(field: "after" | "before", document: Uint8Array): Buffer {
  const length: number[] = [];
  for (let rest = document.length; ; rest >>>= 7) {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([field === "after" ? 0x0a : 0x12, ...length]), document]);
}

const named = (name: string) =>
  Document.encode({ name, fields: { a: int(1) as never }, updateTime: { seconds: 1_800_000_000 } }).finish();

/** Bodies that no delivery can ever make right. */
const malformed: Record<string, Uint8Array> = {
  "text where a message should be": Buffer.from("this is not protobuf"),
  "a message that is cut off": body("after", named(`${wires.primary.root}tenants/none/phones/1`)).subarray(0, 20),
  "a length beyond the end": Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f, 0x01]),
  "a document without a name": body("after", Document.encode({ updateTime: { seconds: 1 } }).finish()),
  "a document without a time": body(
    "after",
    Document.encode({ name: `${wires.primary.root}tenants/none/phones/1` }).finish(),
  ),
};

describe.each(functions)("%s", (name) => {
  const [database, trigger] = triggers[name];

  test.each(Object.keys(malformed))("keeps an event with %s with the dead letters", async (fault) => {
    const id = await deliver(stack, database, trigger, malformed[fault] as Uint8Array);
    const letter = await deadLetter(stack, (candidate) => candidate.id === id);
    expect(letter).toMatchObject({ function: name, code: "invalid" });
    expect(Buffer.from(letter.body, "base64")).toStrictEqual(Buffer.from(malformed[fault] as Uint8Array));
  });
});

describe("mirrorConfig", () => {
  test("keeps an event of a document of another database with the dead letters", async () => {
    const name = "projects/p/databases/other/documents/tenants/none/phones/1";
    const id = await deliver(stack, "primary", "mirror-config-secondary-written", body("after", named(name)));
    expect(await deadLetter(stack, (candidate) => candidate.id === id)).toMatchObject({ code: "invalid" });
  });

  test("passes over an event without any document: what is not there was deleted", async () => {
    const tenant = await enrol(stack);
    await stack.databases.primary.doc(`tenants/${tenant}/phones/1`).delete();
    await stack.settled(tenant);
    expect(await ledgerEntryOf(stack, tenant, "phones/1")).toBeUndefined();
    expect((await stack.eventarc("primary"))["mirror-config"]?.pending).toBe(0);
  });

  test("refuses what the secondary cannot hold alone: it takes no other change with it, and is kept", async () => {
    const tenant = await enrol(stack);
    // Such a document cannot be on the primary; an event that says so is a poisoned one.
    const base = `${wires.primary.root}tenants/${tenant}/phones`;
    const poison = Document.encode({
      name: `${base}/poison`,
      fields: { "": text("a field without a name") as never },
      updateTime: { seconds: 1_800_000_000 },
    }).finish();
    const id = await deliver(stack, "primary", "mirror-config-secondary-written", body("after", poison));
    const writes = Array.from({ length: 40 }, (_, index) => ({
      update: { name: `${base}/${index}`, fields: { a: int(index) as never } },
    }));
    await wires.primary.commit(writes);
    expect(await deadLetter(stack, (candidate) => candidate.id === id)).toMatchObject({ code: "invalid" });
    await stack.settled(tenant);
    await expectEqualSites(wires, tenant);
  });

  test("handles an event of long ago, and one of the far future, by their versions alone (R5)", async () => {
    const tenant = await enrol(stack);
    const event = (seconds: number, value: number) =>
      Document.encode({
        name: `${wires.primary.root}tenants/${tenant}/phones/1`,
        fields: { a: int(value) as never },
        updateTime: { seconds },
      }).finish();
    const trigger = "mirror-config-secondary-written";
    await deliver(stack, "primary", trigger, body("after", event(4_000_000_000, 2)));
    await stack.settled();
    await deliver(stack, "primary", trigger, body("after", event(1_000_000_000, 1)));
    await deliver(stack, "primary", trigger, body("before", event(3_999_999_999, 1)));
    await stack.settled();
    const copy = await stack.databases.secondary.doc(`tenants/${tenant}/phones/1`).get();
    expect(copy.get("a")).toBe(2);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
    await deliver(stack, "primary", trigger, body("before", event(4_000_000_000, 2)));
    await stack.settled();
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual({});
  });
});
