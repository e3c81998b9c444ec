import type { MarketAnswer } from "@/lib/api";
import * as format from "@/lib/format";
import { GATE_WORDS } from "@/lib/gate-words";
import { RiskMark } from "./risk-mark";
import { SideMark } from "./side-mark";

/** What would be bought and why, or the gate that says no. */
export function RecommendationPanel({ answer }: { readonly answer: MarketAnswer }) {
  const { market, latest_score: score, recommendation, gate } = answer;
  if (recommendation === null) {
    return (
      <p className="verdict no">
        <strong>Not an opportunity.</strong> {gate === null ? "It has not been scored since it passed every gate." : `${GATE_WORDS[gate]}.`}
        {gate !== null && <code>{gate}</code>}
      </p>
    );
  }
  const label = market.outcomes.find((outcome) => outcome.outcome === recommendation.recommended_side)?.label ?? null;
  return (
    <div className="recommendation">
      <dl className="headline">
        <div>
          <dt>Side</dt>
          <dd>
            <SideMark side={recommendation.recommended_side} label={label} />
          </dd>
        </div>
        <div>
          <dt>Entry</dt>
          <dd className="number">{format.price(recommendation.entry_price)}</dd>
        </div>
        <div>
          <dt>Net yield</dt>
          <dd className="number">{format.cents(score?.net_yield)}</dd>
        </div>
        <div>
          <dt>Size at most</dt>
          <dd className="number">{format.percent(recommendation.max_position_pct)}</dd>
        </div>
        <div>
          <dt>All risk</dt>
          <dd className="number">
            <RiskMark value={recommendation.risk_score} />
          </dd>
        </div>
      </dl>
      <ul className="notes">
        {recommendation.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </div>
  );
}
