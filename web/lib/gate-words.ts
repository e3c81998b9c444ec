/** What each gate means, and what would have to change for a market to pass it. */
import type { Gate, GateCheck } from "./api";
import * as format from "./format";

export const GATE_WORDS: Readonly<Record<Gate, string>> = {
  NOT_ACTIVE: "Paused or closed at the venue",
  NO_CLOSE_TIME: "Nobody says when it ends",
  OVERDUE: "Its end has passed",
  CLOSES_TOO_SOON: "Ends too soon",
  CLOSES_TOO_LATE: "Ends too late",
  LIVE_EVENT: "The game is being played",
  NO_RULES: "No rule text, or not judged yet",
  NO_QUOTE: "No order book",
  STALE_QUOTE: "Its quote is too old",
  NO_ASK: "Nothing is offered",
  STUB_BOOK: "No bid, crossed, or too wide a spread",
  BELOW_PRICE_BAND: "Not decided enough: price below the band",
  ABOVE_PRICE_BAND: "Nothing left to earn: price above the band",
  DISPUTED: "Its outcome is disputed",
  NO_NET_YIELD: "The fee eats the yield",
};

/** The same as the good news that it is when the gate is passed. */
export const PASSED_WORDS: Readonly<Record<Gate, string>> = {
  NOT_ACTIVE: "Open and taking orders",
  NO_CLOSE_TIME: "Its end is known",
  OVERDUE: "Its end is still to come",
  CLOSES_TOO_SOON: "Time enough to buy",
  CLOSES_TOO_LATE: "Ends soon enough",
  LIVE_EVENT: "No game is being played",
  NO_RULES: "Rule text read and judged",
  NO_QUOTE: "Has an order book",
  STALE_QUOTE: "Its quote is recent",
  NO_ASK: "Something is offered",
  STUB_BOOK: "A real bid and a narrow spread",
  BELOW_PRICE_BAND: "Decided enough",
  ABOVE_PRICE_BAND: "Something left to earn",
  DISPUTED: "No dispute",
  NO_NET_YIELD: "Yields more than its fee",
};

export const GATE_ORDER = Object.keys(GATE_WORDS) as Gate[];

const FIGURES = {
  t_remaining_sec: { name: "time left", show: format.duration },
  staleness_sec: { name: "age of the quote", show: format.duration },
  spread: { name: "spread", show: format.price },
  entry_price: { name: "best ask", show: format.price },
  net_yield: { name: "net yield", show: format.cents },
} as const;
const RELATIONS = { at_least: "at least", at_most: "at most", above: "above" } as const;

type Compared = Pick<GateCheck, "measure" | "relation" | "value" | "bound">;

/** "best ask 0.88, must be at least 0.90"; null for a gate that compares nothing. */
export function comparison({ measure, relation, value, bound }: Compared): string | null {
  if (measure === null || relation === null || bound === null) return null;
  const { name, show } = FIGURES[measure];
  return `${name} ${value === null ? "unknown" : show(value)}, must be ${RELATIONS[relation]} ${show(bound)}`;
}

const WITHOUT_FIGURE: Partial<Record<Gate, string>> = {
  DISPUTED: "the dispute would have to end",
  STUB_BOOK: "somebody would have to bid",
};

/** What would have to happen for the gate to open. */
export function wayIn(gate: Gate, compared: Compared): string {
  const { measure, relation, value, bound } = compared;
  if (gate === "STUB_BOOK" && value !== null && bound !== null && value <= bound) return "bid and ask would have to uncross";
  if (measure === null || relation === null || value === null || bound === null) {
    return WITHOUT_FIGURE[gate] ?? GATE_WORDS[gate].toLowerCase();
  }
  const { name, show } = FIGURES[measure];
  const verb = relation === "at_most" ? "fall" : "rise";
  const gap = show(Math.abs(value - bound));
  return relation === "above"
    ? `${name} is ${show(value)}; it would have to be above ${show(bound)}`
    : `${name} is ${show(value)}; it would have to ${verb} by ${gap} to ${show(bound)}`;
}
