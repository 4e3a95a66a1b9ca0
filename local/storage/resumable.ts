import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Intake, quantumBytes } from "./content.ts";
import { NoAnswer, StorageError } from "./errors.ts";
import type { StoredObject } from "./state.ts";
import type { Target } from "./target.ts";
import { hashesIn, keep, type Reception, readIntent, takeBytes, type Upload } from "./upload.ts";

/** Where an upload stands: done with the object, gone, or so many bytes of it are kept. */
export type Progress = { object: StoredObject } | { cancelled: true } | { keptBytes: number };

type Session = {
  upload: Upload;
  intake: Intake;
  object?: StoredObject;
  /** The request that is sending now, and when it has ended. */
  sending?: { request: IncomingMessage; ended: Promise<void> };
};

/** What a request says of the bytes it carries: `bytes FIRST-LAST/TOTAL`, with `*` for what is not known. */
type Range = { first: number | undefined; last: number | undefined; total: number | undefined };

/** Uploads in several requests, each of which may break. They end with the process. */
export class ResumableUploads {
  readonly #reception: Reception;
  readonly #sessions = new Map<string, Session>();

  constructor(reception: Reception) {
    this.#reception = reception;
  }

  /** Begins an upload; gives the id that its other requests name. @throws StorageError */
  async begin(target: Target, request: IncomingMessage): Promise<string> {
    const { store, faults } = this.#reception;
    const upload = await readIntent(target, request);
    await faults.strike({ ...target, object: upload.object }, "nothing");
    store.checkPut(upload.bucket, upload.object, upload.conditions);
    const id = randomUUID();
    this.#sessions.set(id, { upload, intake: store.files.receive() });
    return id;
  }

  /**
   * Takes what a request brings, finishes the upload when that was the last of it, or only tells where it stands.
   * @throws StorageError, 404 when there is no such upload; NoAnswer.
   */
  async proceed(id: string, target: Target, request: IncomingMessage): Promise<Progress> {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new StorageError("notFound", "No such upload.");
    if (request.method === "DELETE") {
      this.#sessions.delete(id);
      await interrupt(session);
      if (session.object === undefined) await session.intake.discard();
      return { cancelled: true };
    }
    const range = rangeOf(request.headers["content-range"]);
    const effects = await this.#reception.faults.strike(
      { ...target, object: session.upload.object },
      range.first === undefined ? "nothing" : "bytes",
    );
    if (session.object !== undefined) return { object: session.object };
    await interrupt(session);
    const ended = Promise.withResolvers<void>();
    session.sending = { request, ended: ended.promise };
    try {
      const whole =
        range.first === undefined ? range.total === session.intake.size : await take(session, range, request, effects);
      const object = whole ? await this.#finish(id, session, request) : undefined;
      if (effects.answerLost === true) throw new NoAnswer(false);
      return object === undefined ? { keptBytes: session.intake.size } : { object };
    } finally {
      delete session.sending;
      ended.resolve();
    }
  }

  async #finish(id: string, session: Session, request: IncomingMessage): Promise<StoredObject> {
    const { upload, intake } = session;
    Object.assign(upload.expected, hashesIn(request.headers));
    try {
      session.object = keep(this.#reception.store, upload, await intake.finish());
    } catch (error) {
      this.#sessions.delete(id);
      throw error;
    }
    return session.object;
  }
}

/** Ends the request that is still sending: its client has given it up. */
async function interrupt({ sending }: Session): Promise<void> {
  sending?.request.destroy();
  await sending?.ended;
}

/** Takes the bytes of one request; whether they were the last. What is kept of a broken one is a whole number of quanta. */
async function take(
  { intake }: Session,
  range: Range,
  request: IncomingMessage,
  effects: Parameters<typeof takeBytes>[2],
): Promise<boolean> {
  const { first = 0, last, total } = range;
  if (first > intake.size) throw new StorageError("invalid", `The upload stands at ${intake.size}, not at ${first}.`);
  const final = last === undefined || last + 1 === total;
  if (!final && (last + 1 - first) % quantumBytes !== 0) {
    throw new StorageError("invalid", `All parts but the last must be multiples of ${quantumBytes} bytes.`);
  }
  try {
    await takeBytes(intake, skip(request, intake.size - first), effects);
  } catch (error) {
    intake.settle();
    throw error;
  }
  const end = last === undefined ? total : last + 1;
  if (end === undefined || intake.size === end) return final;
  if (intake.size > end) throw new StorageError("invalid", `More bytes came than the ${end} announced.`);
  intake.settle();
  return false;
}

/** All bytes but the first, which were kept before. */
async function* skip(bytes: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of bytes) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

function rangeOf(header: string | undefined): Range {
  if (header === undefined) return { first: 0, last: undefined, total: undefined };
  const found = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(header);
  if (found === null) throw new StorageError("invalid", `Failed to parse Content-Range header: ${header}`);
  const [first, last, total] = found
    .slice(1)
    .map((text) => (text === undefined || text === "*" ? undefined : Number(text)));
  return { first, last, total };
}
