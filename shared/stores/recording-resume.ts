import type { StoreOutcome } from "../domain/backup/entry.ts";
import { quantumBytes } from "./recording-checks.ts";
import type { RecordingReader } from "./recording-reader.ts";
import { failed, type TryEnd } from "./try-end.ts";

/** In place of a session: another object has the name, and the recording is only read, to compare the two. */
export const comparing = "";

/**
 * Where the next try goes on, if this one got any further than the one before: who makes no progress must fail, or a
 * recording would be tried for ever. @throws TryEnd `otherwise`
 */
export function goingOn(
  reader: RecordingReader,
  session: string,
  { reached, before }: { reached: number; before: number },
  otherwise: TryEnd,
): StoreOutcome {
  const offset = reached - (reached % quantumBytes);
  const crc32c = reader.crcAt(offset);
  const { validator } = reader;
  if (offset <= before || crc32c === undefined) throw otherwise;
  return {
    outcome: "unfinished",
    resume: { session, offset, crc32c, ...(validator === undefined ? {} : { validator }) },
  };
}

export function tooSlow(): TryEnd {
  return failed("sourceUnavailable", "the source is too slow");
}
