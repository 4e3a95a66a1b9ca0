/**
 * The beginning of a day that is written as `YYYY-MM-DD`, in the viewer's own zone, in RFC 3339; so many days later if asked.
 * Undefined for what is no day.
 */
export function beginningOf(day: string, daysLater = 0): string | undefined {
  const [year, month, date] = /^([1-9]\d{3})-(\d\d)-(\d\d)$/.exec(day)?.slice(1).map(Number) ?? [];
  if (year === undefined || month === undefined || date === undefined) return undefined;
  return new Date(year, month - 1, date + daysLater).toISOString();
}

/** The viewer's own day, as `YYYY-MM-DD`. */
export function dayOf(time: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}
