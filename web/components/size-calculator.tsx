"use client";

import type { Config, MarketAnswer, QuoteDetail, Side } from "@/lib/api";
import * as format from "@/lib/format";
import { useKept } from "@/lib/kept";
import { breakEven, feePerShare, feeTerms, fill } from "@/lib/sizing";

const BANKROLL_KEY = "endgame.bankroll";
const SHARE_KEY = "endgame.share";

interface Props {
  readonly answer: MarketAnswer;
  readonly quote: QuoteDetail;
  readonly side: Side;
  readonly scoring: Config["scoring"];
}

function readNumber(text: string, most: number): number {
  const value = Number(text.replaceAll(",", ""));
  return Number.isFinite(value) && value > 0 ? Math.min(value, most) : 0;
}

/** Bankroll in; dollars, shares, fee, and both ends out. */
export function SizeCalculator({ answer, quote, side, scoring }: Props) {
  const [bankroll, keepBankroll] = useKept(BANKROLL_KEY, "10000");
  const [share, keepShare] = useKept(SHARE_KEY, "");
  const { market, recommendation } = answer;
  const asks = side === "YES" ? quote.asks_yes : quote.asks_no;
  const best = asks[0]?.price;
  if (best === undefined) return <p className="soft">Nothing of {side} is offered, so nothing can be bought.</p>;
  const terms = feeTerms(market, scoring);
  const most = recommendation?.max_position_pct ?? 0;
  const part = share === "" ? most : readNumber(share, 100) / 100;
  const found = fill(readNumber(bankroll, 1e12) * part, asks, terms);
  const even = breakEven(found.price ?? best, terms);
  const isSmall = market.min_order_size !== null && found.shares > 0 && found.shares < market.min_order_size;
  const isAbove = part > most + 1e-9;
  return (
    <div className="calculator">
      <div className="calculator-inputs">
        <label className="field">
          <span>Bankroll, $</span>
          <input inputMode="decimal" name="bankroll" value={bankroll} autoComplete="off" onChange={(event) => keepBankroll(event.target.value)} />
        </label>
        <label className="field">
          <span>Share of it, %</span>
          <input inputMode="decimal" name="share" value={share} placeholder={String(format.rounded(most * 100, 3))} autoComplete="off" onChange={(event) => keepShare(event.target.value)} />
        </label>
      </div>
      {isAbove && (
        <p className="warning">
          ▲ More than {recommendation ? `the ${format.percent(most)} that the risk allows` : "the nothing that is recommended: this is no opportunity"}.
        </p>
      )}
      <dl className="facts" aria-live="polite">
        <Fact name="Spend" value={format.money(found.cost + found.fee)} data="spend" />
        <Fact name="Shares" value={found.shares >= 100 ? format.count(found.shares) : format.score(found.shares)} data="shares" />
        <Fact name="Mean price" value={format.price(found.price === null ? null : format.rounded(found.price, 4))} data="price" />
        <Fact name={terms.isAssumed ? "Fee, assumed" : "Fee"} value={format.money(found.fee)} data="fee" />
        <Fact name={`If ${side} wins`} value={`+${format.money(found.profit)}`.replace("+−", "−")} data="profit" />
        <Fact name="If it does not" value={format.money(-found.loss)} data="loss" />
      </dl>
      {found.unfilled > 0 && <p className="warning">▲ The visible asks leave {format.money(found.unfilled)} unspent.</p>}
      {isSmall && <p className="warning">▲ Below the venue’s smallest order of {format.count(market.min_order_size)} shares.</p>}
      <p className="break-even">
        {even.winsPerLoss === null ? (
          "At this price even a win gains nothing after the fee."
        ) : (
          <>
            <strong className="number" data-fact="wins">{format.counted(even.winsPerLoss, "win")}</strong> needed to repay one loss. Break-even when{" "}
            <strong className="number">{format.percent(even.winRate, 2)}</strong> of such bets win.
          </>
        )}{" "}
        <span className="soft">
          Fee {format.cents(feePerShare(best, terms))} a share at the best ask. Money stays locked until the market pays, which may be days
          after its end.
        </span>
      </p>
    </div>
  );
}

function Fact({ name, value, data }: { readonly name: string; readonly value: string; readonly data: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="number" data-fact={data}>{value}</dd>
    </div>
  );
}
