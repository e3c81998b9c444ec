"use client";

import { memo } from "react";
import type { Opportunity } from "@/lib/api";
import type { Column, ColumnName } from "@/lib/columns";
import { OpportunityCell } from "./opportunity-cell";
import { RowDetails } from "./row-details";

interface Props {
  readonly item: Opportunity;
  readonly columns: readonly Column[];
  readonly changed: ReadonlySet<ColumnName>;
  readonly isGone: boolean;
  readonly isOpen: boolean;
  /** The one row that Tab reaches; the others are reached with j and k. */
  readonly isEntry: boolean;
  readonly onToggle: (id: string) => void;
}

/** A refresh gives every row a new item; one whose texts are the same is not painted again. */
function looksTheSame(before: Props, after: Props): boolean {
  const { item: old, changed: marked, ...rest } = before;
  const isQuiet = marked.size === 0 && after.changed.size === 0 && !after.isOpen && old.close_time === after.item.close_time;
  return (old === after.item ? marked === after.changed : isQuiet) && (Object.keys(rest) as (keyof typeof rest)[]).every((key) => before[key] === after[key]);
}

export const OpportunityRow = memo(function OpportunityRow({ item, columns, changed, isGone, isOpen, isEntry, onToggle }: Props) {
  const id = item.market_id;
  return (
    <>
      <tr className={isGone ? "row gone" : "row"} data-row={id} tabIndex={isEntry ? 0 : -1} aria-label={item.title}>
        <td className="toggle">
          <button type="button" className="quiet" aria-expanded={isOpen} aria-controls={isOpen ? `details-${id}` : undefined} onClick={() => onToggle(id)}>
            <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span>
            <span className="visually-hidden">{isOpen ? "Hide" : "Show"} score and flags</span>
          </button>
        </td>
        {columns.map((column) => {
          const isChanged = changed.has(column.name);
          return (
            <td key={column.name} data-name={column.name} data-label={column.label}
              className={`${column.isText ? "text" : "number"}${isChanged ? " changed" : ""}`}>
              <OpportunityCell name={column.name} item={item} />
            </td>
          );
        })}
      </tr>
      {isOpen && (
        <tr className="details" id={`details-${id}`}>
          <td colSpan={columns.length + 1}>
            <RowDetails item={item} />
          </td>
        </tr>
      )}
    </>
  );
}, looksTheSame);
