/** What a position costs, pays and loses, walked through the visible asks. It predicts nothing. */
import type { AskLevel, Config, MarketAnswer } from "./api";

/** The fee of one share: rate * (p(1-p))^exponent of the market's own schedule, or basis points of the price. */
export interface FeeTerms {
  readonly rate: number;
  readonly exponent: number;
  readonly flatBps: number | null;
  readonly isAssumed: boolean;
}

/** The same choice as the scoring makes (docs/scoring.md, "fee"). */
export function feeTerms(market: MarketAnswer["market"], scoring: Config["scoring"]): FeeTerms {
  if (scoring.fee_model === "flat") return { rate: 0, exponent: 1, flatBps: scoring.fee_bps, isAssumed: false };
  if (market.fees_enabled === false) return { rate: 0, exponent: 1, flatBps: null, isAssumed: false };
  const isReadable = market.fee_rate !== null && market.fee_rate >= 0;
  const hasExponent = isReadable && market.fee_exponent !== null && market.fee_exponent >= 0;
  return {
    rate: isReadable ? (market.fee_rate ?? 0) : scoring.assumed_fee_rate,
    exponent: hasExponent ? (market.fee_exponent ?? 1) : 1,
    flatBps: null,
    isAssumed: !isReadable,
  };
}

/** $/share of buying at `price`. */
export function feePerShare(price: number, terms: FeeTerms): number {
  if (terms.flatBps !== null) return (price * terms.flatBps) / 10_000;
  return terms.rate * (price * (1 - price)) ** terms.exponent;
}

export interface Fill {
  readonly shares: number;
  /** Paid for the shares, without the fee. */
  readonly cost: number;
  readonly fee: number;
  /** Mean price of a share; null when nothing can be bought. */
  readonly price: number | null;
  /** What is gained if the side wins: a dollar per share, less cost and fee. */
  readonly profit: number;
  /** What is lost if it does not: all of it. */
  readonly loss: number;
  /** Part of the budget that the visible asks cannot take. */
  readonly unfilled: number;
}

/** Spend up to `budget` dollars, fee included, on the asks from the best one on. */
export function fill(budget: number, asks: readonly AskLevel[], terms: FeeTerms): Fill {
  let [left, shares, cost, fee] = [Math.max(budget, 0), 0, 0, 0];
  for (const level of asks) {
    const each = feePerShare(level.price, terms);
    const taken = Math.min(level.size, left / (level.price + each));
    shares += taken;
    cost += taken * level.price;
    fee += taken * each;
    left = Math.max(left - taken * (level.price + each), 0);
  }
  const unfilled = left < 0.005 ? 0 : left;
  return { shares, cost, fee, price: shares > 0 ? cost / shares : null, profit: shares - cost - fee, loss: cost + fee, unfilled };
}

export interface BreakEven {
  /** Share of such bets that must win for nothing to be lost or gained, 0-1. */
  readonly winRate: number;
  /** Wins that repay one loss; null when even a win gains nothing. */
  readonly winsPerLoss: number | null;
}

/** Of a share bought at `price`: cost and fee against the dollar that it may pay. */
export function breakEven(price: number, terms: FeeTerms): BreakEven {
  const stake = price + feePerShare(price, terms);
  const gain = 1 - stake;
  return { winRate: Math.min(stake, 1), winsPerLoss: gain > 0 ? Math.ceil(stake / gain - 1e-9) : null };
}
