import type { StoreOutcome } from "../domain/backup/entry.ts";
import type { DestinationCause, FailureClass } from "../domain/backup/failures.ts";

/** Ends a try to store a recording from wherever it stands; `storeRecording` catches it and returns its outcome. */
export class TryEnd extends Error {
  override readonly name = "TryEnd";
  readonly outcome: StoreOutcome;

  constructor(outcome: StoreOutcome, cause?: unknown) {
    super(outcome.outcome, cause === undefined ? undefined : { cause });
    this.outcome = outcome;
  }
}

/** Whether this is a mistake of the program, which no other try cures and nobody else is to blame for. */
export function isMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** The try failed with this recording. The message must not name its source's address. */
export function failed(failure: FailureClass, message: string, cause?: unknown): TryEnd {
  return new TryEnd({ outcome: "failed", class: failure, message }, cause);
}

/** The destination takes nothing. */
export function refused(cause: DestinationCause, message: string): TryEnd {
  return new TryEnd({ outcome: "refused", cause, message });
}
