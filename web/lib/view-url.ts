"use client";

/** The view of the list lives in the URL: reading it, and going to another one without loading a page. */
import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { queryOf, viewOf, type View } from "./filters";

/** `push` makes a step that Back returns from; `replace` is for typing. */
export type Step = "push" | "replace";
export type GoTo = (next: View, step?: Step) => void;

export function useView(): readonly [View, GoTo] {
  const query = useSearchParams();
  const view = useMemo(() => viewOf(new URLSearchParams(query)), [query]);
  const goTo = useCallback<GoTo>((next, step = "push") => {
    const text = queryOf(next);
    const href = text === "" ? window.location.pathname : `?${text}`;
    window.history[step === "push" ? "pushState" : "replaceState"](null, "", href);
  }, []);
  return [view, goTo];
}
