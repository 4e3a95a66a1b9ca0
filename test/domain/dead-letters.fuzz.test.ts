import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentFunctions, functionTopics } from "../../functions/manifest.ts";
import { deadLetterOf } from "../../shared/domain/dead-letters.ts";
import { documentNamed } from "../../shared/stores/document-event.ts";
import { changeBodies } from "../fuzz/changes.ts";
import { messages, type Pushed, takers } from "../fuzz/messages.ts";
import { roots } from "../support/wire-values.ts";

const now = new Date("2026-11-21T10:00:00Z");
const known = { functionTopics: functionTopics(), documentFunctions: documentFunctions() };
const schema = takers["record-dead-letter"]?.schema ?? {};
const changes = changeBodies(roots.primary, "acme").map((body): Pushed => {
  const letter = { function: "mirror-config", id: "1", code: "invalid", body: Buffer.from(body).toString("base64") };
  return { data: Buffer.from(JSON.stringify(letter)).toString("base64") };
});

/** Every name and text in a letter, its bytes left out. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
}

describe("deadLetterOf", () => {
  test("makes a record that a database can keep, of whatever comes: it would come for ever (R39)", () => {
    fc.assert(
      fc.property(fc.oneof(messages(schema, {}), changes), ({ data = "", attributes = {} }) => {
        const bytes = Buffer.from(data, "base64");
        const text = bytes.toString("utf8");
        const message = { id: "1", bytes, data: parsed(text), attributes };
        const letter = deadLetterOf(message, known, documentNamed, now);
        expect(textsIn(letter).filter((each) => !each.isWellFormed())).toStrictEqual([]);
        const names = Object.keys(letter.attributes);
        expect(names.filter((name) => name === "" || /^__.*__$/s.test(name))).toStrictEqual([]);
      }),
      { numRuns: 300, seed: 1 },
    );
  }, 30_000);

  test("keeps every attribute that can be kept, to be sent again as it was (R39)", () => {
    const attributes = { a: "1", __x__: "2", "": "3", __x: "電話" };
    const message = { id: "1", bytes: Buffer.from("{}"), data: {}, attributes };
    expect(deadLetterOf(message, known, documentNamed, now).attributes).toStrictEqual({ a: "1", __x: "電話" });
  });
});

/** As a function reads a message: half characters are gone by then. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_, value) => (typeof value === "string" ? value.toWellFormed() : value));
  } catch {
    return text;
  }
}
