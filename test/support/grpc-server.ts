import { createServer, type Http2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import protos from "@google-cloud/firestore-api/protos";

const { v1 } = protos.google.firestore;

/** A server at the other end of Google's clients, with nothing behind it. */
export type GrpcServer = {
  /** `host:port` */
  address: string;
  /** The methods that were called, as `service/Method`. */
  called(): string[];
  /** When it answered the first reading of documents, by this process's own clock. */
  readAt(): number | undefined;
  /** The bytes of the messages that were published to Pub/Sub, one after the other. */
  published(): Buffer;
  stop(): Promise<void>;
};

const methods = {
  publish: "google.pubsub.v1.Publisher/Publish",
  read: "google.firestore.v1.Firestore/BatchGetDocuments",
};
const headers = { ":status": 200, "content-type": "application/grpc" };
const permissionDenied = "7";
/** A PublishResponse that names one message. */
const publishResponse = Uint8Array.of(0x0a, 1, 0x31);

/** Starts a server that takes what is published to Pub/Sub, has none of the documents read, and forbids everything else. */
export async function startGrpcServer(): Promise<GrpcServer> {
  const called: string[] = [];
  const published: Buffer[] = [];
  let readAt: number | undefined;
  const sessions = new Set<Http2Session>();
  const server = createServer();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, { ":path": path = "" }) => {
    const method = path.slice(1);
    called.push(method);
    stream.on("error", () => undefined);
    const pieces: Buffer[] = [];
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("end", () => {
      const request = Buffer.concat(pieces);
      if (method === methods.publish) published.push(request);
      if (method === methods.publish) answer(stream, [publishResponse]);
      else if (method === methods.read) {
        readAt ??= performance.now();
        answer(stream, missing(request));
      } else stream.respond({ ...headers, "grpc-status": permissionDenied }, { endStream: true });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    called: () => called,
    readAt: () => readAt,
    published: () => Buffer.concat(published),
    stop: () => {
      for (const session of sessions) session.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A frame of gRPC: whether it is compressed, its length, then the message. */
const frameBytes = 5;

function answer(stream: ServerHttp2Stream, messages: readonly Uint8Array[]): void {
  stream.respond(headers, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  const frames = messages.map((message) => {
    const head = Buffer.alloc(frameBytes);
    head.writeUInt32BE(message.length, 1);
    return Buffer.concat([head, message]);
  });
  stream.end(Buffer.concat(frames));
}

function missing(request: Buffer): Uint8Array[] {
  const { documents } = v1.BatchGetDocumentsRequest.decode(request.subarray(frameBytes));
  const readTime = { seconds: Math.floor(Date.now() / 1000) };
  return documents.map((name) => v1.BatchGetDocumentsResponse.encode({ missing: name, readTime }).finish());
}
