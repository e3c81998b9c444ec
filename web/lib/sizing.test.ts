import { describe, expect, it } from "vitest";
import type { Config, MarketAnswer } from "./api";
import { breakEven, feePerShare, feeTerms, fill } from "./sizing";

const FREE = { rate: 0, exponent: 1, flatBps: null, isAssumed: false };
const SCHEDULE = { ...FREE, rate: 0.04 };
const scoring = { fee_model: "schedule", fee_bps: 120, assumed_fee_rate: 0.07 } as Config["scoring"];
const market = (over: object) => ({ fees_enabled: true, fee_rate: 0.04, fee_exponent: 1, ...over }) as MarketAnswer["market"];

describe("the fee", () => {
  it("is rate * (p(1-p))^exponent, as in docs/scoring.md", () => {
    expect(feePerShare(0.96, SCHEDULE)).toBeCloseTo(0.04 * 0.96 * 0.04, 12);
    expect(feePerShare(0.9, { ...SCHEDULE, exponent: 2 })).toBeCloseTo(0.04 * 0.09 ** 2, 12);
    expect(feePerShare(0.96, { ...FREE, flatBps: 120 })).toBeCloseTo(0.01152, 12);
  });

  it("takes the terms that the scoring takes", () => {
    expect(feeTerms(market({}), scoring)).toEqual(SCHEDULE);
    expect(feeTerms(market({ fees_enabled: false }), scoring)).toEqual(FREE);
    expect(feeTerms(market({ fee_rate: null }), scoring)).toEqual({ ...FREE, rate: 0.07, isAssumed: true });
    expect(feeTerms(market({ fee_exponent: null }), scoring).exponent).toBe(1);
    expect(feeTerms(market({}), { ...scoring, fee_model: "flat" })).toEqual({ ...FREE, flatBps: 120 });
  });
});

describe("filling a budget", () => {
  const asks = [{ price: 0.95, size: 100 }, { price: 0.96, size: 1_000 }];

  it("walks from the best ask on", () => {
    const found = fill(95 + 96, asks, FREE);
    expect(found.shares).toBeCloseTo(200, 9);
    expect(found.price).toBeCloseTo(0.955, 9);
    expect(found.profit).toBeCloseTo(9, 9);
    expect(found.loss).toBeCloseTo(191, 9);
    expect(found.unfilled).toBe(0);
  });

  it("spends no more than the budget, fee included", () => {
    const found = fill(500, asks, SCHEDULE);
    expect(found.cost + found.fee).toBeCloseTo(500, 9);
    expect(found.profit).toBeCloseTo(found.shares - 500, 9);
  });

  it("says what the visible asks cannot take", () => {
    expect(fill(2_000, asks, FREE).unfilled).toBeCloseTo(2_000 - 95 - 960, 9);
  });

  it("of nothing buys nothing", () => {
    expect(fill(0, asks, FREE)).toMatchObject({ shares: 0, price: null, loss: 0 });
    expect(fill(100, [], FREE)).toMatchObject({ shares: 0, unfilled: 100 });
  });
});

describe("break-even", () => {
  it("counts the wins that repay one loss, rounded up", () => {
    expect(breakEven(0.95, FREE).winsPerLoss).toBe(19);
    expect(breakEven(0.96, FREE).winsPerLoss).toBe(24);
    expect(breakEven(0.96, SCHEDULE).winsPerLoss).toBe(25);
  });

  it("is never reached where the fee eats the gain", () => {
    expect(breakEven(0.999, { ...FREE, flatBps: 120 })).toEqual({ winRate: 1, winsPerLoss: null });
  });
});
