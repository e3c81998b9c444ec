/** The score as a stack: what adds runs right from zero, what is taken away runs back from there, and the end is the score. */
import type { ScoreBreakdown } from "./api";

export const TERMS = [
  { name: "yield_velocity", label: "Yield per day" },
  { name: "net_yield", label: "Net yield" },
  { name: "liquidity", label: "Liquidity" },
  { name: "definition_risk", label: "Rule risk" },
  { name: "staleness", label: "Staleness" },
] as const;
export type TermName = (typeof TERMS)[number]["name"];

export interface Block {
  readonly name: TermName;
  readonly label: string;
  readonly value: number;
  /** Where it begins and ends on the axis of the score; `from` is the smaller one. */
  readonly from: number;
  readonly to: number;
}

/** Blocks in the order of the terms; the running sum after the last one is the sum of all. */
export function blocksOf(breakdown: ScoreBreakdown): Block[] {
  let sum = 0;
  return TERMS.map(({ name, label }) => {
    const value = breakdown[name];
    const before = sum;
    sum += value;
    return { name, label, value, from: Math.min(before, sum), to: Math.max(before, sum) };
  });
}

export function sumOf(breakdown: ScoreBreakdown): number {
  return TERMS.reduce((sum, { name }) => sum + breakdown[name], 0);
}
