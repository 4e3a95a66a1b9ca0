/** How a figure changed over the hours. */
export type Trend = {
  mean: number;
  /** By least squares, and its standard error; of figures that hang together over time the true error is larger. */
  perHour: number;
  standardError: number;
  /** Whether no change at all is within two standard errors. */
  isFlat: boolean;
};

/** One figure at a time. */
export type Point = readonly [hours: number, value: number];

/** The straight line through these points; undefined where there are too few to tell. */
export function trendOf(points: readonly Point[]): Trend | undefined {
  if (points.length < 3) return undefined;
  const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, mean] = [average(points.map(([at]) => at)), average(points.map(([, value]) => value))];
  const spread = points.reduce((sum, [at]) => sum + (at - middle) ** 2, 0);
  const perHour = points.reduce((sum, [at, value]) => sum + (at - middle) * (value - mean), 0) / spread;
  const left = points.reduce((sum, [at, value]) => sum + (value - mean - perHour * (at - middle)) ** 2, 0);
  const standardError = Math.sqrt(left / (points.length - 2) / spread);
  return { mean, perHour, standardError, isFlat: Math.abs(perHour) <= 2 * standardError };
}
