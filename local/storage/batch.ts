import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "../site/http.ts";
import { StorageError } from "./errors.ts";
import { type Answer, type Answering, admit, answerTarget } from "./json.ts";
import { boundaryOf, type Part, parseHeaders, partsOf } from "./multipart.ts";
import type { Origin } from "./resource.ts";
import { targetOf } from "./target.ts";

const boundary = "batch_of_answers";

/** Answers up to 100 requests that come in one, in their order. @throws StorageError when it is no batch. */
export async function answerBatch(
  cloud: Answering,
  origin: Origin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts = partsOf(await readBody(request), boundaryOf(request.headers["content-type"]));
  if (parts.length === 0 || parts.length > 100) throw new StorageError("invalid", "A batch has 1 to 100 requests.");
  const answers: string[] = [];
  for (const part of parts) answers.push(answerPart(part, await answerOne(cloud, origin, part)));
  const text = `${answers.join("")}--${boundary}--\r\n`;
  const headers = {
    "content-type": `multipart/mixed; boundary=${boundary}`,
    "content-length": Buffer.byteLength(text),
  };
  response.writeHead(200, headers).end(text);
}

async function answerOne(cloud: Answering, origin: Origin, { body }: Part): Promise<Answer> {
  try {
    const text = body.toString();
    const [head = "", ...rest] = text.split(/\r?\n\r?\n/);
    const [, method = "", url = ""] = /^(\w+) (\S+)/.exec(head) ?? [];
    const target = targetOf(method, url);
    admit(cloud.store, target, parseHeaders(head)["x-goog-user-project"]);
    const said = rest.join("\n\n").trim();
    return await answerTarget(cloud, target, origin, said === "" ? undefined : JSON.parse(said));
  } catch (error) {
    if (error instanceof StorageError) return { status: error.status, body: error.json };
    throw error;
  }
}

function answerPart({ headers }: Part, { status, body }: Answer): string {
  const id = headers["content-id"];
  const about = id === undefined ? "" : `Content-ID: ${id.replace(/^<?/, "<response-").replace(/>?$/, ">")}\r\n`;
  const text = body === undefined ? "" : JSON.stringify(body);
  const head = `HTTP/1.1 ${status} ${status < 400 ? "OK" : "Error"}\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: ${Buffer.byteLength(text)}`;
  return `--${boundary}\r\nContent-Type: application/http\r\n${about}\r\n${head}\r\n\r\n${text}\r\n`;
}
