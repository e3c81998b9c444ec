"use client";

import type { MarketAnswer, QuoteDetail, Side } from "@/lib/api";
import * as format from "@/lib/format";
import { ageSec, useNow } from "@/lib/now";

interface Props {
  readonly quote: QuoteDetail;
  readonly outcomes: MarketAnswer["market"]["outcomes"];
  readonly side: Side;
}

/** The tops of both books. */
export function QuotePanel({ quote, outcomes, side }: Props) {
  const now = useNow(5);
  const labelOf = (of: Side) => outcomes.find((outcome) => outcome.outcome === of)?.label;
  const lines = [
    { of: "YES", bid: quote.yes_bid, bidSize: quote.yes_bid_size, ask: quote.yes_ask, askSize: quote.yes_ask_size, spread: quote.spread_yes, depth: quote.yes_depth_usd },
    { of: "NO", bid: quote.no_bid, bidSize: quote.no_bid_size, ask: quote.no_ask, askSize: quote.no_ask_size, spread: quote.spread_no, depth: quote.no_depth_usd },
  ] as const;
  return (
    <table className="quote">
      <caption>
        Read {format.duration(ageSec(now, quote.as_of))} ago
        <span className="soft">, {format.stamp(quote.as_of)}</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">Side</th>
          <th scope="col" className="number">Bid</th>
          <th scope="col" className="number">Ask</th>
          <th scope="col" className="number">Spread</th>
          <th scope="col" className="number">Depth</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.of} className={line.of === side ? "favourite" : undefined}>
            <th scope="row">
              {line.of} <bdi className="soft">{labelOf(line.of)?.toUpperCase() === line.of ? "" : labelOf(line.of)}</bdi>
              {line.of === side && <span className="visually-hidden"> (favourite)</span>}
            </th>
            <td className="number">
              {format.price(line.bid)}
              <span className="under">× {format.count(line.bidSize)}</span>
            </td>
            <td className="number">
              {format.price(line.ask)}
              <span className="under">× {format.count(line.askSize)}</span>
            </td>
            <td className="number">{format.price(line.spread)}</td>
            <td className="number">{format.dollars(line.depth)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
