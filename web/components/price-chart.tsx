"use client";

import { useState, type PointerEvent } from "react";
import type { GateStretch, Sample, Side } from "@/lib/api";
import { nearestPoint, pointsOf, priceAxis, stepPath, timeTicks } from "@/lib/chart";
import * as format from "@/lib/format";
import { GATE_WORDS } from "@/lib/gate-words";
import { useWidth } from "@/lib/width";

const HEIGHT = 200;
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 10, 10, 46];
const DAY_MS = 86_400_000;
const SAMPLE_MS = 300_000;

interface Props {
  readonly samples: readonly Sample[];
  readonly side: Side;
  readonly stretches: readonly GateStretch[];
}

/** Bid and ask of the favourite in 5-minute samples; below them when quote and time would have let it through. */
export function PriceChart({ samples, side, stretches }: Props) {
  const [frame, width] = useWidth(480);
  const [pointed, setPointed] = useState<number | null>(null);
  const points = pointsOf(samples, side);
  const prices = points.flatMap(({ bid, ask }) => [bid, ask]).filter((value) => value !== null);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || prices.length === 0) {
    return <p className="soft chart-empty">No samples yet: one is kept every five minutes while the market is a candidate.</p>;
  }
  const axis = priceAxis(prices);
  const [from, to] = [first.at, last.at + SAMPLE_MS];
  const x = (at: number) => LEFT + ((at - from) / (to - from)) * (width - LEFT - RIGHT);
  const y = (price: number) => TOP + ((axis.high - price) / (axis.high - axis.low)) * (HEIGHT - TOP - BOTTOM);
  const held = [...points, { ...last, at: to }]; // the last quote holds until the next one
  const line = (name: "bid" | "ask") => stepPath(held.map((point) => ({ x: x(point.at), y: point[name] === null ? null : y(point[name]) })));
  const shown = pointed === null ? last : (nearestPoint(points, pointed) ?? last);
  const label = to - from > DAY_MS ? format.day : format.hour;
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    setPointed(from + ((event.clientX - left - LEFT) / (width - LEFT - RIGHT)) * (to - from));
  };
  return (
    <figure className="chart" ref={frame}>
      <svg width={width} height={HEIGHT} role="img" onPointerMove={point} onPointerLeave={() => setPointed(null)}
        aria-label={`${side} from ${format.stamp(samples[0]?.as_of)} to ${format.stamp(samples.at(-1)?.as_of)}: ask between ${format.price(Math.min(...prices))} and ${format.price(Math.max(...prices))}, last bid ${format.price(last.bid)}, last ask ${format.price(last.ask)}`}>
        {axis.ticks.map((tick) => (
          <g key={tick} className="tick">
            <line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 6} y={y(tick)} dy="0.32em" textAnchor="end">{format.price(tick)}</text>
          </g>
        ))}
        {timeTicks(from, to, Math.max(2, Math.floor(width / 90))).map((tick) => (
          <g key={tick} className="tick">
            <line x1={x(tick)} x2={x(tick)} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM + 4} />
            <text x={x(tick)} y={HEIGHT - BOTTOM + 16} textAnchor="middle">{label(tick)}</text>
          </g>
        ))}
        <path className="bid" d={line("bid")} />
        <path className="ask" d={line("ask")} />
        {stretches.map((stretch) => {
          const begin = Math.max(x(Date.parse(stretch.start)), LEFT);
          const end = Math.min(x(Date.parse(stretch.end)), width - RIGHT);
          return (
            <rect key={stretch.start} className={stretch.gate === null ? "passed" : "stopped"} x={begin} width={Math.max(end - begin, 1)} y={HEIGHT - 14} height="8">
              <title>{stretch.gate === null ? "Passed" : GATE_WORDS[stretch.gate]}</title>
            </rect>
          );
        })}
        <line className="cursor" x1={x(shown.at)} x2={x(shown.at)} y1={TOP} y2={HEIGHT - BOTTOM} visibility={pointed === null ? "hidden" : "visible"} />
      </svg>
      <figcaption>
        <span className="key ask">ask {format.price(shown.ask)}</span>
        <span className="key bid">bid {format.price(shown.bid)}</span>
        <span className="soft">{format.stamp(new Date(shown.at).toISOString())}</span>
        <span className="key passed">would pass</span>
        <span className="key stopped">{stoppedWords(stretches, shown.at)}</span>
      </figcaption>
      <GateHistory stretches={stretches} />
    </figure>
  );
}

function stoppedWords(stretches: readonly GateStretch[], at: number): string {
  const found = stretches.find((stretch) => Date.parse(stretch.start) <= at && at < Date.parse(stretch.end));
  return found?.gate ? GATE_WORDS[found.gate].toLowerCase() : "stopped";
}

const SHOWN = 8;

/** The same as text, the latest first. */
function GateHistory({ stretches }: { readonly stretches: readonly GateStretch[] }) {
  const latest = [...stretches].reverse();
  return (
    <details className="gate-history">
      <summary>When it passed, by quote and time alone</summary>
      <ol>
        {latest.slice(0, SHOWN).map((stretch) => (
          <li key={stretch.start}>
            <span className="number">{format.stamp(stretch.start)}</span> for {format.duration((Date.parse(stretch.end) - Date.parse(stretch.start)) / 1_000)}:{" "}
            {stretch.gate === null ? "passed" : GATE_WORDS[stretch.gate].toLowerCase()}
          </li>
        ))}
      </ol>
      {latest.length > SHOWN && <p className="soft">and {format.counted(latest.length - SHOWN, "earlier stretch", "earlier stretches")}</p>}
      <p className="soft">Judged with today’s bounds; past status, disputes and rules are not kept and count as passed.</p>
    </details>
  );
}
