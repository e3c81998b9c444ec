import { describe, expect, it } from "vitest";
import { onlyBites, togetherOf, weightsOf } from "./odds";

describe("contributions", () => {
  const contributions = [{ code: "BASE", log_odds: -4 }, { code: "VAGUE", log_odds: 0.5 }, { code: "SPORTS", log_odds: -1 }];
  it("add up to the log-odds", () => expect(togetherOf(contributions)).toBeCloseTo(-4.5, 12));
  it("have bars as long as the largest allows, and none for the base", () => {
    expect(weightsOf(contributions).map(({ share }) => share)).toEqual([null, 0.5, -1]);
  });
  it("may all be nothing, or not there", () => {
    expect(weightsOf([{ code: "BASE", log_odds: -4 }, { code: "VAGUE", log_odds: 0 }]).map(({ share }) => share)).toEqual([null, 0]);
    expect(weightsOf([])).toEqual([]);
    expect(togetherOf([])).toBe(0);
  });
});

describe("whom a flag hurts", () => {
  const bites = { YES: ["BOTH", "ONE"], NO: ["BOTH", "OTHER"] };
  it.each([["ONE", "YES"], ["OTHER", "NO"], ["BOTH", null], ["NEITHER", null]] as const)("%s: %s", (code, side) =>
    expect(onlyBites(bites, code)).toBe(side),
  );
});
