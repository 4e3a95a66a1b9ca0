/**
 * What was loaded for a key is used again for so long; those that ask at once are given the same. What could not be
 * loaded is forgotten. At most `most` keys are kept, the oldest go first.
 */
export function keptFor<T>(
  milliseconds: number,
  most: number,
  load: (key: string) => Promise<T>,
): { get(key: string): Promise<T>; forget(key: string): void } {
  const kept = new Map<string, { loaded: Promise<T>; until: number }>();
  return {
    get(key) {
      const known = kept.get(key);
      if (known && known.until > performance.now()) return known.loaded;
      kept.delete(key);
      const [oldest] = kept.keys();
      if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
      const loaded = load(key);
      const entry = { loaded, until: performance.now() + milliseconds };
      kept.set(key, entry);
      loaded.catch(() => kept.get(key) === entry && kept.delete(key));
      return loaded;
    },
    forget: (key) => void kept.delete(key),
  };
}
