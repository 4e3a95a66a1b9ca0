import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A Cloud Storage in front of another one, that keeps nothing of a request that was broken off. */
export async function storageThatKeepsWholePartsOnly(behind: string): Promise<{ url: string; close(): Promise<void> }> {
  const { host } = new URL(behind);
  const server = createServer(async (incoming, response) => {
    const content = await buffer(incoming).catch(() => undefined);
    if (content === undefined) return;
    const { method, headers } = incoming;
    const outgoing = request(`${behind}${incoming.url}`, { method, headers: { ...headers, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy()).end(content);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
