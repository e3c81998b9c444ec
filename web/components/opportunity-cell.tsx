import type { Opportunity } from "@/lib/api";
import type { ColumnName } from "@/lib/columns";
import * as format from "@/lib/format";
import { marketHref } from "@/lib/links";
import { BreakdownBar } from "./breakdown-bar";
import { FlagChips } from "./flag-chips";
import { RiskMark } from "./risk-mark";
import { SideMark } from "./side-mark";
import { TimeLeft } from "./time-left";

/** What stands in one cell of the list. */
export function OpportunityCell({ name, item }: { readonly name: ColumnName; readonly item: Opportunity }) {
  switch (name) {
    case "overall_score":
      return (
        <>
          {format.score(item.overall_score, 3)}
          <BreakdownBar breakdown={item.score_breakdown} isSmall />
        </>
      );
    case "title":
      return (
        <>
          <a href={marketHref(item.market_id)} className="title" title={item.title}>
            <bdi>{item.title}</bdi>
          </a>
          <span className="under">
            {item.category}
            {item.event_title !== null && item.event_title !== item.title && (
              <>
                {" · "}
                <bdi>{item.event_title}</bdi>
              </>
            )}
          </span>
        </>
      );
    case "recommended_side":
      return <SideMark side={item.recommended_side} label={item.outcome_label} />;
    case "entry_price":
      return <>{format.price(item.entry_price)}</>;
    case "net_yield":
      return (
        <>
          {format.cents(item.net_yield)}
          {item.fee_assumed && <abbr title="Fee assumed: no schedule was readable"> *</abbr>}
        </>
      );
    case "yield_velocity":
      return <>{format.cents(item.yield_velocity)}</>;
    case "apr":
      return <>{format.rate(item.apr)}</>;
    case "t_remaining_sec":
      return <TimeLeft close_time={item.close_time} t_remaining_sec={item.t_remaining_sec} />;
    case "liquidity_score":
      return <>{format.score(item.liquidity_score)}</>;
    case "depth_usd":
      return <>{format.dollars(item.depth_usd)}</>;
    case "definition_risk_score":
      return <RiskMark value={item.definition_risk_score} />;
    case "risk_score":
      return <RiskMark value={item.risk_score} />;
    case "risk_flags":
      return <FlagChips flags={item.risk_flags} />;
    case "max_position_pct":
      return <>{format.percent(item.max_position_pct)}</>;
    case "fee_bps":
      return <>{format.basisPoints(item.fee_bps)}</>;
    case "staleness_sec":
      return <>{format.duration(item.quote.staleness_sec)}</>;
  }
}
