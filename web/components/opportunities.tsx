"use client";

import { useCallback, useMemo, useRef, useState } from "react";
import type { Opportunities as Answer } from "@/lib/api";
import { chosenColumns, COLUMNS_KEY, USUAL_COLUMNS } from "@/lib/columns";
import { firstPage, queryOf, questionOf, sortedBy, type Filters } from "@/lib/filters";
import * as format from "@/lib/format";
import { useKept } from "@/lib/kept";
import { useListKeys } from "@/lib/list-keys";
import { useOpportunities } from "@/lib/live";
import { useSteadyRows } from "@/lib/steady-rows";
import { useView, type Step } from "@/lib/view-url";
import { ColumnChoice } from "./column-choice";
import { CsvLink } from "./csv-link";
import { EmptyList } from "./empty-list";
import { FilterBar } from "./filter-bar";
import { HelpDialog } from "./help-dialog";
import { ListSkeleton } from "./list-skeleton";
import { OpportunityTable } from "./opportunity-table";
import { Pager } from "./pager";
import { StaleBanner } from "./stale-banner";

/** The list: a view of the URL, kept fresh without moving what somebody points at. */
export function Opportunities() {
  const [view, goTo] = useView();
  const [kept] = useKept(COLUMNS_KEY, USUAL_COLUMNS);
  const columns = useMemo(() => chosenColumns(kept), [kept]); // the same array, or every row would be painted again
  const query = queryOf(view);
  const { data: newest, error, isLoading } = useOpportunities(query);
  const steady = useSteadyRows(newest, query, isLoading);
  const data = steady.answer;
  const [open, toggle] = useOpenRows();
  const search = useRef<HTMLInputElement>(null);
  const help = useRef<HTMLDialogElement>(null);
  const filterBy = (change: (filters: Filters) => Filters, step: Step = "push") =>
    goTo((current) => firstPage({ ...current, filters: change(current.filters) }), step);
  useListKeys({ goTo, toggle, search, help, next_cursor: data?.next_cursor ?? null });

  if (data === undefined && error === undefined) return <ListSkeleton />;
  return (
    <>
      <h1 className="visually-hidden">Opportunities</h1>
      <FilterBar filters={view.filters} searchRef={search} onChange={filterBy} />
      <div className="list-head">
        <Summary answer={data} isWaiting={isLoading} />
        {steady.isHeld && (
          <button type="button" className="held" onClick={steady.release}>
            Order held while you point{steady.waiting > 0 && `, ${format.count(steady.waiting)} new`}: show now
          </button>
        )}
        <span className="actions">
          <CsvLink question={questionOf(view).toString()} />
          <ColumnChoice />
          <button type="button" onClick={() => help.current?.showModal()} aria-keyshortcuts="?">
            Keys <kbd>?</kbd>
          </button>
        </span>
      </div>
      {data !== undefined && data.items.length > 0 && (
        <>
          <OpportunityTable rows={steady.rows} columns={columns} changes={steady.changes} open={open} view={view}
            isWaiting={isLoading || data !== newest} question={steady.query} onSort={(sort) => goTo((current) => sortedBy(current, sort))} onToggle={toggle} onPoint={steady.point} />
          <Pager view={view} next_cursor={data.next_cursor} goTo={goTo} />
        </>
      )}
      {data !== undefined && data.items.length === 0 && (
        <EmptyList filters={view.filters} isScored={data.as_of !== null} onChange={filterBy} />
      )}
      {data === undefined && error !== undefined && (
        <section className="panel">
          <h2>The list could not be loaded</h2>
          <p className="soft">{error.message}. It appears here by itself as soon as the server answers; your filters stay in the address.</p>
        </section>
      )}
      {error !== undefined && error.status === 400 && view.cursor !== undefined && (
        <p className="panel" role="alert">
          This page of the list is gone. <button type="button" className="link" onClick={() => goTo(firstPage)}>Begin on the first page</button>
        </p>
      )}
      {error !== undefined && <StaleBanner error={error} as_of={data?.as_of ?? null} />}
      <HelpDialog ref={help} />
    </>
  );
}

function Summary({ answer, isWaiting }: { readonly answer: Answer | undefined; readonly isWaiting: boolean }) {
  if (answer === undefined) return <p className="summary">No list yet</p>;
  const { total, items } = answer;
  return (
    <p className="summary" role="status" data-total={total} aria-busy={isWaiting}>
      <strong className="number">{format.count(total)}</strong> {total === 1 ? "opportunity" : "opportunities"}
      {items.length < total && <span className="soft">, {format.count(items.length)} on this page</span>}
    </p>
  );
}

function useOpenRows(): readonly [ReadonlySet<string>, (id: string) => void] {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((id: string) => {
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  return [open, toggle];
}
