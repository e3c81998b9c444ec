/** Contract records for the unit tests; anything can be overridden. */
import type { Opportunity, RiskFlag, Severity } from "@/lib/api";

export function aFlag(code: string, severity: Severity = "medium"): RiskFlag {
  return { code, severity, why: `${code} matters.`, base_rate: 0.1, evidence_spans: [] };
}

export function anOpportunity(number: number, over: Partial<Opportunity> = {}): Opportunity {
  return {
    market_id: `0x${number}`, venue: "polymarket", title: `Will event ${number} happen?`, slug: null, url: null,
    category: "politics", event_id: null, event_title: null, as_of: "2026-11-22T09:33:20.000Z",
    close_time: "2026-11-24T09:33:20.000Z", t_remaining_sec: 172_800, recommended_side: "YES", outcome_label: "Yes",
    entry_price: 0.96, gross_yield: 0.04, net_yield: 0.0385, yield_velocity: 0.019, roi: 0.04, apr: 7.3, fee_bps: 16,
    fee_assumed: false, liquidity_score: 0.45, depth_usd: 480, definition_risk_score: 0.2, risk_score: 0.3,
    overall_score: 0.3125, max_position_pct: 0.05, risk_flags: [],
    score_breakdown: { yield_velocity: 0.173, net_yield: 0.096, liquidity: 0.0675, definition_risk: -0.02, staleness: -0.004 },
    quote: {
      bid: 0.95, ask: 0.96, spread: 0.01, yes_bid: 0.95, yes_ask: 0.96, no_bid: 0.04, no_ask: 0.05, spread_yes: 0.01,
      spread_no: 0.01, as_of: "2026-11-22T09:33:10.000Z", staleness_sec: 10,
    },
    ...over,
  };
}
