import { randomUUID } from "node:crypto";
import { z } from "zod";
import { AppError } from "../shared/domain/errors.ts";
import { operationTypes, type RecoveryOperationApp } from "../shared/domain/recovery.ts";
import { runSlice } from "../shared/domain/run-operation.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** The message on the topic `operations`. */
const message = z.object({ operationId: z.string().min(1) });

/** Runs one slice of an operation; safe to repeat: only one slice of an operation runs at a time. */
export const runOperation: Handler<RecoveryOperationApp> = {
  type: "message",
  run: async (app, event) => {
    const parsed = message.safeParse(event.data);
    if (!parsed.success)
      throw new AppError("invalid", "the message does not name an operation: operationId is missing");
    const { operationId } = parsed.data;
    const outcome = await runSlice(app, operationTypes, operationId, randomUUID());
    // Another slice of it lives, or died and its lease has not ended: ask again.
    if (outcome === "busy") throw new AppError("unavailable", "another slice of the operation holds its lease");
    return { outcome, operation: operationId };
  },
};
