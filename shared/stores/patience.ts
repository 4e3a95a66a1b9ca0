import { setTimeout as pause } from "node:timers/promises";
import { isMistake, refused, TryEnd } from "./try-end.ts";

/** Cloud Storage did not do what it was asked for, and may do it next time; else the try ends so. */
export class Passing extends Error {
  readonly end: TryEnd;

  constructor(end: TryEnd) {
    super("what may pass");
    this.end = end;
  }
}

const triesAtMost = 4;
const firstPauseMilliseconds = 400;
/** No further try is begun so long after the first failure. */
const patienceMilliseconds = 30_000;

/** How often and for how long a destination that fails is tried again, up to a point of time in milliseconds since 1970. */
export class Patience {
  readonly #until: number;
  #failures = 0;
  #since = 0;

  constructor(until: number) {
    this.#until = until;
  }

  /** Something was achieved: what fails now fails for the first time. */
  renew(): void {
    this.#failures = 0;
  }

  /** Waits before the next try. @throws TryEnd when it failed too often, no time is left, or the error is one. */
  async wait(error: unknown): Promise<void> {
    if (error instanceof TryEnd || isMistake(error)) throw error;
    if (this.#failures === 0) this.#since = Date.now();
    this.#failures += 1;
    const wait = firstPauseMilliseconds * 2 ** (this.#failures - 1) * (0.5 + Math.random() / 2);
    const next = Date.now() + wait;
    if (this.#failures < triesAtMost && next < this.#until && next < this.#since + patienceMilliseconds) {
      await pause(wait);
      return;
    }
    if (error instanceof Passing) throw error.end;
    throw refused("unavailable", "Cloud Storage does not answer");
  }
}

/** Tries again what may pass. @throws TryEnd when it does not. */
export async function patiently<T>(until: number, attempt: () => Promise<T>): Promise<T> {
  const patience = new Patience(until);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await patience.wait(error);
    }
  }
}
