import Link from "next/link";
import type { MarketAnswer } from "@/lib/api";
import * as format from "@/lib/format";
import { OutsideLink } from "./outside-link";
import { TimeLeft } from "./time-left";

export function MarketHead({ answer }: { readonly answer: MarketAnswer }) {
  const { market } = answer;
  const facts: readonly (readonly [string, string])[] = [
    ["Status", market.accepts_orders ? market.status : `${market.status}, no orders`],
    ["Ends", format.stamp(market.close_time)],
    ["Traded", format.dollars(market.volume_usd)],
    ["Oracle", market.oracle_status ?? "nothing proposed"],
  ];
  return (
    <header className="market-head">
      <p className="soft">
        <Link href="/">Opportunities</Link> / {market.category}
        {market.event_title !== null && market.event_title !== market.title && (
          <>
            {" / "}
            <bdi>{market.event_title}</bdi>
          </>
        )}
      </p>
      <h1>
        <bdi>{market.title}</bdi>
      </h1>
      <div className="market-line">
        <p className="countdown number">
          <TimeLeft close_time={market.close_time} isPrecise />
          <span className="soft"> to the end</span>
        </p>
        <dl className="inline-facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <OutsideLink url={market.url}>Open at {market.venue}</OutsideLink>
      </div>
    </header>
  );
}
