import protos from "@google-cloud/firestore-api/protos";
import * as grpc from "@grpc/grpc-js";
import { GoogleAuth } from "google-auth-library";
import { documentRoot } from "../domain/document-path.ts";
import { AppError } from "../domain/errors.ts";

const { v1 } = protos.google.firestore;
type V1 = typeof v1;
type Request = { encode(message: object): { finish(): Uint8Array } };
type Response = { decode(bytes: Uint8Array): unknown };

/** How to reach a database; `emulator` is `host:port`, for a developer's machine only. */
export type WireAddress = { projectId: string; databaseId: string; emulator?: string };

/** A document as Firestore's wire format has it. */
export type WireDocument = InstanceType<V1["Document"]>;
export type WireWrite = Parameters<V1["Write"]["encode"]>[0];
type StructuredQuery = Parameters<V1["StructuredQuery"]["encode"]>[0];

/** The statuses on which the whole transaction may be tried again, and those by which a precondition fails. */
const statuses = {
  contended: new Set([grpc.status.ABORTED]),
  precondition: new Set([grpc.status.FAILED_PRECONDITION, grpc.status.ALREADY_EXISTS, grpc.status.NOT_FOUND]),
  invalid: new Set([grpc.status.INVALID_ARGUMENT, grpc.status.OUT_OF_RANGE]),
};

/**
 * Firestore's own gRPC interface with the message classes of Google's package, for the paths that must be fast and
 * exact: documents go through it in wire form, with no conversion to JavaScript's types and back. Connects at the
 * first call. Methods throw `unavailable` when the database does not answer within its deadline, `conflict` on
 * contention and `precondition-failed` when a write's precondition does not hold.
 */
export type Wire = {
  /** `projects/…/databases/…/documents/` */
  root: string;
  /** Reads documents at one point in time, in any order; a missing one is null. */
  batchGet(names: string[], options?: ReadOptions): Promise<BatchRead>;
  /** Writes all or nothing; answers the commit time. */
  commit(writes: WireWrite[]): Promise<{ commitTime: WireTimestamp }>;
  /** The ids of a document's own collections, in any order, whether or not it is there itself. */
  collectionIds(parent: string): Promise<string[]>;
  /** Streams a query's documents in order, at the speed of the reader. */
  query(parent: string, query: StructuredQuery): AsyncGenerator<{ document: WireDocument; readTime: WireTimestamp }>;
  close(): void;
};
/** With `mostBytes` it ends once it has so many, and leaves the others out; `keep` says what is kept of each document. */
export type ReadOptions = { fields?: string[]; mostBytes?: number; keep?: (document: WireDocument) => WireDocument };
export type WireTimestamp = NonNullable<WireDocument["updateTime"]>;
/** `readTime` is the time of the last answer: what is missing was not there at it. */
export type BatchRead = {
  documents: Map<string, WireDocument | null>;
  readTime: WireTimestamp;
};

const collectionsAtOnce = 300;
/**
 * `first`: until documents that are asked for by name begin to come. A site that hangs is known by that as soon as one that
 * refuses: every comparison begins with such a read. A query may have to look through much before its first answer.
 */
const deadlines = { call: 10_000, first: 10_000, stream: 120_000 };

/** `open` makes the connection, at the first call. */
export function createWire(
  address: WireAddress,
  open: () => grpc.Client = () => connect(address),
  milliseconds = deadlines,
): Wire {
  const database = `projects/${address.projectId}/databases/${address.databaseId}`;
  const root = documentRoot(address.projectId, address.databaseId);
  const metadata = new grpc.Metadata();
  metadata.set("google-cloud-resource-prefix", database);
  metadata.set("x-goog-request-params", `database=${encodeURIComponent(database)}`);
  if (address.emulator) metadata.set("authorization", "Bearer owner");

  let connected: grpc.Client | undefined;
  const client = () => (connected ??= open());

  function unary(method: string, request: Request, response: Response, message: object): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    client().makeUnaryRequest(
      `/google.firestore.v1.Firestore/${method}`,
      (value: object) => Buffer.from(request.encode(value).finish()),
      (bytes) => response.decode(bytes),
      message,
      metadata,
      { deadline: Date.now() + milliseconds.call },
      (error, answer) => (error ? reject(asAppError(error)) : resolve(answer)),
    );
    return promise;
  }

  function stream<T>(
    method: string,
    request: Request,
    response: Response,
    message: object,
  ): grpc.ClientReadableStream<unknown> & AsyncIterable<T> {
    return client().makeServerStreamRequest(
      `/google.firestore.v1.Firestore/${method}`,
      (value: object) => Buffer.from(request.encode(value).finish()),
      (bytes) => response.decode(bytes),
      message,
      metadata,
      { deadline: Date.now() + milliseconds.stream },
    );
  }

  /** Ends a call whose further answers are not wanted: one that is only destroyed stays open until its deadline. */
  async function leave(call: grpc.ClientReadableStream<unknown>, answers: AsyncIterator<unknown>): Promise<void> {
    // The emulator never frees what it has not sent of a cancelled stream: it is read to its end instead.
    if (address.emulator) while (!(await answers.next()).done);
    call.on("error", () => undefined);
    call.cancel();
    await answers.return?.();
  }

  return {
    root,
    async batchGet(
      names,
      { fields, mostBytes = Number.POSITIVE_INFINITY, keep = (document: WireDocument) => document } = {},
    ) {
      const request = { database, documents: names, ...(fields ? { mask: { fieldPaths: fields } } : {}) };
      const read: BatchRead = { documents: new Map(), readTime: {} };
      const call = stream<Measured>("BatchGetDocuments", v1.BatchGetDocumentsRequest, measured, request);
      const answers = call[Symbol.asyncIterator]();
      const silent = setTimeout(() => call.cancel(), milliseconds.first);
      let answer: IteratorResult<Measured> | undefined;
      let bytes = 0;
      try {
        for (answer = await answers.next(); !answer.done; answer = await answers.next()) {
          clearTimeout(silent);
          const { found, missing, readTime } = answer.value.answer;
          if (readTime) read.readTime = readTime;
          if (found) read.documents.set(found.name ?? "", keep(found as WireDocument));
          else if (missing) read.documents.set(missing, null);
          bytes += answer.value.bytes;
          if (bytes >= mostBytes) break;
        }
      } catch (error) {
        throw asAppError(error);
      } finally {
        clearTimeout(silent);
        if (answer?.done === false) await leave(call, answers);
      }
      return read;
    },
    async commit(writes) {
      const answer = await unary("Commit", v1.CommitRequest, v1.CommitResponse, { database, writes });
      return { commitTime: (answer as InstanceType<V1["CommitResponse"]>).commitTime as WireTimestamp };
    },
    async collectionIds(parent) {
      const ids: string[] = [];
      for (let pageToken = ""; ; ) {
        const request = { parent, pageSize: collectionsAtOnce, pageToken };
        const answer = await unary(
          "ListCollectionIds",
          v1.ListCollectionIdsRequest,
          v1.ListCollectionIdsResponse,
          request,
        );
        const { collectionIds, nextPageToken } = answer as InstanceType<V1["ListCollectionIdsResponse"]>;
        ids.push(...collectionIds);
        if (!nextPageToken) return ids;
        pageToken = nextPageToken;
      }
    },
    async *query(parent, structuredQuery) {
      const request = { parent: parent.replace(/\/$/, ""), structuredQuery };
      const call = stream<InstanceType<V1["RunQueryResponse"]>>(
        "RunQuery",
        v1.RunQueryRequest,
        v1.RunQueryResponse,
        request,
      );
      const answers = call[Symbol.asyncIterator]();
      let answer: IteratorResult<InstanceType<V1["RunQueryResponse"]>> | undefined;
      try {
        for (answer = await answers.next(); !answer.done; answer = await answers.next()) {
          const { document, readTime } = answer.value;
          if (document) yield { document: document as WireDocument, readTime: readTime as WireTimestamp };
        }
      } catch (error) {
        throw asAppError(error);
      } finally {
        if (answer?.done === false) await leave(call, answers);
      }
    },
    close: () => connected?.close(),
  };
}

