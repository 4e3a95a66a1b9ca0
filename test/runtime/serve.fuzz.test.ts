import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { readEvent } from "../../shared/domain/events.ts";
import { type Shell, serve } from "../../shared/runtime/serve.ts";
import type { Handler } from "../../shared/runtime/triggers.ts";
import { messages, type Pushed, takers } from "../fuzz/messages.ts";

const deadLetters = vi.fn<Shell["deadLetters"]>(async () => undefined);
const fire: Shell["fire"] = async (_, work) => ({ ran: true, report: await work() });
const handled = vi.fn<(data: unknown) => void>();

const handlers: Record<string, Handler<null>> = {
  "fuzzed-messages": {
    type: "message",
    run: async (_, { data }) => {
      const event = readEvent("callEnded", data);
      handled(event);
      return { outcome: "done" };
    },
  },
};

let server: Server;
beforeAll(async () => {
  serve(handlers, () => null, { deadLetters, fire }, "fuzzed-messages");
  vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  server = getTestServer("fuzzed-messages");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  vi.restoreAllMocks();
  server.close();
});

async function push(message: Pushed): Promise<number> {
  const body = JSON.stringify({
    subscription: "s",
    message: { messageId: "1", publishTime: "2026-11-21T10:00:00Z", ...message },
  });
  const { port } = server.address() as AddressInfo;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`http://127.0.0.1:${port}/projects/p/topics/t`, { method: "POST", headers, body });
  await answer.body?.cancel();
  return answer.status;
}

const schema = takers["backup-recording"]?.schema ?? {};

describe("serve", () => {
  test("is done with every message, or keeps it with the dead letters: none is lost, none comes for ever (R39)", async () => {
    const property = fc.asyncProperty(messages(schema, { tenantId: ["acme"] }), async (message) => {
      handled.mockClear();
      deadLetters.mockClear();
      expect(await push(message)).toBe(204);
      expect(handled.mock.calls.length + deadLetters.mock.calls.length).toBe(1);
    });
    await fc.assert(property, { numRuns: 200, seed: 1 });
  });

  test("gives no half character to a handler: no database would keep it (R39)", async () => {
    const event = {
      ...{ version: 1, tenantId: "acme", callId: "call-1", officeId: "tokyo", site: "primary" },
      ...{ startedAt: "2026-11-21T10:00:00Z", endedAt: "2026-11-21T10:01:00Z" },
      recordings: [{ recordingId: "rec-1", agentName: "山田\ud83d", source: "https://a.example/1.mp3" }],
    };
    handled.mockClear();
    expect(await push({ data: Buffer.from(JSON.stringify(event)).toString("base64") })).toBe(204);
    const [given] = handled.mock.lastCall ?? [];
    const { recordings } = z.object({ recordings: z.array(z.object({ agentName: z.string() })) }).parse(given);
    expect(recordings[0]?.agentName).toBe("山田\uFFFD");
  });
});
