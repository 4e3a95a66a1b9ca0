import { base64Of } from "./recording-checks.ts";
import type { StoredObject } from "./recording-upload.ts";
import { failed } from "./try-end.ts";

/** What is known of a recording: its id, and as much of its content as was found out. */
export type KnownRecording = {
  recordingId: string;
  bytes: number | undefined;
  /** The publisher's. */
  md5?: string | undefined;
  crc32c?: string;
};

/**
 * Whether the object that has a recording's name is the recording: `same` when its checksum proves it, `unknown` when there
 * is nothing to prove it by yet. @throws TryEnd (failed, conflict) when it is another one
 */
export function samenessOf(object: StoredObject, { recordingId, bytes, md5, crc32c }: KnownRecording) {
  const other = (what: string) => failed("conflict", `the object of that name has another ${what}`);
  if (object.recordingId !== recordingId) throw other("recording id");
  if (bytes !== undefined && object.bytes !== bytes) throw other("length");
  if (crc32c !== undefined) {
    if (object.crc32c !== crc32c) throw other("checksum");
    return "same";
  }
  if (md5 === undefined || object.md5Hash === undefined) return "unknown";
  if (object.md5Hash !== base64Of(md5)) throw other("checksum");
  return "same";
}
