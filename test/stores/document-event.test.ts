import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placeOf } from "../../shared/domain/document-path.ts";
import { AppError } from "../../shared/domain/errors.ts";
import { changeOf } from "../../shared/domain/mirror-change.ts";
import { type Fields, fingerprint, microseconds } from "../../shared/domain/value.ts";
import { decodeDocumentEvent } from "../../shared/stores/document-event.ts";
import { changeBodies, documentBytes, lengthDelimited } from "../fuzz/changes.ts";
import { anyFields, roots } from "../support/wire-values.ts";

const at = { seconds: 1_800_000_000, nanos: 123_000 };
const name = `${roots.primary}tenants/acme/phones/1`;

/** What the mirror makes of a body before it asks any database; an error that is no AppError is thrown. */
function understood(body: Uint8Array): "change" | "nothing" | "invalid" {
  try {
    const { after, before } = decodeDocumentEvent(body);
    const state = after ?? before;
    const place = placeOf(state?.name ?? "", roots.primary);
    if (!state || !place || !("path" in place)) return "nothing";
    changeOf(roots, place, after && (after.fields as Fields), microseconds(state.updateTime ?? {}), "mirror");
    return "change";
  } catch (error) {
    if (error instanceof AppError && error.code === "invalid") return "invalid";
    throw error;
  }
}

describe("decodeDocumentEvent", () => {
  test("gives both states as they were, whatever other fields the message has (R4)", () => {
    fc.assert(
      fc.property(anyFields, anyFields, fc.uint8Array({ maxLength: 50 }), (fields, earlier, other) => {
        const body = Buffer.concat([
          lengthDelimited(15, other),
          lengthDelimited(2, documentBytes(name, earlier, at)),
          lengthDelimited(1, documentBytes(name, fields, at)),
          lengthDelimited(3, other),
        ]);
        const { after, before } = decodeDocumentEvent(body);
        expect(after?.name).toBe(name);
        const hashes = [after, before].map((state) => fingerprint(state?.fields as Fields, roots.primary).hash);
        expect(hashes).toStrictEqual([fields, earlier].map((each) => fingerprint(each, roots.primary).hash));
      }),
      { numRuns: 200 },
    );
  });

  test("refuses for good, or understands, whatever bytes come: nothing else is thrown (R5, R39)", () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(changeBodies(roots.primary, "acme"), (body) => {
        ends.add(understood(body));
      }),
      { numRuns: 250, seed: 1 },
    );
    expect([...ends].sort()).toStrictEqual(["change", "invalid", "nothing"]);
  }, 30_000);
});
