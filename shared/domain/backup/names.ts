import { createHash } from "node:crypto";

/** Where everything of Hikae's lies in a customer's bucket. */
export const recordingsFolder = "call-recordings/";

/** What a recording's name is made of. */
export type NamedRecording = {
  /** Of `folderName`. */
  folder: string;
  startedAt: Date;
  /** The office's, by its IANA name; Asia/Tokyo where there is no such time zone. */
  timeZone: string;
  agentName: string;
  callId: string;
  recordingId: string;
  contentType: string;
};

/** R36: of one part between two slashes, and of the path of its folder. */
const partBytes = 512;
const datePathBytes = "/2026-01-01".length;
/** With a full folder path before it, the whole name is at most 1024 bytes, as Cloud Storage has it. */
const baseBytes = partBytes - 1;
const folderBytes = partBytes - recordingsFolder.length - datePathBytes;
/** The metadata file beside the recording, `….json`, must fit where the recording does. */
const extensionBytes = ".json".length;
/** However long a call's id is. */
const agentBytes = 64;

const unknownAgent = "不明";
const unnamedUnit = "名称なし";

/**
 * The name of a recording in the bucket, `call-recordings/{folder}/{YYYY-MM-DD}/{agent} - {call id} - {recording id}.{ext}`
 * with the date of the call's start (R36). The same recording has the same name always, two recordings never have. Only a
 * call's id of more than 300 bytes may be cut.
 */
export function objectName(recording: NamedRecording): string {
  const { folder, startedAt, timeZone, recordingId, contentType } = recording;
  const room = baseBytes - " -  - ".length - recordingId.length - extensionBytes;
  const callId = cut(safe(recording.callId), room - agentBytes) || "_";
  const agent = cut(safe(recording.agentName), room - Buffer.byteLength(callId)) || unknownAgent;
  const base = `${agent} - ${callId} - ${recordingId}.${extensionOf(contentType)}`;
  return `${recordingsFolder}${folder}/${dateIn(timeZone, startedAt)}/${base}`;
}

/** The folder of a centre or team: its name made safe, with its id after it where that is `taken` by another one (R36). */
export function folderName(unitName: string, unitId: string, taken: boolean): string {
  const id = safeId(unitId);
  const suffix = taken ? ` (${id})` : "";
  const name = cut(safe(unitName), folderBytes - Buffer.byteLength(suffix));
  if (name !== "") return `${name}${suffix}`;
  return taken ? `${unnamedUnit}${suffix}` : id;
}

/** What names a folder in the register of those in use: the id of a document, one for each folder and for no other. */
export function folderKey(folder: string): string {
  return createHash("sha256").update(folder.normalize("NFC")).digest("base64url");
}

/** No part of a path, no wildcard, no version mark; and no half character. */
const forbidden = /[/\\#[\]*?\p{Cs}]/gu;
const breaks = /[\p{Cc}\u2028\u2029]+/gu;
/** They turn the direction of what is shown, or are no characters at all. */
const hidden = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/g;
/** Spaces, dots and what nobody sees, at either end. */
const edges = /^[\s.\u00AD\u200B-\u200D\u2060]+|[\s.\u00AD\u200B-\u200D\u2060]+$/g;

function safe(text: string): string {
  const whole = text.replace(forbidden, "_").replace(hidden, "").replace(breaks, " ").normalize("NFC");
  return whole.replace(edges, "");
}

/** An id as it is or, where it is not safe, with a mark by which it still differs from all others. */
function safeId(id: string): string {
  const made = cut(safe(id), 384);
  return made === id ? id : `${made}~${createHash("sha256").update(id).digest("hex").slice(0, 8)}`;
}

const graphemes = new Intl.Segmenter("ja", { granularity: "grapheme" });

/** As many whole characters as readers know them as go into so many bytes; parts of one only where it alone is too long. */
function cut(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  // One more than could ever fit, so that the last boundary within is a true one.
  const near = text.slice(0, most + 1);
  const characters = Array.from(graphemes.segment(near), ({ segment }) => segment);
  const kept = fitting(characters, most) || fitting([...near], most);
  return kept.replace(edges, "");
}

function fitting(pieces: readonly string[], most: number): string {
  let bytes = 0;
  const end = pieces.findIndex((piece) => {
    bytes += Buffer.byteLength(piece);
    return bytes > most;
  });
  return pieces.slice(0, end === -1 ? pieces.length : end).join("");
}

const calendars = new Map<string, Intl.DateTimeFormat>();

function calendarOf(timeZone: string): Intl.DateTimeFormat {
  const known = calendars.get(timeZone);
  if (known) return known;
  try {
    const made = new Intl.DateTimeFormat("en-US", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    calendars.set(timeZone, made);
    return made;
  } catch {
    return calendarOf("Asia/Tokyo");
  }
}

function dateIn(timeZone: string, at: Date): string {
  const parts = Object.fromEntries(
    calendarOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts.year?.padStart(4, "0")}-${parts.month}-${parts.day}`;
}

const extensions: Record<string, readonly string[]> = {
  mp3: ["audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mp3", "audio/x-mpeg", "audio/x-mpeg-3"],
  wav: ["audio/wav", "audio/wave", "audio/x-wav", "audio/x-pn-wav", "audio/vnd.wave"],
  ogg: ["audio/ogg", "application/ogg", "audio/vorbis"],
  opus: ["audio/opus"],
  m4a: ["audio/mp4", "audio/m4a", "audio/x-m4a", "audio/mp4a-latm"],
  mp4: ["video/mp4"],
  aac: ["audio/aac", "audio/aacp", "audio/x-aac", "audio/x-hx-aac-adts"],
  flac: ["audio/flac", "audio/x-flac"],
  amr: ["audio/amr"],
  awb: ["audio/amr-wb"],
  webm: ["audio/webm", "video/webm"],
  aiff: ["audio/aiff", "audio/x-aiff"],
  au: ["audio/basic", "audio/au", "audio/x-au"],
  wma: ["audio/x-ms-wma"],
  "3gp": ["audio/3gpp", "video/3gpp"],
};
const extensionByType = new Map(Object.entries(extensions).flatMap(([end, types]) => types.map((type) => [type, end])));

/** The end of the name of such content, `bin` where nobody knows it; parameters are left out of account. */
export function extensionOf(contentType: string): string {
  const [type = ""] = contentType.split(";");
  return extensionByType.get(type.trim().toLowerCase()) ?? "bin";
}
