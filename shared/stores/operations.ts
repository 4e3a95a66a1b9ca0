import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Firestore } from "@google-cloud/firestore";
import type { PubSub } from "@google-cloud/pubsub";
import { AppError } from "../domain/errors.ts";
import {
  type NewOperation,
  type Operation,
  type OperationControl,
  operationStates,
  topicOf,
} from "../domain/operation.ts";
import type { AuditOf, Operations } from "../domain/ports.ts";
import type { EngineApp } from "../domain/run-operation.ts";
import { topics } from "../domain/sites.ts";
import { addEntryAbout } from "./audit-log.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";
import { pageInOrder } from "./pages.ts";

/** Operations in the secondary's database, and the messages that carry them forward. */
export type OperationStore = Operations &
  EngineApp["operationStore"] & {
    /** Open operations that no slice works on and that nobody has touched since that time, the longest untouched first; and since when. */
    stranded(before: Date): Promise<{ id: string; type: string; since: Date }[]>;
  };

const afterControl = { cancel: "cancelled", pause: "paused", resume: "queued" } as const;

export function createOperations(firestore: Firestore, pubsub: () => Promise<PubSub>, now: () => Date): OperationStore {
  const operations = firestore.collection("operations");

  const change = <T>(
    id: string,
    decide: (current: Operation | undefined) => { next?: Operation; outcome: T },
    audit?: AuditOf,
  ): Promise<T> =>
    optimistically(firestore, async (attempt) => {
      const found = await attempt.get(operations.doc(id));
      const { next, outcome } = decide(found.exists ? fromStore<Operation>(found.data()) : undefined);
      if (next) attempt.write(found, next);
      if (next && audit) await addEntryAbout(firestore, attempt, next.tenant, audit(next));
      return outcome;
    });

  const read: OperationStore["read"] = (id) =>
    answered(async () => {
      const found = await operations.doc(id).get();
      return found.exists ? fromStore<Operation>(found.data()) : undefined;
    });

  const publish: OperationStore["publish"] = async (operation) => {
    const topic = (await pubsub()).topic(topics[topicOf(operation)]);
    await topic.publishMessage({ json: { operationId: operation.id } });
  };

  /** The record is the truth: a message that cannot be sent now is sent by the sweep within a minute. */
  const call = (operation: Operation) => answered(() => publish(operation), 5000).catch(() => undefined);

  return {
    change: (id, decide) => change(id, decide),
    publish,
    async start(asked, audit) {
      const id = operationId(asked.tenant, asked.type, asked.key);
      const begin = (current: Operation | undefined) => {
        if (current) return { outcome: sameRequest(current, asked) };
        const fresh = newOperation(id, asked, now());
        return { next: fresh, outcome: fresh };
      };
      const operation = await change(id, begin, audit);
      if (operation.state === "queued") await call(operation);
      return operation;
    },
    async find(asked) {
      const known = await read(operationId(asked.tenant, asked.type, asked.key));
      return known && sameRequest(known, asked);
    },
    read,
    list: (tenant, which, page) => {
      const own = operations.where("tenant", "==", tenant);
      const chosen = Object.entries(which).reduce((all, [field, value]) => all.where(field, "==", value), own);
      const listed = { query: chosen.orderBy("createdAt", "desc"), collection: operations };
      return answered(() => pageInOrder(listed, page, (document) => fromStore<Operation>(document.data())));
    },
    async control(id, control, audit) {
      const operation = await change(id, (current) => controlled(current, control, now()), audit);
      if (control !== "pause") await call(operation);
      return operation;
    },
    stranded: (before) =>
      answered(async () => {
        const idle = operations.where("open", "==", true).where("updatedAt", "<", before).orderBy("updatedAt");
        const open = await idle.limit(500).get();
        return open.docs
          .map((document) => fromStore<Operation>(document.data()))
          .filter(({ state, lease }) => state !== "paused" && (!lease || lease.until < now()))
          .map(({ id, type, updatedAt }) => ({ id, type, since: updatedAt }));
      }),
  };
}

function controlled(
  current: Operation | undefined,
  control: OperationControl,
  now: Date,
): { next?: Operation; outcome: Operation } {
  if (!current) throw new AppError("not-found", "there is no such operation");
  const state = afterControl[control];
  if (current.state === state) return { outcome: current };
  if (!operationStates[current.state][control]) {
    throw new AppError("conflict", `an operation that is ${current.state} does not permit ${control}`);
  }
  const ended = operationStates[state].ended ? { finishedAt: now } : {};
  const next: Operation = { ...current, state, ...ended, updatedAt: now };
  return { next, outcome: next };
}

function sameRequest(known: Operation, asked: NewOperation): Operation {
  if (isDeepStrictEqual(known.input, asked.input)) return known;
  throw new AppError("conflict", "this Idempotency-Key was used for another request; take a new one");
}

function newOperation(id: string, asked: NewOperation, now: Date): Operation {
  return {
    id,
    type: asked.type,
    tenant: asked.tenant,
    state: "queued",
    open: true,
    input: asked.input,
    progress: { done: 0 },
    attempts: 0,
    createdBy: asked.createdBy,
    createdAt: now,
    updatedAt: now,
  };
}

/** One request is one operation, however often it is asked: its id is made of its key. */
function operationId(tenant: string, type: string, key: string): string {
  return createHash("sha256")
    .update(JSON.stringify([tenant, type, key]))
    .digest("base64url")
    .slice(0, 22);
}
