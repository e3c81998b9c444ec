"use client";

/** The rows of the list from answer to answer: their order held while somebody points, and what changed in each. */
import { startTransition, useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import type { Opportunities } from "./api";
import { changedColumns, type ColumnName } from "./columns";
import { freshRows, heldRows, type HeldRows } from "./order";

type Changes = ReadonlyMap<string, ReadonlySet<ColumnName>>;

/** An answer with the question that it answers; none while that one is still awaited. */
export interface Answered {
  readonly answer: Opportunities | undefined;
  readonly query: string;
}

interface Shown extends HeldRows, Answered {
  readonly changes: Changes;
}

const NOTHING: Changes = new Map();
const MARKED_MS = 3_000;

function changesOf(before: Opportunities | undefined, after: Opportunities): Changes {
  const old = new Map(before?.items.map((item) => [item.market_id, item]));
  return new Map(
    after.items.flatMap((item) => {
      const changed = changedColumns(old.get(item.market_id), item);
      return changed.size > 0 ? [[item.market_id, changed] as const] : [];
    }),
  );
}

/**
 * The answer that the rows should change to now; undefined to leave them. The first one and a refresh wait for their
 * deferred turn: painted in slices, they hold up nothing. The answer to a new question is taken at once, and never one
 * that was given to another question.
 */
export function answerToTake(shown: Answered, newest: Answered, deferred: Answered): Opportunities | undefined {
  const isSameQuestion = shown.query === newest.query;
  const next = isSameQuestion ? deferred : newest;
  return next.query === newest.query && newest.answer !== shown.answer && next.answer !== shown.answer ? next.answer : undefined;
}

/** `isAwaited`: the answer to `query` is still to come, and `newest` belongs to the question before. */
export function useSteadyRows(newest: Opportunities | undefined, query: string, isAwaited: boolean) {
  const latest = useMemo<Answered>(() => ({ answer: isAwaited ? undefined : newest, query }), [newest, query, isAwaited]);
  const deferred = useDeferredValue(latest);
  const [isPointing, setPointing] = useState(false);
  const [shown, setShown] = useState<Shown>({ ...freshRows([]), answer: undefined, query, changes: NOTHING });

  // Renewed while rendering, not in an effect: no frame shows the rows of the answer before.
  const answer = answerToTake(shown, latest, deferred);
  if (answer !== undefined) {
    const isSameQuestion = query === shown.query;
    const rows = isSameQuestion && isPointing ? heldRows(shown.rows, answer.items) : freshRows(answer.items);
    setShown({ ...rows, answer, query, changes: isSameQuestion ? changesOf(shown.answer, answer) : NOTHING });
  }

  const { changes } = shown;
  useEffect(() => {
    if (changes.size === 0) return undefined;
    const over = setTimeout(() => startTransition(() => setShown((before) => ({ ...before, changes: NOTHING }))), MARKED_MS);
    return () => clearTimeout(over);
  }, [changes]);

  const release = useCallback(() => {
    setShown((before) => ({ ...before, ...(before.isHeld && before.answer ? freshRows(before.answer.items) : {}) }));
  }, []);
  const point = useCallback(
    (next: boolean) => {
      setPointing(next);
      if (!next) release();
    },
    [release],
  );
  return { ...shown, point, release };
}
