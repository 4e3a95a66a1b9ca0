import type { IncomingMessage } from "node:http";

/** A source's connection broke: what was announced did not come (`short`), or nothing came any more. */
export class Broken extends Error {
  readonly short: boolean;

  constructor(message: string, { short = false, cause }: { short?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.short = short;
  }
}

/** Takes an answer's content bit by bit: nothing is read ahead of who wants it. */
export type Pull = {
  /** More of it, whatever has come; `end` when all of it has, `late` when so long nothing has. @throws Broken */
  next(milliseconds: number): Promise<Buffer | "end" | "late">;
  /** Lets go of the connection. Safe to repeat. */
  close(): void;
};

/** So many pieces may wait to be taken. */
const waitingAtMost = 2;

export function pullFrom(body: IncomingMessage): Pull {
  const { socket } = body;
  // Pieces are passed on as they came: a stream that is read from would put them together, which is a copy of everything.
  const waiting: Buffer[] = [];
  let fault: Error | undefined;
  let wake: (() => void) | undefined;
  const stir = () => wake?.();
  body.on("data", (chunk: Buffer) => {
    waiting.push(chunk);
    if (waiting.length >= waitingAtMost) body.pause();
    stir();
  });
  body.on("end", stir).on("close", stir);
  body.on("error", (error) => {
    fault = error;
    stir();
  });
  return {
    async next(milliseconds) {
      const until = performance.now() + milliseconds;
      for (;;) {
        const chunk = waiting.shift();
        if (chunk !== undefined) return chunk;
        if (body.readableEnded) return "end";
        if (fault !== undefined || body.destroyed) {
          // Whoever announces a length and then ends in good order never meant to send more.
          const short = socket.readableEnded && body.headers["content-length"] !== undefined;
          throw new Broken("the source's connection broke", { short, cause: fault });
        }
        const left = until - performance.now();
        if (left <= 0) return "late";
        if (body.isPaused()) body.resume();
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
    },
    close: () => body.destroy(),
  };
}
