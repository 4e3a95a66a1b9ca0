/** A source of choices that a seed determines. */
export type Random = {
  /** A whole number from 0 to below the limit. */
  below(limit: number): number;
  chance(probability: number): boolean;
  /** @throws RangeError when there is nothing to choose from. */
  pick<T>(from: readonly T[]): T;
  /** Some of these, in the order in which they were chosen. */
  some<T>(from: readonly T[], most: number): T[];
};

/** The choices of that seed (splitmix32): the same seed always makes the same ones. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(from: readonly T[]): T => {
    if (from.length === 0) throw new RangeError("there is nothing to choose from");
    return from[below(from.length)] as T;
  };
  return {
    below,
    pick,
    chance: (probability) => next() < probability,
    some(from, most) {
      const left = [...from];
      const count = Math.min(left.length, most);
      return Array.from({ length: count }, () => left.splice(below(left.length), 1)).flat();
    },
  };
}
