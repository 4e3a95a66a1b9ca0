/** What happened in a soak that must not, in words; nothing when all of it is well. */
export function faultsOf(found: {
  restarted: readonly string[];
  failures: Readonly<Record<string, number>>;
  deadLetters: number;
}): string[] {
  const { restarted, failures, deadLetters } = found;
  return [
    ...restarted.map((name) => `${name} was started anew`),
    ...Object.entries(failures).map(([what, count]) => `${count} × ${what}`),
    ...(deadLetters > 0 ? [`${deadLetters} dead letters`] : []),
  ];
}
