import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Request } from "@google-cloud/functions-framework";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asAppError } from "../../shared/domain/errors.ts";
import { readBody, takeBodiesUnparsed } from "../../shared/runtime/http-body.ts";
import { hostileBody, hostileValue, textOfBody } from "../fuzz/hostile.ts";

const server = createServer((request, response) => {
  readBody(request as Request, "json").then(
    (value) => response.end(JSON.stringify({ fields: Object.keys(Object(value)) })),
    (error: unknown) => response.end(JSON.stringify({ code: asAppError(error).code })),
  );
});
beforeAll(async () => {
  takeBodiesUnparsed();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());

async function readBack(body: string): Promise<{ fields?: string[]; code?: string }> {
  const { port } = server.address() as AddressInfo;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`http://127.0.0.1:${port}/v1/x`, { method: "POST", headers, body });
  return (await answer.json()) as { fields?: string[]; code?: string };
}

describe("readBody", () => {
  test("reads a body, or refuses it for its own fault: nothing else comes of it (R46)", async () => {
    const property = fc.asyncProperty(
      fc.oneof(
        hostileBody.map(textOfBody),
        hostileValue.map((value) => JSON.stringify(value)),
      ),
      async (text) => {
        const { code } = await readBack(text);
        expect([undefined, "invalid", "too-large"]).toContain(code);
      },
    );
    await fc.assert(property, { numRuns: 200, seed: 1 });
  });

  test.each([
    ['{"reason":"\\ud800"}', "invalid"],
    ['{"\\uDC00":1}', "invalid"],
    ['{"a":[{"b":"x\\uD83Dx"}]}', "invalid"],
    ['{"reason":"\\ud83d\\ude00"}', undefined],
    ['{"reason":"\\\\ud800"}', undefined],
  ])("refuses half a character, which no database keeps: %s (R46)", async (text, code) => {
    const answer = await readBack(text);
    expect(answer.code).toBe(code);
    if (code === undefined) expect(answer.fields).toStrictEqual(["reason"]);
  });
});
