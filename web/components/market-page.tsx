"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useDeferredValue, useEffect } from "react";
import { useConfig, useGates, useHistory, useMarket } from "@/lib/live";
import { AskLadder } from "./ask-ladder";
import { BreakdownTable } from "./breakdown-table";
import { GatePanel } from "./gate-panel";
import { MarketHead } from "./market-head";
import { MarketSkeleton } from "./market-skeleton";
import { Panel } from "./panel";
import { PriceChart } from "./price-chart";
import { QuotePanel } from "./quote-panel";
import { RecommendationPanel } from "./recommendation-panel";
import { RuleText } from "./rule-text";
import { SizeCalculator } from "./size-calculator";
import { StaleBanner } from "./stale-banner";

/** Everything known about one market. */
export function MarketPage() {
  const id = useSearchParams().get("id") ?? "";
  const { data: newest, error } = useMarket(id);
  // Painted in slices: nobody who presses a key meanwhile has to wait.
  const deferred = useDeferredValue(newest);
  const data = deferred?.market.market_id === id ? deferred : undefined;
  const history = useDeferredValue(useHistory(id).data);
  const gates = useDeferredValue(useGates(id).data);
  const config = useDeferredValue(useConfig().data);
  const title = data?.market.title;
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · PM Endgame Sweep`;
  }, [title]);

  if (id === "" || error?.status === 404) return <NoMarket id={id} />;
  if (data === undefined) return error ? <StaleBanner error={error} as_of={null} /> : <MarketSkeleton />;
  const { market, rules, latest_quote: quote, latest_score: score, recommendation } = data;
  const side = recommendation?.recommended_side ?? score?.recommended_side ?? "YES";
  return (
    <>
      <MarketHead answer={data} />
      <div className="market-grid">
        <div className="column">
          <Panel title="Why" className="why">
            <RecommendationPanel answer={data} />
            {score?.score_breakdown && score.overall_score !== null && (
              <BreakdownTable breakdown={score.score_breakdown} overall_score={score.overall_score} />
            )}
          </Panel>
          <Panel title="Rules" className="rules">
            <RuleText rules={rules} side={side} />
          </Panel>
          <Panel title="Gates">{gates ? <GatePanel gates={gates} /> : <div className="ghost tall-ghost" />}</Panel>
        </div>
        <div className="column">
          <Panel title="Price, both sides">
            {quote ? (
              <>
                <QuotePanel quote={quote} outcomes={market.outcomes} side={side} />
                <AskLadder quote={quote} side={side} />
              </>
            ) : (
              <p className="soft">No order book is stored for this market.</p>
            )}
          </Panel>
          <Panel title="Size and break-even">
            {quote && config ? (
              <SizeCalculator answer={data} quote={quote} side={side} scoring={config.scoring} />
            ) : (
              <p className="soft">Without an order book nothing can be sized.</p>
            )}
          </Panel>
          <Panel title="Price history">
            {history ? <PriceChart samples={history.items} side={side} stretches={gates?.history ?? []} /> : <div className="ghost chart-ghost" />}
          </Panel>
        </div>
      </div>
      {error !== undefined && <StaleBanner error={error} as_of={score?.as_of ?? market.updated_at} />}
    </>
  );
}

function NoMarket({ id }: { readonly id: string }) {
  return (
    <section className="panel empty">
      <h1>{id === "" ? "No market is named" : "No market has this id"}</h1>
      <p>
        It may have closed long ago. Back to the <Link href="/">list of opportunities</Link>.
      </p>
    </section>
  );
}
