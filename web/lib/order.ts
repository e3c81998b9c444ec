/** A refresh that moves no row: while somebody points at the list, its order is held and only its figures change. */
import type { Opportunity } from "./api";

export interface Row {
  readonly item: Opportunity;
  /** It left the list while its place was held. */
  readonly isGone: boolean;
}

export interface HeldRows {
  readonly rows: readonly Row[];
  /** New rows that wait until nobody points any more. */
  readonly waiting: number;
  /** True when the fresh order differs from the one shown. */
  readonly isHeld: boolean;
}

/** The fresh rows in their own order. */
export function freshRows(items: readonly Opportunity[]): HeldRows {
  return { rows: items.map((item) => ({ item, isGone: false })), waiting: 0, isHeld: false };
}

/** The rows shown before, at the places that they had, with fresh figures. */
export function heldRows(shown: readonly Row[], items: readonly Opportunity[]): HeldRows {
  const fresh = new Map(items.map((item) => [item.market_id, item]));
  const rows = shown.map((row) => {
    const item = fresh.get(row.item.market_id);
    return item ? { item, isGone: false } : { item: row.item, isGone: true };
  });
  const places = new Set(shown.map((row) => row.item.market_id));
  const waiting = items.filter((item) => !places.has(item.market_id)).length;
  const isHeld = waiting > 0 || items.length !== rows.length || rows.some((row, index) => row.item.market_id !== items[index]?.market_id);
  return { rows, waiting, isHeld };
}
