import type { SessionState } from "./recording-upload.ts";
import type { StreamedRequest } from "./storage-connection.ts";

/** Content that is streamed into a session, up to the position `end`. */
export type StreamedPart = Pick<StreamedRequest, "write" | "abort"> & {
  end: number;
  /**
   * Waits for content. A source may be silent, be asked again and be silent once more: what keeps the part waiting for too
   * long lets it go, so that its silence is not taken for Cloud Storage's. Then nothing more is written.
   */
  awaiting<T>(content: Promise<T>): Promise<T>;
  /** Where the session stands then; where the part was let go, what the session has kept. */
  finish(): Promise<SessionState>;
};

type Streaming = {
  end: number;
  /** So long its connection may be silent. */
  silenceMilliseconds: number;
  /** What the whole part was answered with. */
  answered(): Promise<SessionState>;
  /** Asks the session where it stands. */
  progress(): Promise<SessionState>;
};

/** Of the time for which its connection may be silent, as much a part waits for content. */
const waitingShare = 0.8;

/** A part that is streamed by this request. */
export function streamedPart(request: StreamedRequest, streaming: Streaming): StreamedPart {
  const { end, silenceMilliseconds, answered, progress } = streaming;
  let isLetGo = false;
  const letGo = () => {
    isLetGo = true;
    request.abort();
  };
  return {
    end,
    async awaiting(content) {
      const timer = setTimeout(letGo, silenceMilliseconds * waitingShare);
      return await content.finally(() => clearTimeout(timer));
    },
    write: async (chunk) => !isLetGo && (await request.write(chunk)),
    abort: request.abort,
    finish: () => (isLetGo ? progress() : answered()),
  };
}
