/** What of npm's lock file (version 3) is needed here; its other fields are carried over as they are. */
export type LockFile = { lockfileVersion: number; packages: Record<string, LockedPackage> };
export type LockedPackage = {
  version?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
};

const folder = "node_modules/";

/**
 * The part of a lock file that these packages need, each at the place where it was: what `npm ci` installs from it is what
 * was tested. Packages for other systems stay in it, as npm itself keeps them.
 * @throws Error that names a package that is not locked.
 */
export function lockedFor(lock: LockFile, names: readonly string[]): Record<string, LockedPackage> {
  const kept = new Map<string, LockedPackage>();
  const take = (path: string): void => {
    const found = lock.packages[path];
    if (found === undefined || kept.has(path)) return;
    kept.set(path, found);
    for (const { name, isOptional } of neededBy(found)) {
      const place = placeOf(lock, name, path);
      if (place !== undefined) take(place);
      else if (!isOptional) throw new Error(`${path} needs ${name}, which is not locked`);
    }
  };
  for (const name of names) {
    if (!lock.packages[folder + name]) throw new Error(`${name} is not locked`);
    take(folder + name);
  }
  return Object.fromEntries([...kept].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function neededBy(locked: LockedPackage): { name: string; isOptional: boolean }[] {
  const named = (names: object = {}, isOptional: boolean) => Object.keys(names).map((name) => ({ name, isOptional }));
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = locked;
  return [
    ...named(dependencies, false),
    ...named(optionalDependencies, true),
    ...Object.keys(peerDependencies ?? {}).map((name) => ({
      name,
      isOptional: peerDependenciesMeta?.[name]?.optional === true,
    })),
  ];
}

/** Where Node finds a package that another one asks for: beside it, else ever further out. */
function placeOf({ packages }: LockFile, name: string, from: string): string | undefined {
  for (let around = from; ; around = around.slice(0, Math.max(0, around.lastIndexOf(folder) - 1))) {
    const place = `${around === "" ? "" : `${around}/`}${folder}${name}`;
    if (packages[place]) return place;
    if (around === "") return undefined;
  }
}
