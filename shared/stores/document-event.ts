import protos from "@google-cloud/firestore-api/protos";
import protobuf from "protobufjs/minimal.js";
import { AppError } from "../domain/errors.ts";
import type { WireDocument } from "./wire.ts";

const { v1 } = protos.google.firestore;

/** A change of one document as its event tells it: a creation has no `before`, a deletion no `after`. */
export type DocumentStates = { before?: WireDocument; after?: WireDocument };

/** The fields of `google.events.cloud.firestore.v1.DocumentEventData`, whose documents are Firestore's own. */
const eventFields = { after: 1, before: 2 };
const lengthDelimited = 2;

/**
 * The states in an event's protobuf body.
 * @throws AppError `invalid` when the bytes are not such a message: delivering it again would not help.
 */
export function decodeDocumentEvent(body: Uint8Array): DocumentStates {
  const states: DocumentStates = {};
  try {
    const reader = protobuf.Reader.create(body);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const isDocument = (tag & 7) === lengthDelimited;
      if (isDocument && tag >>> 3 === eventFields.after) states.after = decodeDocument(reader.bytes());
      else if (isDocument && tag >>> 3 === eventFields.before) states.before = decodeDocument(reader.bytes());
      else reader.skipType(tag & 7);
    }
  } catch (error) {
    throw new AppError("invalid", "the event's body is not a DocumentEventData message", { cause: error });
  }
  return states;
}

/** The path of the document that such an event tells of; undefined where it cannot be understood. */
export function documentNamed(body: Uint8Array): string | undefined {
  try {
    const { after, before } = decodeDocumentEvent(body);
    return (after ?? before)?.name?.toWellFormed().split("/documents/").slice(1).join("/documents/");
  } catch {
    return undefined;
  }
}

function decodeDocument(bytes: Uint8Array): WireDocument {
  const document = v1.Document.decode(bytes) as WireDocument;
  if (!document.name || !document.updateTime) throw new Error("a document without name or update time");
  if (!document.name.isWellFormed()) throw new Error("a document whose name has half a character");
  return document;
}
