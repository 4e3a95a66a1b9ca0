import { randomUUID } from "node:crypto";
import protos from "@google-cloud/firestore-api/protos";
import protobuf from "protobufjs/minimal.js";
import type { Draw } from "../../local/demo-data/draw.ts";
import { type Fields, fingerprint, microseconds, wireTime } from "../../shared/domain/value.ts";
import { fieldsOf, pathOf } from "./documents.ts";

const { Document, DocumentMask } = protos.google.firestore.v1;

/** A state of a document as an event tells it. */
export type State = { fields: Fields; createTime: WireTime; updateTime: WireTime };
type WireTime = { seconds: number; nanos: number };

/** One change of one document of the primary; `at` is its commit time in µs. */
export type PrimaryChange = { path: string; before?: State; after?: State; at: number };

/** The tag of a length-delimited field of DocumentEventData. */
const tag = (field: number) => (field << 3) | 2;
const eventFields = { value: 1, oldValue: 2, updateMask: 3 };

/** The body of the event: DocumentEventData with both states and the mask, as the real trigger sends it. */
export function bodyOf(change: PrimaryChange, root: string): Uint8Array {
  const writer = protobuf.Writer.create();
  const document = (state: State) => Document.encode({ ...state, name: root + change.path } as never).finish();
  if (change.after) writer.uint32(tag(eventFields.value)).bytes(document(change.after));
  if (change.before) writer.uint32(tag(eventFields.oldValue)).bytes(document(change.before));
  if (change.after && change.before) {
    const mask = DocumentMask.encode({ fieldPaths: Object.keys(change.after.fields) }).finish();
    writer.uint32(tag(eventFields.updateMask)).bytes(mask);
  }
  return writer.finish();
}

/** The whole HTTP request in which Eventarc delivers a change; `root` is the primary's document root. */
export function requestOf(change: PrimaryChange, root: string): Buffer {
  const [, project = "", , database = ""] = root.split("/");
  const body = bodyOf(change, root);
  const headers = {
    host: "mirror-config",
    "content-type": "application/protobuf",
    "content-length": String(body.length),
    "ce-specversion": "1.0",
    "ce-id": randomUUID(),
    "ce-type": "google.cloud.firestore.document.v1.written",
    "ce-source": `//firestore.googleapis.com/projects/${project}/databases/${database}`,
    "ce-subject": `documents/${change.path}`,
    "ce-time": new Date(change.at / 1000).toISOString(),
    "ce-dataschema":
      "https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto",
    "ce-project": project,
    "ce-database": database,
    "ce-namespace": "(default)",
    "ce-location": "asia-northeast1",
    "ce-document": change.path,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`), body]);
}

/** Changes in the order of their commits, and the hashes of the documents that are there after the last. */
export type History = { changes: PrimaryChange[]; final: Map<string, string> };

const changesEach = 3;
const firstCommit = Date.UTC(2026, 3, 1) * 1000;

/**
 * So many changes, three for each document: a creation, then updates and deletions; of ten documents about one is
 * deleted in the end and one was deleted and came again.
 */
export function historyOf(draw: Draw, tenant: string, changes: number): History {
  const documents = Math.ceil(changes / changesEach);
  const current = new Map<string, State>();
  const history: PrimaryChange[] = [];
  for (let index = 0; index < changes; index++) {
    const path = pathOf(tenant, index % documents);
    const at = firstCommit + index * 1500;
    const before = current.get(path);
    const deletes = before !== undefined && draw.chance(0.1);
    const time = wireTime(at);
    const after = deletes
      ? undefined
      : { fields: fieldsOf(draw), createTime: before?.createTime ?? time, updateTime: time };
    history.push({ path, at, ...(before ? { before } : {}), ...(after ? { after } : {}) });
    if (after) current.set(path, after);
    else current.delete(path);
  }
  return {
    changes: history,
    final: new Map([...current].map(([path, { fields }]) => [path, fingerprint(fields, "").hash])),
  };
}

/** The changes with so large a share of them repeated, each repetition some while after the first delivery. */
export function withDuplicates<T>(draw: Draw, items: readonly T[], share: number): T[] {
  const placed = items.flatMap((item, index) => {
    const first = { item, place: index };
    return draw.chance(share) ? [first, { item, place: index + draw.integer(100, 2000) + 0.5 }] : [first];
  });
  return placed.sort((a, b) => a.place - b.place).map(({ item }) => item);
}

/** The items in an order that chance makes. */
export function shuffled<T>(draw: Draw, items: readonly T[]): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index--) {
    const other = draw.integer(0, index);
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}

/** The state that a commit to the primary made. */
export function committed(fields: Fields, time: Parameters<typeof microseconds>[0]): { state: State; at: number } {
  const at = microseconds(time);
  return { state: { fields, createTime: wireTime(at), updateTime: wireTime(at) }, at };
}
