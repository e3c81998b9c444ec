"use client";

import { useState, type Ref } from "react";
import { CATEGORIES, readFilter, withFilter, type FilterName, type Filters } from "@/lib/filters";
import * as format from "@/lib/format";
import type { Step } from "@/lib/view-url";
import { ChoiceFilter } from "./choice-filter";
import { NumberFilter } from "./number-filter";
import { SearchFilter } from "./search-filter";

const HOUR = 3_600;
const DAY = 86_400;
const WITHIN = [6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY];
const BEYOND = [2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 3 * DAY];

const spans = (sign: string, all: readonly number[], current: number | undefined) => [
  ["", "any"] as const,
  ...[...new Set([...all, ...(current === undefined ? [] : [current])])]
    .sort((one, other) => one - other)
    .map((seconds) => [String(seconds), `${sign} ${format.duration(seconds)}`] as const),
];

interface Props {
  readonly filters: Filters;
  readonly searchRef: Ref<HTMLInputElement>;
  readonly onChange: (change: (filters: Filters) => Filters, step: Step) => void;
}

/** What the list is narrowed to. Menus are steps that Back returns from, typing is not. */
export function FilterBar({ filters, searchRef, onChange }: Props) {
  const choose = (name: FilterName) => (text: string) => onChange((current) => withFilter(current, name, readFilter(name, text)), "push");
  const type = <Name extends FilterName>(name: Name) => (value: Filters[Name]) => onChange((current) => withFilter(current, name, value), "replace");
  const [isFolded, setFolded] = useState(true);
  const { q, ...others } = filters;
  const number = Object.keys(others).length;
  return (
    <form className={isFolded ? "filters folded" : "filters"} role="search" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <SearchFilter ref={searchRef} value={filters.q} onChange={type("q")} />
      {/* Only on a phone, where the filters would fill the screen. */}
      <button type="button" className="more" aria-expanded={!isFolded} onClick={() => setFolded(!isFolded)}>
        Filters{number > 0 && ` (${format.count(number)})`}
      </button>
      <ChoiceFilter name="side" label="Side" value={filters.side ?? ""} onChange={choose("side")}
        choices={[["", "both"], ["YES", "YES"], ["NO", "NO"]]} />
      <ChoiceFilter name="category" label="Category" value={filters.category ?? ""} onChange={choose("category")}
        choices={[["", "all"], ...CATEGORIES.map((name) => [name, name] as const)]} />
      <ChoiceFilter name="max_t_remaining_sec" label="Ends within" value={String(filters.max_t_remaining_sec ?? "")}
        onChange={choose("max_t_remaining_sec")} choices={spans("≤", WITHIN, filters.max_t_remaining_sec)} />
      <ChoiceFilter name="min_t_remaining_sec" label="Not before" value={String(filters.min_t_remaining_sec ?? "")}
        onChange={choose("min_t_remaining_sec")} choices={spans("≥", BEYOND, filters.min_t_remaining_sec)} />
      <NumberFilter name="min_score" label="Score ≥" value={filters.min_score} onChange={type("min_score")} />
      <NumberFilter name="max_risk_score" label="All risk ≤" value={filters.max_risk_score} onChange={type("max_risk_score")} />
      <NumberFilter name="min_net_yield" label="Net yield ≥" unit="¢" scale={0.01} value={filters.min_net_yield} onChange={type("min_net_yield")} />
      <ChoiceFilter name="has_flags" label="Flags" value={filters.has_flags === undefined ? "" : String(filters.has_flags)}
        onChange={choose("has_flags")} choices={[["", "any"], ["false", "none"], ["true", "some"]]} />
      <button type="button" className="quiet" disabled={Object.keys(filters).length === 0} onClick={() => onChange(() => ({}), "push")}>
        Clear
      </button>
    </form>
  );
}