/** A document as it came, and how long it was on the wire. */
type Measured = { answer: InstanceType<V1["BatchGetDocumentsResponse"]>; bytes: number };
const measured = {
  decode: (bytes: Uint8Array): Measured => ({
    answer: v1.BatchGetDocumentsResponse.decode(bytes),
    bytes: bytes.length,
  }),
};

function connect(address: WireAddress): grpc.Client {
  const options = {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    // A database that is back is found again in seconds, not in the two minutes that are the default.
    "grpc.max_reconnect_backoff_ms": 3000,
  };
  if (address.emulator) return new grpc.Client(address.emulator, grpc.credentials.createInsecure(), options);
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/datastore" });
  const credentials = grpc.credentials.combineChannelCredentials(
    grpc.credentials.createSsl(),
    grpc.credentials.createFromMetadataGenerator((parameters, callback) => {
      auth.getRequestHeaders(parameters.service_url).then(
        (headers) => {
          const metadata = new grpc.Metadata();
          for (const [name, value] of headers) metadata.set(name, value);
          callback(null, metadata);
        },
        (error: Error) => callback(error),
      );
    }),
  );
  return new grpc.Client("firestore.googleapis.com:443", credentials, options);
}

/** A failure of the call as an AppError; retryable unless the request itself was wrong. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code, details } = error as grpc.ServiceError;
  const detail = { cause: error };
  if (statuses.contended.has(code)) return new AppError("conflict", `contention: ${details}`, detail);
  if (statuses.precondition.has(code)) return new AppError("precondition-failed", details, detail);
  if (statuses.invalid.has(code)) return new AppError("invalid", details, detail);
  return new AppError("unavailable", `Firestore does not answer: ${details ?? String(error)}`, detail);
}

const nameField = { fieldPath: "__name__" };
const { Operator } = v1.StructuredQuery.FieldFilter;
const { AND } = v1.StructuredQuery.CompositeFilter.Operator;
const { ASCENDING } = v1.StructuredQuery.Direction;

/** Where a list of names begins. */
export type NameRange = { atLeast: string } | { after: string };

/**
 * A query for the names and times of every document of any depth below its parent, in the order of names; with
 * `before`, of those whose names come before that one.
 */
export function descendants(from: NameRange, before?: string): StructuredQuery {
  const [op, name] =
    "after" in from ? [Operator.GREATER_THAN, from.after] : [Operator.GREATER_THAN_OR_EQUAL, from.atLeast];
  const filter = nameFilter(op, name);
  return {
    select: { fields: [nameField] },
    from: [{ allDescendants: true }],
    where:
      before === undefined
        ? filter
        : { compositeFilter: { op: AND, filters: [filter, nameFilter(Operator.LESS_THAN, before)] } },
    orderBy: [{ field: nameField, direction: ASCENDING }],
  };
}

/** The part of a query that begins after that name, or at the start, in the order of names. */
export function afterName(name: string | undefined): Pick<StructuredQuery, "where" | "orderBy"> {
  const orderBy = [{ field: nameField, direction: ASCENDING }];
  return name === undefined ? { orderBy } : { orderBy, where: nameFilter(Operator.GREATER_THAN, name) };
}

function nameFilter(op: number, name: string) {
  return { fieldFilter: { field: nameField, op, value: { referenceValue: name } } };
}
