import { z } from "zod";
import { tenantId } from "../../shared/domain/tenant.ts";
import type { Audio } from "./audio.ts";

/** What the telephony says of a recording before anybody fetches it. */
export type Announced = { bytes: number; md5?: string };

/** How a request for a recording is answered. */
export type Reply = {
  status: number;
  headers?: Record<string, string>;
  content: Content;
  /** Answers the whole, and ranges of it, only where this is the recording. */
  ranges?: true;
  /** No byte after this one is sent; what then becomes of the connection. */
  breaks?: { at: number; by: "end" | "reset" | "silence" };
  bytesPerSecond?: number;
};
export type Content = Pick<Audio, "contentType" | "bytes" | "read">;

/** A request for a recording: `ageMs` is how long the fault has been there, `url` has no query. */
type Asked = { audio: Audio; ageMs: number; url: string };

/** One way in which a source fails or lies: in what is announced, or in what it serves. */
type Acts<O> = {
  announce?(announced: Announced, options: O): Announced;
  serve?(asked: Asked, options: O): Reply;
};
const row = <S extends z.ZodRawShape>(shape: S, acts: Acts<z.output<z.ZodObject<S>>>) => ({
  options: z.strictObject(shape),
  ...acts,
});

const milliseconds = z.number().min(0).max(3_600_000);
const size = z.number().int().min(0);

export const whole = (audio: Audio): Reply => ({ status: 200, content: audio, ranges: true });
const half = ({ bytes }: Audio) => Math.floor(bytes / 2);

function text(status: number, body: string, contentType = "text/plain; charset=utf-8"): Reply {
  const all = Buffer.from(body);
  const content: Content = {
    contentType,
    bytes: all.length,
    read: function* (from, to) {
      yield all.subarray(from, to);
    },
  };
  return { status, content };
}

const loginPage = `<!DOCTYPE html>
<html lang="ja"><head><title>ログイン</title></head>
<body><form action="/login"><input name="user"><input name="password" type="password"></form></body></html>
`;

/** Every fault, with its options (R37, R39). */
const rows = {
  /** 404 for so long, then there. */
  notReady: row(
    { forMs: milliseconds.default(2000) },
    {
      serve: ({ audio, ageMs }, { forMs }) => (ageMs < forMs ? text(404, "not ready\n") : whole(audio)),
    },
  ),
  /** An answer without the recording: never made, expired, out of order, throttled. */
  status: row(
    { status: z.int().min(400).max(599), retryAfterSeconds: z.int().min(0).optional() },
    {
      serve: (_, { status, retryAfterSeconds: seconds }) => ({
        ...text(status, `${status}\n`),
        ...(seconds === undefined ? {} : { headers: { "retry-after": String(seconds) } }),
      }),
    },
  ),
  /** A page to log in on, under its own type or as if it were the recording. */
  html: row(
    { contentType: z.string().default("text/html; charset=utf-8") },
    {
      serve: (_, { contentType }) => text(200, loginPage, contentType),
    },
  ),
  /** Says the whole length, and ends early each time. */
  truncated: row({}, { serve: ({ audio }) => ({ ...whole(audio), breaks: { at: half(audio), by: "end" } }) }),
  /** Says that it is shorter than announced, and is. */
  shortened: row(
    {},
    {
      serve: ({ audio }) => ({ ...whole(audio), content: { ...audio, bytes: half(audio) } }),
    },
  ),
  slow: row(
    { bytesPerSecond: size.min(1) },
    {
      serve: ({ audio }, { bytesPerSecond }) => ({ ...whole(audio), bytesPerSecond }),
    },
  ),
  /** Sends half, then nothing, and does not hang up. */
  stalled: row({}, { serve: ({ audio }) => ({ ...whole(audio), breaks: { at: half(audio), by: "silence" } }) }),
  /** The connection is reset in the middle. */
  broken: row(
    { afterBytes: size.optional() },
    {
      serve: ({ audio }, { afterBytes: at = half(audio) }) => ({ ...whole(audio), breaks: { at, by: "reset" } }),
    },
  ),
  wrongLength: row({}, { announce: (announced) => ({ ...announced, bytes: announced.bytes + 1 }) }),
  wrongMd5: row({}, { announce: (announced) => ({ ...announced, md5: "AAAAAAAAAAAAAAAAAAAAAA==" }) }),
  /** Sends whoever asks elsewhere; to a place of this server where there is a recording, unless another is given. */
  redirect: row(
    { to: z.url().optional() },
    {
      serve: ({ url }, { to = url.replace(/(\.\w+)$/, "-moved$1") }) => ({
        ...text(302, "moved\n"),
        headers: { location: to },
      }),
    },
  ),
  empty: row({}, { serve: ({ audio }) => ({ ...whole(audio), content: { ...audio, bytes: 0 } }) }),
  /** Goes on and on: serves so many bytes, whatever was announced. */
  huge: row(
    { bytes: size.default(3 * 2 ** 30) },
    {
      serve: ({ audio }, { bytes }) => ({ ...whole(audio), content: { ...audio, bytes } }),
    },
  ),
};

export type FaultName = keyof typeof rows;
export const faultNames = Object.keys(rows) as FaultName[];

type OptionsOf<Name extends FaultName> = z.input<(typeof rows)[Name]["options"]>;

/** A fault as it is asked for; after `times` requests that it has met it is gone. */
export type RecordingFault = {
  [Name in FaultName]: { fault: Name; times?: number | undefined } & (OptionsOf<Name> extends Record<string, never>
    ? unknown
    : OptionsOf<Name>);
}[FaultName];
type Fault = { fault: FaultName; times?: number | undefined };

const schemas = Object.entries(rows).map(([name, { options }]) =>
  options.extend({ fault: z.literal(name), times: z.int().min(1).optional() }),
);
export const recordingFault = z.discriminatedUnion("fault", schemas as never) as unknown as z.ZodType<
  Fault,
  RecordingFault
>;

const actsOf = ({ fault }: Fault): Acts<Fault> => rows[fault] as Acts<never>;

/** Whether the fault is in what a source serves, not in what is announced. */
export function isServed(fault: Fault): boolean {
  return actsOf(fault).serve !== undefined;
}

/** What is announced of a recording with this fault. */
export function announcedWith(fault: Fault | undefined, announced: Announced): Announced {
  return (fault && actsOf(fault).announce?.(announced, fault)) ?? announced;
}

/** Which recordings: one, or all of a tenant that have no fault of their own. */
export const faultScope = z.strictObject({ tenant: tenantId, recordingId: z.string().min(1).optional() });
export type FaultScope = z.output<typeof faultScope>;

/** The faults that are there now. */
export class RecordingFaults {
  readonly #faults = new Map<string, { fault: Fault; since: number; left: number }>();

  put(scope: FaultScope, fault: Fault): void {
    this.#faults.set(keyOf(scope), { fault, since: performance.now(), left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(scope: FaultScope): void {
    this.#faults.delete(keyOf(scope));
  }

  /** How a request for the recording is answered. */
  replyTo(scope: Required<FaultScope>, audio: Audio, url: string): Reply {
    for (const key of [keyOf(scope), keyOf({ tenant: scope.tenant })]) {
      const found = this.#faults.get(key);
      if (!found) continue;
      found.left--;
      if (found.left === 0) this.#faults.delete(key);
      const ageMs = performance.now() - found.since;
      return actsOf(found.fault).serve?.({ audio, ageMs, url }, found.fault) ?? whole(audio);
    }
    return whole(audio);
  }
}

function keyOf({ tenant, recordingId }: FaultScope): string {
  return `${tenant}/${recordingId ?? ""}`;
}
