"use client";

import { useRouter } from "next/navigation";
import type { FocusEvent, MouseEvent, PointerEvent } from "react";
import type { Column, ColumnName } from "@/lib/columns";
import type { View, Sort } from "@/lib/filters";
import { useGradually } from "@/lib/gradually";
import type { Row } from "@/lib/order";
import { ColumnHead } from "./column-head";
import { OpportunityRow } from "./opportunity-row";

const UNCHANGED: ReadonlySet<ColumnName> = new Set();

interface Props {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly changes: ReadonlyMap<string, ReadonlySet<ColumnName>>;
  readonly open: ReadonlySet<string>;
  readonly view: View;
  /** The rows belong to the question before this one. */
  readonly isWaiting: boolean;
  /** What the rows are the answer to. */
  readonly question: string;
  readonly onSort: (sort: Sort) => void;
  readonly onToggle: (id: string) => void;
  /** Somebody points at the rows, or no longer does. */
  readonly onPoint: (isPointing: boolean) => void;
}

export function OpportunityTable({ rows, columns, changes, open, view, isWaiting, question, onSort, onToggle, onPoint }: Props) {
  const router = useRouter();
  const count = useGradually(rows.length, question);
  // One listener for the titles of all rows: they are plain links, and a plain press on one loads no page.
  const follow = (event: MouseEvent<HTMLElement>) => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a.title");
    if (link === null || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.push(link.pathname + link.search);
  };
  const point = (isPointing: boolean) => (event: PointerEvent) => {
    if (event.pointerType === "mouse") onPoint(isPointing);
  };
  const focusLeaves = (event: FocusEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget)) onPoint(false);
  };
  return (
    <div className="scroll list-scroll">
      <table className="list" aria-busy={isWaiting || count < rows.length}>
        <caption className="visually-hidden">Opportunities</caption>
        <thead>
          <tr>
            <th scope="col" className="toggle">
              <span className="visually-hidden">Details</span>
            </th>
            {columns.map((column) => (
              <ColumnHead key={column.name} column={column} sort={view.sort} order={view.order} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody onClick={follow} onPointerEnter={point(true)} onPointerLeave={point(false)} onFocus={() => onPoint(true)} onBlur={focusLeaves}>
          {rows.slice(0, count).map(({ item, isGone }, index) => (
            <OpportunityRow key={item.market_id} item={item} columns={columns} changed={changes.get(item.market_id) ?? UNCHANGED}
              isGone={isGone} isOpen={open.has(item.market_id)} isEntry={index === 0} onToggle={onToggle} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
