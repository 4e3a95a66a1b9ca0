import { AppError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import type { EngineApp } from "./run-operation.ts";

/**
 * Writes the cursor of a running slice at once, for what must be known before the slice goes on; it neither lengthens
 * the lease nor ends the slice. Repeating is safe.
 * @throws AppError `conflict` when another slice has taken the operation up; `unavailable`.
 */
export async function keepCursor(
  app: EngineApp,
  { id, lease }: Operation,
  cursor: Record<string, unknown>,
): Promise<void> {
  await app.operationStore.change(id, (current) => {
    if (current === undefined || current.lease?.owner !== lease?.owner) {
      throw new AppError("conflict", "another slice has taken this operation up");
    }
    return { next: { ...current, cursor, updatedAt: app.now() }, outcome: undefined };
  });
}
