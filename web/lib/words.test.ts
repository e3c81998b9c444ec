import { describe, expect, it } from "vitest";
import type { System } from "./api";
import { anOpportunity } from "@/tests/builders";
import { blocksOf, sumOf } from "./breakdown";
import { priceAxis, stepPath, timeTicks } from "./chart";
import { freshnessOf, levelOf, worst } from "./freshness";
import { comparison, wayIn } from "./gate-words";
import { outsideHref } from "./links";
import { nearestTo } from "./shortfall";

describe("links", () => {
  it.each(["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "//evil", "/local", "", "not a url", "ftp://x/y", " "])(
    "%s is no link", (url) => expect(outsideHref(url)).toBeNull(),
  );
  it("http and https are", () => {
    expect(outsideHref("https://polymarket.com/event/x")).toBe("https://polymarket.com/event/x");
    expect(outsideHref("http://127.0.0.1:1/x")).toBe("http://127.0.0.1:1/x");
  });
});

describe("the score's stack", () => {
  const breakdown = { yield_velocity: 0.3, net_yield: 0.1, liquidity: 0.05, definition_risk: -0.04, staleness: -0.01 };
  it("ends where the score is", () => {
    const blocks = blocksOf(breakdown);
    expect(sumOf(breakdown)).toBeCloseTo(0.4, 12);
    expect(blocks.at(-1)?.from).toBeCloseTo(0.4, 12);
    for (const block of blocks) expect(block.to - block.from).toBeCloseTo(Math.abs(block.value), 12);
  });
});

describe("gates in words", () => {
  const below = { measure: "entry_price", relation: "at_least", value: 0.88, bound: 0.9 } as const;
  it("says the figure, the bound and the way in", () => {
    expect(comparison(below)).toBe("best ask 0.880, must be at least 0.900");
    expect(wayIn("BELOW_PRICE_BAND", below)).toBe("best ask is 0.880; it would have to rise by 0.020 to 0.900");
  });
  it("needs no figure for a plain fact", () => {
    const fact = { measure: null, relation: null, value: null, bound: null };
    expect(comparison(fact)).toBeNull();
    expect(wayIn("DISPUTED", fact)).toBe("the dispute would have to end");
  });
  it("a crossed book is not told to narrow", () => {
    expect(wayIn("STUB_BOOK", { measure: "spread", relation: "at_most", value: -0.01, bound: 0.25 })).toContain("uncross");
  });
});

describe("what the filters miss", () => {
  it("puts the rows that miss the fewest filters first and says by how much", () => {
    const items = [anOpportunity(1, { overall_score: 0.1, recommended_side: "NO" }), anOpportunity(2, { overall_score: 0.3 }), anOpportunity(3, { overall_score: 0.9 })];
    const found = nearestTo({ min_score: 0.5, side: "YES" }, items, 5);
    expect(found.map(({ item }) => item.market_id)).toEqual(["0x2", "0x1"]);
    expect(found[0]?.missing).toEqual([{ name: "min_score", words: "score 0.30, you ask for 0.50" }]);
  });
});

describe("freshness", () => {
  const now = Date.parse("2026-11-22T09:35:00Z");
  const job = (name: string, over = {}) => ({
    job: name, last_start: null, last_success: "2026-11-22T09:34:00.000Z", age_sec: 60, overdue: false, overdue_since: null, cadence_sec: 60,
    last_error_at: null, consecutive_failures: 0, last_error_kind: null, last_duration_sec: 1, counts: {}, ...over,
  });
  const system = (over: Partial<System> = {}): System => ({
    as_of: null, started: "2026-11-22T09:00:00.000Z", jobs: [job("quotes"), job("score"), job("discovery_window")],
    circuits: [], records_skipped: {}, writes_dropped: {}, missed_ticks: {}, job_errors: {}, ...over,
  });
  it.each([[60, "fresh"], [135, "fresh"], [136, "late"], [210, "late"], [211, "stale"], [null, "unknown"]] as const)(
    "%s s old at a cadence of a minute is %s", (age, level) => expect(levelOf(age, 60)).toBe(level),
  );
  it("is as bad as its worst part", () => {
    expect(worst(freshnessOf(system(), now))).toBe("fresh");
    expect(worst(freshnessOf(system({ circuits: [{ host: "x", state: "half-open" }] }), now))).toBe("late");
    expect(worst(freshnessOf(system({ circuits: [{ host: "x", state: "open" }] }), now))).toBe("stale");
    expect(worst(freshnessOf(system({ jobs: [job("quotes", { consecutive_failures: 1 }), job("score")] }), now))).toBe("late");
    expect(worst(freshnessOf(system({ jobs: [] }), now))).toBe("unknown");
  });
});

describe("the chart", () => {
  it("has readable price ticks that hold every price", () => {
    const axis = priceAxis([0.9123, 0.9587]);
    expect(axis.low).toBeLessThanOrEqual(0.9123);
    expect(axis.high).toBeGreaterThanOrEqual(0.9587);
    expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
    expect(axis.ticks.length).toBeLessThanOrEqual(7);
    for (const tick of axis.ticks) expect(String(tick).length).toBeLessThanOrEqual(5);
  });
  it("takes a single price, the ends of the range, and no price at all", () => {
    for (const prices of [[0.95], [0, 1], [1], [0], []]) {
      const axis = priceAxis(prices);
      expect(axis.high).toBeGreaterThan(axis.low);
      expect(axis.ticks.every(Number.isFinite)).toBe(true);
    }
  });
  it("puts times at round hours", () => {
    const ticks = timeTicks(Date.parse("2026-11-22T09:33:20Z"), Date.parse("2026-11-23T09:33:20Z"), 6);
    expect(ticks.length).toBeLessThanOrEqual(6);
    expect(ticks.every((tick) => tick % 3_600_000 === 0)).toBe(true);
  });
  it("lifts the pen where a price is missing", () => {
    expect(stepPath([{ x: 0, y: 1 }, { x: 1, y: 2 }, { x: 2, y: null }, { x: 3, y: 4 }])).toBe("M0 1H1V2M3 4");
  });
});
