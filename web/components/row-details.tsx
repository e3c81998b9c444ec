import Link from "next/link";
import type { Opportunity } from "@/lib/api";
import * as format from "@/lib/format";
import { marketHref } from "@/lib/links";
import { BreakdownTable } from "./breakdown-table";
import { FlagList } from "./flag-list";
import { OutsideLink } from "./outside-link";

/** Below an opened row: why this score, what the rules say, what it costs. */
export function RowDetails({ item }: { readonly item: Opportunity }) {
  const facts: readonly (readonly [string, string])[] = [
    ["Entry", format.price(item.entry_price)],
    ["Bid, spread", `${format.price(item.quote.bid)}, ${format.price(item.quote.spread)}`],
    ["Gross yield", format.cents(item.gross_yield)],
    ["Fee", `${format.basisPoints(item.fee_bps)}${item.fee_assumed ? ", assumed" : ""}`],
    ["Net yield", format.cents(item.net_yield)],
    ["Return, per year", `${format.percent(item.roi, 2)}, ${format.rate(item.apr)}`],
    ["Depth", format.dollars(item.depth_usd)],
    ["All risk", format.score(item.risk_score)],
  ];
  return (
    <div className="row-details">
      <section>
        <h2>Score</h2>
        <BreakdownTable breakdown={item.score_breakdown} overall_score={item.overall_score} />
      </section>
      <section>
        <h2>Price</h2>
        <dl className="facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="number">{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h2>Flags</h2>
        <FlagList flags={item.risk_flags} />
      </section>
      <p className="row-links">
        <Link href={marketHref(item.market_id)} prefetch={false}>
          Rules, ladder and size
        </Link>
        <OutsideLink url={item.url}>At {item.venue}</OutsideLink>
      </p>
    </div>
  );
}
