import { expect } from "vitest";
import { eventually } from "./eventually.ts";

/** Asks as the console does: again, and the very same, while the answer is that it may be given in a moment. */
export function patiently<T extends { status: number }>(ask: () => Promise<T>): Promise<T> {
  return eventually(async () => {
    const answer = await ask();
    expect(answer.status).not.toBe(503);
    return answer;
  });
}
