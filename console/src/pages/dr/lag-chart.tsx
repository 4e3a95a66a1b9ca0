import { Text } from "@mantine/core";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { useDuration } from "../../ui/time.tsx";
import { historyMinutes, type LagPoint } from "./lag-history.ts";

const texts = defineTexts("lagChart", {
  ja: {
    title: "直近{{minutes}}分の遅れの推移",
    range: "中央値は{{p50Least}}〜{{p50Most}}、99%点は{{p99Least}}〜{{p99Most}}。",
    described: "{{title}}：{{range}}",
    caption: "{{title}}｜{{p50}}・{{p99}}",
    p50: "中央値（実線）",
    p99: "99%点（破線）",
    most: "縦軸の上端：{{most}}。この画面を開いている間の記録です。",
  },
  en: {
    title: "Lag over the last {{minutes}} minutes",
    range: "Median from {{p50Least}} to {{p50Most}}, 99th percentile from {{p99Least}} to {{p99Most}}.",
    described: "{{title}}: {{range}}",
    caption: "{{title}}: {{p50}}, {{p99}}",
    p50: "Median (solid)",
    p99: "99th percentile (dashed)",
    most: "Top of the chart: {{most}}. Kept while this page is open.",
  },
});

const size = { width: 320, height: 72 };

/** The lag over the last minutes as two lines, and in words. */
export function LagChart({ points }: { points: readonly LagPoint[] }) {
  const t = useTexts(texts);
  const duration = useDuration();
  const last = points.at(-1);
  if (!last) return null;
  const lag = (milliseconds: number) => duration(milliseconds / 1000);
  const [p50s, p99s] = [points.map(({ p50 }) => p50), points.map(({ p99 }) => p99)];
  const most = roundedUp(Math.max(...p99s));
  const range = {
    p50Least: lag(Math.min(...p50s)),
    p50Most: lag(Math.max(...p50s)),
    p99Least: lag(Math.min(...p99s)),
    p99Most: lag(Math.max(...p99s)),
  };
  const title = t("title", { minutes: historyMinutes });
  const line = (value: "p50" | "p99") =>
    points.map((point) => `${across(point.at, last.at)},${up(point[value], most)}`).join(" ");
  return (
    <figure className="lag-chart">
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={t("described", { title, range: t("range", range) })}
      >
        <line x1="0" x2={size.width} y1={size.height - 1} y2={size.height - 1} className="lag-axis" />
        <polyline points={line("p99")} className="lag-p99" />
        <polyline points={line("p50")} className="lag-p50" />
        <circle cx={size.width - 3} cy={up(last.p50, most)} r="3" className="lag-now" />
      </svg>
      <figcaption>
        <Text size="xs" c="var(--muted)" component="div">
          {t("caption", { title, p50: t("p50"), p99: t("p99") })}
          <br />
          {t("most", { most: lag(most) })}
        </Text>
      </figcaption>
    </figure>
  );
}

/** Where a moment stands: the latest at the right, the oldest that is kept at the left. */
function across(at: number, latest: number): number {
  const shown = size.width - 3;
  return Math.round((shown - ((latest - at) / (historyMinutes * 60_000)) * shown) * 10) / 10;
}

function up(value: number, most: number): number {
  return Math.round((size.height - 4 - (value / most) * (size.height - 8)) * 10) / 10;
}

/** The next of 1, 2, 5, 10, 20 … that is not less. */
function roundedUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return power * ([1, 2, 5].find((step) => value <= step * power) ?? 10);
}
