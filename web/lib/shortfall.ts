/** Which filters keep a row out, and by how much: what to loosen when a view is empty. */
import type { Opportunity } from "./api";
import type { FilterName, Filters } from "./filters";
import * as format from "./format";

export interface Shortfall {
  readonly name: FilterName;
  readonly words: string;
}

type Check = (item: Opportunity, filters: Filters) => string | null;

const CHECKS: Readonly<Record<FilterName, Check>> = {
  q: (item, { q }) => (q === undefined || item.title.toLowerCase().includes(q.toLowerCase()) ? null : `its title has no “${q}”`),
  side: (item, { side }) => (side === undefined || item.recommended_side === side ? null : `its side is ${item.recommended_side}`),
  category: (item, { category }) => (category === undefined || item.category === category ? null : `it is ${item.category}`),
  min_score: (item, { min_score: least }) =>
    least === undefined || item.overall_score >= least ? null : `score ${format.score(item.overall_score)}, you ask for ${format.score(least)}`,
  max_risk_score: (item, { max_risk_score: most }) =>
    most === undefined || item.risk_score <= most ? null : `risk ${format.score(item.risk_score)}, you allow ${format.score(most)}`,
  min_net_yield: (item, { min_net_yield: least }) =>
    least === undefined || item.net_yield >= least ? null : `net yield ${format.cents(item.net_yield)}, you ask for ${format.cents(least)}`,
  min_t_remaining_sec: (item, { min_t_remaining_sec: least }) =>
    least === undefined || item.t_remaining_sec >= least ? null : `${format.duration(item.t_remaining_sec)} left, you ask for ${format.duration(least)}`,
  max_t_remaining_sec: (item, { max_t_remaining_sec: most }) =>
    most === undefined || item.t_remaining_sec <= most ? null : `${format.duration(item.t_remaining_sec)} left, you allow ${format.duration(most)}`,
  has_flags: (item, { has_flags: wanted }) =>
    wanted === undefined || item.risk_flags.length > 0 === wanted ? null : wanted ? "it has no flags" : "it has flags",
};

/** Every filter that the row does not pass. */
export function shortfalls(item: Opportunity, filters: Filters): Shortfall[] {
  return (Object.keys(CHECKS) as FilterName[]).flatMap((name) => {
    const words = CHECKS[name](item, filters);
    return words === null ? [] : [{ name, words }];
  });
}

/** Rows that fail the fewest filters, in their own order otherwise. */
export function nearestTo(filters: Filters, items: readonly Opportunity[], most: number): { item: Opportunity; missing: Shortfall[] }[] {
  return items
    .map((item) => ({ item, missing: shortfalls(item, filters) }))
    .filter(({ missing }) => missing.length > 0)
    .sort((one, other) => one.missing.length - other.missing.length)
    .slice(0, most);
}
