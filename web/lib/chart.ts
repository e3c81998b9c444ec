/** The geometry of the price chart: scales, ticks and paths. Pure. */
import type { Sample, Side } from "./api";
import { rounded } from "./format";

export interface Point {
  readonly at: number;
  readonly bid: number | null;
  readonly ask: number | null;
}

export function pointsOf(samples: readonly Sample[], side: Side): Point[] {
  return samples.map((sample) => ({
    at: Date.parse(sample.as_of),
    bid: side === "YES" ? sample.yes_bid : sample.no_bid,
    ask: side === "YES" ? sample.yes_ask : sample.no_ask,
  }));
}

const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25];

/** A price axis that holds all prices, with 3 to 6 readable ticks. */
export function priceAxis(prices: readonly number[]): { low: number; high: number; ticks: number[] } {
  const [least, most] = prices.length > 0 ? [Math.min(...prices), Math.max(...prices)] : [0.9, 1];
  const step = STEPS.find((one) => (most - least) / one <= 4) ?? 0.25;
  const low = Math.min(Math.max(0, Math.floor(least / step + 1e-9) * step), 1 - step);
  const high = Math.min(1, Math.max(Math.ceil(most / step - 1e-9) * step, low + step));
  const number = Math.round((high - low) / step);
  const ticks = Array.from({ length: number + 1 }, (_, index) => rounded(low + index * step));
  return { low, high, ticks };
}

const MINUTE = 60_000;
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880].map((minutes) => minutes * MINUTE);

/** Times of round hours or days in UTC, at most `most` of them. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const step = TIME_STEPS.find((one) => (to - from) / one <= most) ?? 2_880 * MINUTE;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}

/** A path through the known values; a missing one lifts the pen. Steps, because a quote holds until the next one. */
export function stepPath(points: readonly { readonly x: number; readonly y: number | null }[]): string {
  let isDown = false;
  const parts: string[] = [];
  for (const { x, y } of points) {
    if (y === null) {
      isDown = false;
      continue;
    }
    parts.push(isDown ? `H${rounded(x)}V${rounded(y)}` : `M${rounded(x)} ${rounded(y)}`);
    isDown = true;
  }
  return parts.join("");
}

/** The point nearest to a moment. */
export function nearestPoint(points: readonly Point[], at: number): Point | undefined {
  return points.reduce<Point | undefined>(
    (best, point) => (best === undefined || Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best),
    undefined,
  );
}
