"use client";

/** The rows of the list from answer to answer: their order held while somebody points, and what changed in each. */
import { startTransition, useCallback, useDeferredValue, useEffect, useState } from "react";
import type { Opportunities } from "./api";
import { changedColumns, type ColumnName } from "./columns";
import { freshRows, heldRows, type HeldRows } from "./order";

type Changes = ReadonlyMap<string, ReadonlySet<ColumnName>>;

interface Shown extends HeldRows {
  readonly answer: Opportunities | undefined;
  readonly query: string;
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

export function useSteadyRows(newest: Opportunities | undefined, query: string) {
  // A refresh is rendered between frames, so that it is never felt; the answer to a new question at once.
  const deferred = useDeferredValue(newest);
  const [isPointing, setPointing] = useState(false);
  const [shown, setShown] = useState<Shown>({ ...freshRows([]), answer: undefined, query, changes: NOTHING });

  // Renewed while rendering, not in an effect: no frame shows the rows of the answer before.
  const isSameQuestion = query === shown.query && shown.answer !== undefined;
  const answer = isSameQuestion ? deferred : newest;
  if (answer !== undefined && answer !== shown.answer && newest !== shown.answer) {
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
