"use client";

import { firstPage, LIMITS, type View } from "@/lib/filters";
import type { GoTo } from "@/lib/view-url";
import { ChoiceFilter } from "./choice-filter";

interface Props {
  readonly view: View;
  readonly next_cursor: string | null;
  readonly goTo: GoTo;
}

/** Pages by cursor: forward one by one, back to the first, and Back of the browser for the one before. */
export function Pager({ view, next_cursor, goTo }: Props) {
  return (
    <nav className="pager" aria-label="Pages of the list">
      <button type="button" disabled={view.cursor === undefined} onClick={() => goTo(firstPage)}>
        First page
      </button>
      <button type="button" disabled={next_cursor === null} onClick={() => next_cursor !== null && goTo((current) => ({ ...current, cursor: next_cursor }))}>
        Next page
      </button>
      <ChoiceFilter name="limit" label="Rows" value={String(view.limit)} choices={LIMITS.map((limit) => [String(limit), String(limit)])}
        onChange={(text) => goTo((current) => ({ ...firstPage(current), limit: Number(text) }))} />
    </nav>
  );
}
