import { deleteExpired, type ExpiredRecords } from "../shared/domain/retention.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Deletes Hikae's own records of this site that are past their retention; what is left goes with the next run. */
export const expireRecords: Handler<{ expiredRecords: ExpiredRecords; now(): Date }> = {
  type: "schedule",
  run: (app) => deleteExpired(app),
};
