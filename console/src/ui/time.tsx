import { useLanguage } from "../texts/texts.ts";

/** Formats a time in the viewer's own zone, with `seconds` where asked for. */
export function useTime(): (at: string, seconds?: boolean) => string {
  const language = useLanguage();
  return (at, seconds = false) =>
    new Intl.DateTimeFormat(language === "ja" ? "ja" : "en-GB", {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      ...(seconds ? { second: "2-digit" } : {}),
    }).format(new Date(at));
}

/** A time in the viewer's own zone; its hint gives it in UTC. `seconds` are shown where asked for. */
export function Time({ at, seconds = false }: { at: string; seconds?: boolean }) {
  const time = useTime();
  return (
    <time dateTime={at} title={`${at.replace("T", " ").replace(/(\.\d+)?Z$/, "")} UTC`}>
      {time(at, seconds)}
    </time>
  );
}

const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Formats a length of time with its two largest units, below a second in milliseconds. */
export function useDuration(): (seconds: number) => string {
  const language = useLanguage();
  const format = (value: number, unit: string) =>
    new Intl.NumberFormat(language, {
      style: "unit",
      unit,
      unitDisplay: language === "ja" ? "short" : "narrow",
    }).format(value);
  return (seconds) => {
    if (seconds < 1) return format(Math.round(seconds * 1000), "millisecond");
    if (seconds < 10) return format(Math.round(seconds * 10) / 10, "second");
    let rest = Math.round(seconds);
    const parts: string[] = [];
    for (const [unit, size] of units) {
      if (rest >= size && parts.length < 2) parts.push(format(Math.floor(rest / size), unit));
      rest %= size;
    }
    return parts.join(" ");
  };
}

/** Formats counts, and bytes in the unit that fits. */
export function useNumbers(): { count: (n: number) => string; bytes: (n: number) => string } {
  const language = useLanguage();
  return {
    count: (n) => new Intl.NumberFormat(language).format(n),
    bytes: (n) => {
      const sizes = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
      const power = Math.min(sizes.length - 1, n < 1 ? 0 : Math.floor(Math.log10(n) / 3));
      const options = {
        style: "unit",
        unit: sizes[power] ?? "byte",
        maximumFractionDigits: power > 0 ? 1 : 0,
      } as const;
      return new Intl.NumberFormat(language, options).format(n / 1000 ** power);
    },
  };
}
