import protos from "@google-cloud/firestore-api/protos";
import * as grpc from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createWire, type Wire } from "../../shared/stores/wire.ts";
import { streamed, unary } from "../support/query-recorder.ts";

const { v1 } = protos.google.firestore;
const { RunQueryRequest, RunQueryResponse, BatchGetDocumentsRequest, BatchGetDocumentsResponse } = v1;
const { ListCollectionIdsRequest, ListCollectionIdsResponse } = v1;
type Ids = { request: InstanceType<typeof ListCollectionIdsRequest> };

/** What a document's collections are asked for, and answered. */
const collectionPages: Record<string, object> = {
  "tenants/acme ": { collectionIds: ["phones", "queues"], nextPageToken: "more" },
  "tenants/acme more": { collectionIds: ["中"] },
};

/** Answers as long as it is asked, one after the other, and knows when nobody wants any more. */
class Database {
  readonly server = new grpc.Server();
  readonly cancelled = Promise.withResolvers<void>();
  sent = 0;

  constructor() {
    const endless = (answer: (index: number) => object) => (call: grpc.ServerWritableStream<unknown, object>) => {
      call.on("cancelled", () => this.cancelled.resolve());
      const write = () => {
        while (!call.cancelled) if (!call.write(answer(this.sent++))) return;
      };
      call.on("drain", write);
      write();
    };
    const readTime = { seconds: 1 };
    const document = (index: number) => ({ name: `d/${index}`, fields: { text: { stringValue: "x".repeat(10_000) } } });
    this.server.addService(
      {
        runQuery: streamed("RunQuery", RunQueryRequest, RunQueryResponse),
        batchGet: streamed("BatchGetDocuments", BatchGetDocumentsRequest, BatchGetDocumentsResponse),
        listCollectionIds: unary("ListCollectionIds", ListCollectionIdsRequest, ListCollectionIdsResponse),
      } as unknown as grpc.ServiceDefinition,
      {
        runQuery: endless((index) => ({ document: document(index), readTime })),
        batchGet: (call: grpc.ServerWritableStream<{ documents: string[] }, object>) => {
          if (call.request.documents[0] !== "d/silent")
            endless((index) => ({ found: document(index), readTime }))(call);
        },
        listCollectionIds: ({ request }: Ids, answer: (error: null, ids: object) => void) =>
          answer(null, collectionPages[`${request.parent} ${request.pageToken}`] ?? {}),
      } as unknown as grpc.UntypedServiceImplementation,
    );
  }

  async start(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
    return `127.0.0.1:${await promise}`;
  }
}

let database: Database;
let wire: Wire;
let open: () => grpc.Client;
beforeEach(async () => {
  database = new Database();
  const address = await database.start();
  open = () => new grpc.Client(address, grpc.credentials.createInsecure());
  // Without an emulator, as in production: then what is left is cancelled, not read to its end.
  wire = createWire({ projectId: "p", databaseId: "d" }, open);
});
afterEach(() => {
  wire.close();
  database.server.forceShutdown();
});

describe("a wire", () => {
  test("tells all collections of a document, however many answers that takes (R8)", async () => {
    expect(await wire.collectionIds("tenants/acme")).toStrictEqual(["phones", "queues", "中"]);
    expect(await wire.collectionIds("tenants/none")).toStrictEqual([]);
  });

  test("ends a query at once that is left in the middle: open ones would fill the channel (R8)", async () => {
    const names: string[] = [];
    for await (const { document } of wire.query("d", {})) {
      names.push(document.name ?? "");
      if (names.length === 3) break;
    }
    await database.cancelled.promise;
    expect(names).toStrictEqual(["d/0", "d/1", "d/2"]);
  });

  test("ends a query whose reader fails, and hands on that failure", async () => {
    const reading = async () => {
      for await (const _ of wire.query("d", {})) throw new RangeError("too many");
    };
    await expect(reading()).rejects.toThrow(RangeError);
    await database.cancelled.promise;
  });

  test("reads no more documents than about as many bytes as it may, and leaves the others out (R8)", async () => {
    const { documents } = await wire.batchGet(["d/0"], { mostBytes: 35_000 });
    await database.cancelled.promise;
    expect([...documents.keys()]).toStrictEqual(["d/0", "d/1", "d/2", "d/3"]);
  });

  test("waits for documents of a database that hangs no longer than for one that refuses (R8, R24)", async () => {
    const hasty = createWire({ projectId: "p", databaseId: "d" }, open, { call: 10_000, first: 100, stream: 120_000 });
    await expect(hasty.batchGet(["d/silent"])).rejects.toMatchObject({ code: "unavailable" });
    hasty.close();
  });

  test("keeps of each document what it is told to", async () => {
    const keep = ({ name }: { name?: string | null }) => ({ name, fields: {} }) as never;
    const { documents } = await wire.batchGet(["d/0"], { mostBytes: 1, keep });
    expect([...documents.values()]).toStrictEqual([{ name: "d/0", fields: {} }]);
  });
});
