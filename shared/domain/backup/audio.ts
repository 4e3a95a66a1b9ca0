import { extensionOf } from "./names.ts";

/** The formats that are told by their first bytes: what they are called, and the ends of names that fit them. */
const formats = {
  mp3: { type: "audio/mpeg", ends: ["mp3"] },
  wav: { type: "audio/wav", ends: ["wav"] },
  ogg: { type: "audio/ogg", ends: ["ogg", "opus"] },
  flac: { type: "audio/flac", ends: ["flac"] },
  mp4: { type: "audio/mp4", ends: ["m4a", "mp4", "3gp"] },
  amr: { type: "audio/amr", ends: ["amr", "awb"] },
  aiff: { type: "audio/aiff", ends: ["aiff"] },
  au: { type: "audio/basic", ends: ["au"] },
  aac: { type: "audio/aac", ends: ["aac"] },
  matroska: { type: "audio/webm", ends: ["webm"] },
  asf: { type: "audio/x-ms-wma", ends: ["wma"] },
} as const satisfies Record<string, { type: string; ends: readonly string[] }>;
export type AudioFormat = keyof typeof formats;

/** As many of a recording's first bytes as `audioFormat` wants to see, where there are so many. */
export const headBytes = 4096;

/**
 * What kind of audio begins like this, whatever its sender calls it; undefined for a page, a message or anything else.
 * Audio that has no header, such as bare G.711, cannot be told from noise and is none.
 */
export function audioFormat(head: Buffer): AudioFormat | undefined {
  return bySignature(head) ?? byFrames(head);
}

/** The content type of audio in this format: the declared one, without parameters, where that fits; else the format's own. */
export function audioType(format: AudioFormat, declared: string): string {
  const { type, ends } = formats[format];
  const [bare = ""] = declared.split(";");
  return (ends as readonly string[]).includes(extensionOf(bare)) ? bare.trim().toLowerCase() : type;
}

function bySignature(head: Buffer): AudioFormat | undefined {
  const text = (from: number, to: number) => head.toString("latin1", from, to);
  const first = text(0, 4);
  const kind = text(8, 12);
  if (["RIFF", "RF64", "BW64"].includes(first)) return kind === "WAVE" ? "wav" : undefined;
  if (first === "FORM") return kind === "AIFF" || kind === "AIFC" ? "aiff" : undefined;
  if (first === "OggS") return "ogg";
  if (first === "fLaC") return "flac";
  if (first === ".snd") return "au";
  if (text(0, 5) === "#!AMR") return "amr";
  if (text(4, 8) === "ftyp") return "mp4";
  if (first === "\x1A\x45\xDF\xA3") return "matroska";
  if (first === "\x30\x26\xB2\x75") return "asf";
  return hasTag(head) ? "mp3" : undefined;
}

/** An ID3 tag of version 2.2 to 2.4: half of its flags mean nothing yet, and no byte of its length has the highest bit. */
function hasTag(head: Buffer): boolean {
  if (head.length < 10 || head.toString("latin1", 0, 3) !== "ID3") return false;
  const [version = 0, , flags = 0, ...length] = head.subarray(3, 10);
  return version >= 2 && version <= 4 && (flags & 15) === 0 && length.every((byte) => byte < 128);
}

type Frame = { format: AudioFormat; bytes: number };

/** Two frames one after the other are no chance; a cut may have left a part of one before them. */
function byFrames(head: Buffer): AudioFormat | undefined {
  for (let at = head.indexOf(0xff); at >= 0; at = head.indexOf(0xff, at + 1)) {
    const frame = frameAt(head, at);
    if (frame === undefined) continue;
    const next = at + frame.bytes;
    if (frameAt(head, next)?.format === frame.format) return frame.format;
    // A recording of a single frame ends where that does.
    if (at === 0 && next === head.length) return frame.format;
  }
  return undefined;
}

function frameAt(head: Buffer, at: number): Frame | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = head.subarray(at, at + 6);
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const layer = (second >> 1) & 3;
  if (layer !== 0) return mpegFrame((second >> 3) & 3, 4 - layer, third);
  // MPEG-2 or -4 AAC in ADTS: twelve bits set, and the layer is none.
  const bytes = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  const known = (second & 0xf0) === 0xf0 && ((third >> 2) & 15) < 13 && bytes >= 7;
  return known ? { format: "aac", bytes } : undefined;
}

const kilobits = {
  1: {
    2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  2: {
    2: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
} as const;
const hertz = [44_100, 48_000, 32_000];
/** By the two bits of the version: MPEG-2.5, none, MPEG-2, MPEG-1. */
const slowness = [4, 0, 2, 1];

/** A frame of layer II or III, as ISO 11172-3 and 13818-3 have it. */
function mpegFrame(version: number, layer: number, third: number): Frame | undefined {
  if (layer !== 2 && layer !== 3) return undefined;
  const slow = slowness[version] ?? 0;
  const rate = kilobits[slow === 1 ? 1 : 2][layer][(third >> 4) - 1];
  const samples = (hertz[(third >> 2) & 3] ?? 0) / slow;
  if (rate === undefined || !(samples > 0) || slow === 0) return undefined;
  const perFrame = layer === 3 && slow > 1 ? 72 : 144;
  return { format: "mp3", bytes: Math.floor((perFrame * rate * 1000) / samples) + ((third >> 1) & 1) };
}
