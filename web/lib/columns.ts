/** The columns of the list: name in the contract, words, and the text of a cell. */
import type { Opportunity } from "./api";
import type { Sort } from "./filters";
import * as format from "./format";

export type ColumnName =
  | "overall_score" | "title" | "recommended_side" | "entry_price" | "net_yield" | "yield_velocity" | "apr"
  | "t_remaining_sec" | "liquidity_score" | "depth_usd" | "definition_risk_score" | "risk_score" | "risk_flags"
  | "max_position_pct" | "fee_bps" | "staleness_sec";

export interface Column {
  readonly name: ColumnName;
  readonly label: string;
  readonly help: string;
  readonly sort?: Sort;
  readonly isText?: boolean;
  /** Shown until somebody chooses otherwise. */
  readonly isUsual: boolean;
  /** The text by which a change is noticed; time runs by itself and is no news. */
  readonly text: (item: Opportunity) => string;
}

export const COLUMNS: readonly Column[] = [
  { name: "overall_score", label: "Score", sort: "overall_score", isUsual: true, help: "Rank from 0 to 1: yield per day, net yield and liquidity, less definition risk and staleness", text: (item) => format.score(item.overall_score, 3) },
  { name: "title", label: "Market", isText: true, isUsual: true, help: "The question as the venue words it", text: (item) => item.title },
  { name: "recommended_side", label: "Side", isText: true, isUsual: true, help: "The favourite, by the middle of its book", text: (item) => item.recommended_side },
  { name: "entry_price", label: "Entry", isUsual: true, help: "Best ask of that side, dollars per share that pays 1.00", text: (item) => format.price(item.entry_price) },
  { name: "net_yield", label: "Net yield", sort: "net_yield", isUsual: true, help: "Left of 1.00 after price and fee if the side wins, per share", text: (item) => format.cents(item.net_yield) },
  { name: "yield_velocity", label: "Per day", sort: "yield_velocity", isUsual: true, help: "Net yield divided by the days left", text: (item) => format.cents(item.yield_velocity) },
  { name: "apr", label: "APR", sort: "apr", isUsual: false, help: "Return on the money spent, per year, if the side wins and the money is never idle", text: (item) => format.rate(item.apr) },
  { name: "t_remaining_sec", label: "Time left", sort: "t_remaining_sec", isUsual: true, help: "To our best estimate of the event's end; payment comes later", text: () => "" },
  { name: "liquidity_score", label: "Liquidity", isUsual: true, help: "Spread, freshness and depth, 0 to 1", text: (item) => format.score(item.liquidity_score) },
  { name: "depth_usd", label: "Depth", isUsual: false, help: "Dollars offered within a cent of the best ask", text: (item) => format.dollars(item.depth_usd) },
  { name: "definition_risk_score", label: "Rule risk", isUsual: true, help: "How the wording of the rules could bite, 0 to 1 (definition_risk_score)", text: (item) => format.score(item.definition_risk_score) },
  { name: "risk_score", label: "All risk", sort: "risk_score", isUsual: false, help: "Rules, liquidity, freshness, operation and event jump together, 0 to 1; a weighted sum of hazards, not a probability", text: (item) => format.score(item.risk_score) },
  { name: "risk_flags", label: "Flags", isText: true, isUsual: true, help: "What the rule text says that could bite", text: (item) => item.risk_flags.map((flag) => flag.code).join(" ") },
  { name: "max_position_pct", label: "Size ≤", isUsual: true, help: "Largest position, as a share of what you own", text: (item) => format.percent(item.max_position_pct) },
  { name: "fee_bps", label: "Fee", isUsual: false, help: "Basis points of the price", text: (item) => format.basisPoints(item.fee_bps) },
  { name: "staleness_sec", label: "Quote age", isUsual: false, help: "Age of the quote when it was scored", text: () => "" },
];

const USUAL = COLUMNS.filter((column) => column.isUsual).map((column) => column.name).join(",");
export const COLUMNS_KEY = "endgame.columns";
export const USUAL_COLUMNS = USUAL;

/** The chosen columns in their fixed order; the market is always among them. */
export function chosenColumns(kept: string): Column[] {
  const names = new Set(kept.split(","));
  return COLUMNS.filter((column) => column.name === "title" || names.has(column.name));
}

/** The choice with one column turned on or off, as it is kept. */
export function toggledColumn(kept: string, name: ColumnName): string {
  const shown = chosenColumns(kept).map((column) => column.name);
  const next = shown.includes(name) ? shown.filter((one) => one !== name) : [...shown, name];
  return COLUMNS.filter((column) => next.includes(column.name)).map((column) => column.name).join(",");
}

/** Columns whose text differs between two states of a row. */
export function changedColumns(before: Opportunity | undefined, after: Opportunity): ReadonlySet<ColumnName> {
  if (before === undefined || before === after) return new Set();
  return new Set(COLUMNS.filter((column) => column.text(before) !== column.text(after)).map((column) => column.name));
}
