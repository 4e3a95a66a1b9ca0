import { Timestamp } from "@google-cloud/firestore";

/** Repeatable chance: the same seed draws the same values on every machine. */
export type Draw = {
  /** From 0 up to, but not including, 1. */
  fraction(): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** So many of them, in their order, without repeats. */
  sample<T>(from: readonly T[], count: number): T[];
  digits(count: number): string;
  bytes(count: number): Uint8Array;
  /** A time to the microsecond in the two years before the demo's present. */
  time(): Timestamp;
};

/** The present of the demo data, fixed so that the documents are the same each time. */
const presentSeconds = Date.UTC(2026, 3, 1) / 1000;
const twoYearsSeconds = 2 * 365 * 24 * 3600;

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

/** The generator mulberry32: small, fast, and good enough for data that only has to look real. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A source of values that depends on the seed alone. */
export function drawFrom(seed: string): Draw {
  const fraction = mulberry32(hash(seed));
  const integer = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1));
  return {
    fraction,
    integer,
    chance: (probability) => fraction() < probability,
    pick: (from) => from[integer(0, from.length - 1)] as (typeof from)[number],
    sample: (from, count) => {
      let wanted = count;
      return from.filter((_, index) => {
        const taken = fraction() * (from.length - index) < wanted;
        if (taken) wanted--;
        return taken;
      });
    },
    digits: (count) => Array.from({ length: count }, () => integer(0, 9)).join(""),
    bytes: (count) => Uint8Array.from({ length: count }, () => integer(0, 255)),
    time: () => new Timestamp(presentSeconds - integer(1, twoYearsSeconds), integer(0, 999_999) * 1000),
  };
}
