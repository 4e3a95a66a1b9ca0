import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { Mp3Encoder } from "@breezystack/lamejs";

/** How recordings are written. */
export const audioFormats = ["mp3", "wav"] as const;
export type AudioFormat = (typeof audioFormats)[number];

/** An audio file that a player plays; made as it is read, so that it may have any size. */
export type Audio = {
  contentType: string;
  bytes: number;
  /** The bytes from one offset up to, but not including, another; past its end it goes on in the same way. */
  read(from: number, to: number): Generator<Buffer>;
};

/** No recording is shorter than this: a title and some frames. */
export const leastBytes = 512;

type Format = {
  contentType: string;
  bytesASecond: number;
  /** The file's beginning, and what then repeats up to its end; it may be a little longer than asked. */
  make(title: string, hertz: number, bytes: number): { head: Buffer; loop: Buffer; bytes: number };
};

/** A frame of MPEG-2 layer III, one channel at 16 kHz and 32 kbit/s: always of one length, 36 ms. */
const frame = { bytes: 144, samples: 576, rate: 16_000 };
const kilobitsASecond = 32;
const wavRate = 8000;

const formats: Record<AudioFormat, Format> = {
  mp3: {
    contentType: "audio/mpeg",
    bytesASecond: (kilobitsASecond * 1000) / 8,
    make(title, hertz, bytes) {
      // What does not fill a frame is padding of the tag, so that the file ends with a whole one.
      const padding = (bytes - titleTag(title, 0).length) % frame.bytes;
      return { head: titleTag(title, padding), loop: mp3Loop(hertz), bytes };
    },
  },
  wav: {
    contentType: "audio/wav",
    bytesASecond: wavRate * 2,
    make: (title, hertz, bytes) => {
      const even = bytes + (bytes % 2);
      return { head: wavHead(title, even), loop: wavLoop(hertz), bytes: even };
    },
  },
};

/** The notes that recordings are tuned to. */
const notes = [262, 294, 330, 392, 440, 523, 587, 659];
/** What is read at once. */
const chunkBytes = 64 * 1024;

/** A recording of that title: a tone by which it can be told from others, no two titles the same bytes. */
export function audioOf(title: string, format: AudioFormat, bytes: number): Audio {
  const hertz = notes[createHash("md5").update(title).digest().readUInt8() % notes.length] ?? 440;
  const { contentType, make } = formats[format];
  const { head, loop, bytes: made } = make(title, hertz, Math.max(leastBytes, bytes));
  return {
    contentType,
    bytes: made,
    *read(from, to) {
      let at = from;
      while (at < to) {
        const inLoop = (at - head.length) % loop.length;
        const rest = at < head.length ? head.subarray(at) : loop.subarray(inLoop);
        const chunk = rest.subarray(0, to - at);
        at += chunk.length;
        yield chunk;
      }
    },
  };
}

/** How many bytes so many seconds take. */
export function bytesOf(seconds: number, format: AudioFormat): number {
  return Math.round(seconds * formats[format].bytesASecond);
}

/** The whole file. */
export function wholeOf(audio: Audio): Buffer {
  return Buffer.concat([...audio.read(0, audio.bytes)]);
}

/** The MD5 in Base64; other work goes on meanwhile. */
export async function md5Of(audio: Audio): Promise<string> {
  const hash = createHash("md5");
  let hashed = 0;
  for (const chunk of audio.read(0, audio.bytes)) {
    hash.update(chunk);
    hashed += chunk.length;
    if (hashed % (64 * chunkBytes) < chunk.length) await turn();
  }
  return hash.digest("base64");
}

/** Beeps: a second of a tone, a little silence. */
function beeps(hertz: number, rate: number, samples: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, at) =>
    at < 0.8 * samples ? Math.round(8000 * Math.sin((2 * Math.PI * hertz * at) / rate)) : 0,
  );
}

/** As often as fills a chunk. */
function repeated(part: Buffer): Buffer {
  return Buffer.concat(Array(Math.ceil(chunkBytes / part.length)).fill(part));
}

const mp3Loops = new Map<number, Buffer>();
const loopFrames = 34;

/** Encoded once for each note. Its first frame needs none before it, so it may be repeated at will. */
function mp3Loop(hertz: number): Buffer {
  const known = mp3Loops.get(hertz);
  if (known) return known;
  const encoder = new Mp3Encoder(1, frame.rate, kilobitsASecond);
  const encoded = [encoder.encodeBuffer(beeps(hertz, frame.rate, loopFrames * frame.samples)), encoder.flush()];
  const frames = Buffer.concat(encoded.map((part) => Buffer.from(part))).subarray(0, loopFrames * frame.bytes);
  const loop = repeated(frames);
  mp3Loops.set(hertz, loop);
  return loop;
}

/** An ID3v2.3 tag with the title alone, in ASCII, and so many bytes of padding. */
function titleTag(title: string, padding: number): Buffer {
  const text = Buffer.concat([Buffer.from([0]), Buffer.from(title, "latin1")]);
  const head = Buffer.alloc(10);
  head.write("TIT2", "latin1");
  head.writeUInt32BE(text.length, 4);
  const size = head.length + text.length + padding;
  const sevenBits = [21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f);
  return Buffer.concat([Buffer.from("ID3\u0003\0\0", "latin1"), Buffer.from(sevenBits), head, text], size + 10);
}

const wavLoops = new Map<number, Buffer>();

function wavLoop(hertz: number): Buffer {
  const known = wavLoops.get(hertz);
  if (known) return known;
  const loop = repeated(Buffer.from(beeps(hertz, wavRate, wavRate).buffer));
  wavLoops.set(hertz, loop);
  return loop;
}

/** All of a WAV file before its samples: 16 bits, one channel, 8 kHz, with its title. */
function wavHead(title: string, bytes: number): Buffer {
  const size = (value: number) => {
    const field = Buffer.alloc(4);
    // A file of 4 GiB and more says that its length is not known.
    field.writeUInt32LE(Math.min(value, 0xffff_ffff));
    return field;
  };
  const chunk = (id: string, content: Buffer) => Buffer.concat([Buffer.from(id), size(content.length), content]);
  const sound = Buffer.alloc(16);
  for (const [at, value] of [1, 1, wavRate, 0, wavRate * 2, 0, 2, 16].entries()) sound.writeUInt16LE(value, at * 2);
  const name = Buffer.from(`${title}\0${title.length % 2 === 0 ? "\0" : ""}`, "latin1");
  const info = chunk("LIST", Buffer.concat([Buffer.from("INFO"), chunk("INAM", name)]));
  const before = Buffer.concat([Buffer.from("WAVE"), chunk("fmt ", sound), info, Buffer.from("data")]);
  return Buffer.concat([Buffer.from("RIFF"), size(bytes - 8), before, size(bytes - before.length - 12)]);
}
