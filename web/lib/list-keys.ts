"use client";

/** The keyboard of the list. Focus itself is the cursor: the row that has it is the row that keys act on. */
import { useRouter } from "next/navigation";
import { useEffect, type RefObject } from "react";
import { firstPage } from "./filters";
import { isForSomebodyElse } from "./keys";
import { marketHref } from "./links";
import type { GoTo } from "./view-url";

interface ListKeys {
  readonly goTo: GoTo;
  readonly toggle: (id: string) => void;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly help: RefObject<HTMLDialogElement | null>;
  readonly next_cursor: string | null;
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("tr[data-row]")];
}

function currentRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("tr[data-row]") ?? null;
}

/** Focus the row `step` further; from nowhere the first one. */
function move(step: 1 | -1): void {
  const all = rows();
  const current = currentRow();
  const next = current === null ? all[0] : all[all.indexOf(current) + step];
  next?.focus();
}

function toggleIf(isOpen: boolean, toggle: (id: string) => void): void {
  const row = currentRow();
  const id = row?.dataset["row"];
  const button = row?.querySelector("button[aria-expanded]");
  if (id !== undefined && button?.getAttribute("aria-expanded") === String(isOpen)) toggle(id);
}

export function useListKeys({ goTo, toggle, search, help, next_cursor }: ListKeys): void {
  const router = useRouter();
  useEffect(() => {
    const actions: Readonly<Record<string, () => void>> = {
      j: () => move(1),
      ArrowDown: () => move(1),
      k: () => move(-1),
      ArrowUp: () => move(-1),
      ArrowRight: () => toggleIf(false, toggle),
      ArrowLeft: () => toggleIf(true, toggle),
      e: () => {
        const id = currentRow()?.dataset["row"];
        if (id !== undefined) toggle(id);
      },
      n: () => next_cursor !== null && goTo((current) => ({ ...current, cursor: next_cursor })),
      p: () => goTo(firstPage),
      x: () => goTo((current) => firstPage({ ...current, filters: {} })),
      "/": () => search.current?.focus(),
      "?": () => help.current?.showModal(),
      Enter: () => {
        const row = document.activeElement as HTMLElement | null;
        if (row?.dataset["row"] !== undefined) router.push(marketHref(row.dataset["row"]));
      },
    };
    const onKey = (event: KeyboardEvent) => {
      const action = actions[event.key];
      if (action === undefined || isForSomebodyElse(event)) return;
      // Enter on a link or button inside a row is theirs.
      if (event.key === "Enter" && (event.target as HTMLElement).dataset["row"] === undefined) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [goTo, toggle, search, help, next_cursor, router]);
}
