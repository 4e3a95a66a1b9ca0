import { vi } from "vitest";

/** Repeats the check until it passes and gives its result; after the deadline it throws what the last try threw. */
export function eventually<T>(check: () => T | Promise<T>, timeoutMilliseconds = 45_000): Promise<T> {
  return vi.waitFor(check, { timeout: timeoutMilliseconds, interval: 50 });
}
