import { useEffect, useState } from "react";
import type { Standby } from "./standby.tsx";

/** The lag as it was told at a time, in milliseconds. */
export type LagPoint = { at: number; p50: number; p99: number };

/** How far back the chart goes. */
export const historyMinutes = 10;

/** The lag of the last minutes, as it was told while the page was open; `at` is when the latest was. */
export function useLagHistory({ p50Milliseconds: p50, p99Milliseconds: p99 }: Standby["lag"], at: number): LagPoint[] {
  const [points, setPoints] = useState<LagPoint[]>([]);
  useEffect(() => {
    if (p50 === null || p99 === null) return;
    const from = at - historyMinutes * 60_000;
    setPoints((known) => [...known.filter((point) => point.at >= from && point.at < at), { at, p50, p99 }]);
  }, [p50, p99, at]);
  return points;
}
