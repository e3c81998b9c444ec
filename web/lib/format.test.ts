import { describe, expect, it } from "vitest";
import * as format from "./format";

describe("prices and money", () => {
  it.each([
    [0.97, "0.970"],
    [0.9985, "0.9985"],
    [0.941, "0.941"],
    [1, "1.000"],
    [0.123456, "0.123456"],
    [0, "0.000"],
  ])("shows the price %s as %s", (value, text) => expect(format.price(value)).toBe(text));

  it("shows yields as cents, with two places", () => {
    expect(format.cents(0.0312)).toBe("3.12¢");
    expect(format.cents(0)).toBe("0.00¢");
  });

  it("shows dollars whole from a hundred on", () => {
    expect(format.dollars(99.5)).toBe("$99.50");
    expect(format.dollars(12345.6)).toBe("$12,346");
    expect(format.dollars(-3)).toBe("−$3.00");
  });

  it("shows sums to the cent, with a real minus sign", () => {
    expect(format.money(-586)).toBe("−$586.00");
    expect(format.money(1234.5)).toBe("$1,234.50");
  });
});

describe("what is not known", () => {
  it.each([null, undefined, NaN, Infinity])("is a dash, never a number: %s", (value) => {
    for (const show of [format.price, format.cents, format.score, format.percent, format.chance, format.rate, format.dollars, format.money, format.count, format.duration, format.took, format.basisPoints])
      expect(show(value)).toBe("–");
    expect(format.stamp(null)).toBe("–");
  });
});

describe("scores, terms and rates", () => {
  it("gives terms their sign, and nothing no sign at all", () => {
    expect(format.term(0.45)).toBe("+0.450");
    expect(format.term(-0.0069)).toBe("−0.007");
    expect(format.term(0)).toBe("0.000");
    expect(format.term(-0.00001)).toBe("0.000");
    expect(format.term(0.00001)).toBe("0.000");
  });

  it("gives log-odds two places", () => {
    expect(format.term(1.234, 2)).toBe("+1.23");
    expect(format.term(-4.13, 2)).toBe("−4.13");
    expect(format.term(-0.001, 2)).toBe("0.00");
  });

  it.each([
    [0.0314, "3.1 %"],
    [0.0037, "0.4 %"],
    [0.0002, "0.02 %"],
    [0.00001, "<0.01 %"],
    [0, "0.00 %"],
    [1, "100.0 %"],
  ])("shows the probability %s as %s", (value, text) => expect(format.chance(value)).toBe(text));

  it("says how usual a finding is, and never that a rare one is in 0.0 %", () => {
    expect([0.25, 0.0004, 0.00001].map(format.usualness)).toEqual([
      "In 25.0 % of ordinary texts", "In 0.04 % of ordinary texts", "In <0.01 % of ordinary texts",
    ]);
    expect(format.usualness(0)).toBe("In no ordinary text that was counted");
  });

  it("does not pretend digits for yearly rates beyond sense", () => {
    expect(format.rate(0.123)).toBe("12.3 %");
    expect(format.rate(3.456)).toBe("346 %");
    expect(format.rate(35.7)).toBe(">3,500 %");
  });

  it("takes the noise of binary fractions away", () => {
    expect(format.rounded(0.1 + 0.2)).toBe(0.3);
    expect(format.plain(0.1 + 0.2)).toBe("0.3");
    expect([180, 1_209_600, 0, 1e-9, -0.5].map(format.plain)).toEqual(["180", "1,209,600", "0", "0", "−0.5"]);
  });
});

describe("times", () => {
  it.each([
    [0, "0 s"],
    [59.9, "59 s"],
    [60, "1 min"],
    [3_599, "59 min"],
    [3_600, "1 h 0 min"],
    [86_400, "1 d 0 h"],
    [187_200, "2 d 4 h"],
    [-120, "−2 min"],
  ])("shows %s seconds as %s", (seconds, text) => expect(format.duration(seconds)).toBe(text));

  it("counts the last hour in seconds and says when it is over", () => {
    expect(format.countdown(7_200)).toBe("2 h 0 min");
    expect(format.countdown(125)).toBe("2 min 05 s");
    expect(format.countdown(-61)).toBe("1 min past its end");
  });

  it("tells moments in UTC whatever the machine's zone is", () => {
    expect(format.stamp("2026-09-01T23:59:59.999Z")).toBe("1 Sep 2026, 23:59 UTC");
    expect(format.stamp("2026-11-28T00:05:00.000Z")).toBe("28 Nov 2026, 00:05 UTC");
    expect(format.day(Date.parse("2026-11-28T00:05:00Z"))).toBe("28 Nov");
  });
});

describe("words", () => {
  it("makes codes readable", () => {
    expect(format.words("NO_CLOCK_OR_ZONE")).toBe("no clock or zone");
    expect(format.sentence("NO_ASK")).toBe("No ask");
    expect(format.counted(1, "market")).toBe("1 market");
    expect(format.counted(2_000, "opportunity", "opportunities")).toBe("2,000 opportunities");
  });
});

describe("names in a row", () => {
  it.each([
    [[], ""],
    [["title"], "title"],
    [["title", "volume"], "title and volume"],
    [["a", "b", "c"], "a, b and c"],
  ])("%j", (names, text) => expect(format.listed(names)).toBe(text));
});
