/** How the probability of a dispute comes about: log-odds that add up, and whom a flag hurts. */
import type { RulesDetail, Side } from "./api";

type Contribution = RulesDetail["contributions"][number];

/** The contribution that every text begins with. */
export const BASE = "BASE";

export interface Weight extends Contribution {
  /** Of the longest bar, −1 to 1; null for the base, beside which nothing else would be seen. */
  readonly share: number | null;
}

/** Each contribution with the length of its bar, in the API's order. */
export function weightsOf(contributions: readonly Contribution[]): Weight[] {
  const largest = Math.max(0, ...contributions.map(({ code, log_odds }) => (code === BASE ? 0 : Math.abs(log_odds))));
  return contributions.map(({ code, log_odds }) => ({
    code,
    log_odds,
    share: code === BASE ? null : largest === 0 ? 0 : log_odds / largest,
  }));
}

export function togetherOf(contributions: readonly Contribution[]): number {
  return contributions.reduce((sum, { log_odds }) => sum + log_odds, 0);
}

/** The one side whose holder a flag hurts; null when it hurts both or nothing says whom. */
export function onlyBites(bites: RulesDetail["bites"], code: string): Side | null {
  const [yes, no] = [bites.YES.includes(code), bites.NO.includes(code)];
  if (yes === no) return null;
  return yes ? "YES" : "NO";
}
