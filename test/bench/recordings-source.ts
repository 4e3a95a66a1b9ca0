import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";

/** What the source tells the process that started it. */
export type SourceReport = { port: number };

const block = Buffer.alloc(1024 * 1024, 0x55);
block.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0]);
const stepMilliseconds = 50;

/** So many bytes, the same for all recordings, as fast as they are taken or at a pace. */
async function* content(from: number, bytes: number, pace: number): AsyncGenerator<Buffer> {
  const most = pace > 0 ? Math.ceil((pace * stepMilliseconds) / 1000) : block.length;
  for (let at = from; at < bytes; ) {
    const start = at % block.length;
    const chunk = block.subarray(start, Math.min(start + most, start + bytes - at, block.length));
    at += chunk.length;
    yield chunk;
    if (pace > 0) await pause(stepMilliseconds);
  }
}

/** `/{count}/{bytes}/{bytes per second}/` lists so many recordings as a web server lists a folder; 0 is as fast as can be. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, count = "", bytes = "", pace = "", name = ""] = (request.url ?? "").split("/");
  if (name === "") {
    const names = Array.from({ length: Number(count) }, (_, index) => `${index}.mp3`);
    const page = names.map((each) => `<a href="${each}">${each}</a>`).join("\n");
    response.writeHead(200, { "content-type": "text/html" }).end(`<html><body>${page}</body></html>`);
    return;
  }
  const size = Number(bytes);
  const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, {
    "content-type": "audio/mpeg",
    "content-length": size - from,
    "last-modified": "Wed, 01 Apr 2026 00:00:00 GMT",
    etag: `"${size}"`,
    ...(from > 0 ? { "content-range": `bytes ${from}-${size - 1}/${size}` } : {}),
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(content(from, size, Number(pace)), response).catch(() => response.destroy());
}

process.on("disconnect", () => process.exit(0));
const server = createServer((request, response) => void answer(request, response));
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port } satisfies SourceReport);
});
