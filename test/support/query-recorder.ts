import protos from "@google-cloud/firestore-api/protos";
import * as grpc from "@grpc/grpc-js";

const { v1 } = protos.google.firestore;
const { Operator } = v1.StructuredQuery.FieldFilter;
const { Direction } = v1.StructuredQuery;
type StructuredQuery = NonNullable<InstanceType<typeof v1.RunQueryRequest>["structuredQuery"]>;

/** What of a query decides which indexes it needs. */
export type RecordedQuery = {
  /** The database's id. */
  database: string;
  /** The collection's id; empty for documents of any collection below one document. */
  collection: string;
  /** Whether collections of that id are searched at any depth. */
  group: boolean;
  equal: string[];
  /** Fields compared by order, or of which one of some values is asked for. */
  ranged: string[];
  order: OrderedField[];
  /** Fields that are summed up. */
  sums: string[];
};
export type OrderedField = { field: string; descending: boolean };

/** An address that speaks Firestore's protocol, knows what is active, finds nothing, and keeps what it was asked. */
export type QueryRecorder = { address: string; queries: RecordedQuery[]; stop(): void };

const time = { seconds: 1_760_000_000, nanos: 0 };
const active = { state: { stringValue: "active" } };

export async function startQueryRecorder(): Promise<QueryRecorder> {
  const queries: RecordedQuery[] = [];
  const server = new grpc.Server();
  server.addService(
    {
      RunQuery: streamed("RunQuery", v1.RunQueryRequest, v1.RunQueryResponse),
      RunAggregationQuery: streamed(
        "RunAggregationQuery",
        v1.RunAggregationQueryRequest,
        v1.RunAggregationQueryResponse,
      ),
      BatchGetDocuments: streamed("BatchGetDocuments", v1.BatchGetDocumentsRequest, v1.BatchGetDocumentsResponse),
      Commit: unary("Commit", v1.CommitRequest, v1.CommitResponse),
      ListCollectionIds: unary("ListCollectionIds", v1.ListCollectionIdsRequest, v1.ListCollectionIdsResponse),
    },
    {
      RunQuery(call: Call<InstanceType<typeof v1.RunQueryRequest>>) {
        queries.push(recordOf(call.request.parent, call.request.structuredQuery ?? {}, []));
        call.write({ readTime: time });
        call.end();
      },
      RunAggregationQuery(call: Call<InstanceType<typeof v1.RunAggregationQueryRequest>>) {
        const { structuredQuery, aggregations } = call.request.structuredAggregationQuery ?? {};
        const sums = (aggregations ?? []).flatMap(({ sum }) => sum?.field?.fieldPath ?? []);
        queries.push(recordOf(call.request.parent, structuredQuery ?? {}, sums));
        const zeros = (aggregations ?? []).map(({ alias }) => [alias ?? "", { integerValue: 0 }] as const);
        call.write({ result: { aggregateFields: Object.fromEntries(zeros) }, readTime: time });
        call.end();
      },
      BatchGetDocuments(call: Call<InstanceType<typeof v1.BatchGetDocumentsRequest>>) {
        for (const name of call.request.documents) {
          const found = { name, fields: active, createTime: time, updateTime: time };
          call.write(/\/standbys\/[^/]+$/.test(name) ? { found, readTime: time } : { missing: name, readTime: time });
        }
        call.end();
      },
      ListCollectionIds(_call: unknown, answer: (error: null, value: object) => void) {
        answer(null, { collectionIds: ["callHistory"] });
      },
      Commit(call: { request: InstanceType<typeof v1.CommitRequest> }, answer: (error: null, value: object) => void) {
        answer(null, { writeResults: call.request.writes.map(() => ({ updateTime: time })), commitTime: time });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, queries, stop: () => server.forceShutdown() };
}

type Call<T> = { request: T; write(answer: object): void; end(): void };
type Message = { encode(message: object): { finish(): Uint8Array }; decode(bytes: Uint8Array): unknown };

/** A method of Firestore that answers with a stream, for a server of the test's own. */
export function streamed(method: string, request: Message, response: Message) {
  return {
    path: `/google.firestore.v1.Firestore/${method}`,
    requestStream: false,
    responseStream: true,
    requestSerialize: (value: object) => Buffer.from(request.encode(value).finish()),
    requestDeserialize: (bytes: Buffer) => request.decode(bytes),
    responseSerialize: (value: object) => Buffer.from(response.encode(value).finish()),
    responseDeserialize: (bytes: Buffer) => response.decode(bytes),
  };
}

/** A method of Firestore that answers once. */
export function unary(method: string, request: Message, response: Message) {
  return { ...streamed(method, request, response), responseStream: false };
}

function recordOf(parent: string, query: StructuredQuery, sums: string[]): RecordedQuery {
  const from = query.from?.[0];
  const filters = query.where ? filtersIn(query.where) : [];
  return {
    database: parent.split("/")[3] ?? "",
    collection: from?.collectionId ?? "",
    group: from?.allDescendants ?? false,
    equal: filters.filter(({ isEqual }) => isEqual).map(({ field }) => field),
    ranged: [...new Set(filters.filter(({ isEqual }) => !isEqual).map(({ field }) => field))],
    order: (query.orderBy ?? []).map(({ field, direction }) => ({
      field: field?.fieldPath ?? "",
      descending: direction === Direction.DESCENDING,
    })),
    sums,
  };
}

const ranges = new Set<unknown>([
  Operator.LESS_THAN,
  Operator.LESS_THAN_OR_EQUAL,
  Operator.GREATER_THAN,
  Operator.GREATER_THAN_OR_EQUAL,
]);

/** `in` is as many queries of equality, so it counts as one. @throws for what nobody has thought about yet. */
function filtersIn(where: NonNullable<StructuredQuery["where"]>): { field: string; isEqual: boolean }[] {
  if (where.compositeFilter) {
    if (where.compositeFilter.op !== v1.StructuredQuery.CompositeFilter.Operator.AND) throw new Error("an OR filter");
    return (where.compositeFilter.filters ?? []).flatMap(filtersIn);
  }
  const { op, field } = where.fieldFilter ?? {};
  const isEqual = op === Operator.EQUAL || op === Operator.IN;
  if (!field?.fieldPath || !(isEqual || ranges.has(op))) throw new Error(`a filter of another sort: ${op}`);
  return [{ field: field.fieldPath, isEqual }];
}
