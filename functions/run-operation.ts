import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { AppError } from "../shared/domain/errors.ts";
import { documentId } from "../shared/domain/events.ts";
import { type OperationApp, operationTypes } from "../shared/domain/operation-types.ts";
import { leaseMilliseconds, runSlice } from "../shared/domain/run-operation.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** The message on the topics `operations` and `activations`. */
const message = z.object({ operationId: documentId });

const busyMilliseconds = 1000;

/** Runs one slice of an operation; safe to repeat: only one slice of an operation runs at a time. */
export const runOperation: Handler<OperationApp> = {
  type: "message",
  run: async (app, event) => {
    const parsed = message.safeParse(event.data);
    if (!parsed.success)
      throw new AppError("invalid", "the message does not name an operation: operationId is missing");
    const { operationId } = parsed.data;
    let told = {};
    const begun = (operationType: string) => {
      told = { operationType };
    };
    const slice = () => runSlice(app, operationTypes, operationId, randomUUID(), begun);
    let outcome = await slice();
    // Either another slice lives and will call the next itself, or it died: then its lease ends by the last of these. To
    // wait for that at once would keep a place from others for long after a short slice.
    for (let waited = 0; outcome === "busy" && waited < leaseMilliseconds; waited += busyMilliseconds) {
      await pause(busyMilliseconds);
      outcome = await slice();
    }
    return { outcome, operation: operationId, ...told };
  },
};
