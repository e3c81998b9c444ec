"use client";

/** The view of the list lives in the URL: reading it, and going to another one without loading a page. */
import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { queryOf, viewOf, type View } from "./filters";

/** `push` makes a step that Back returns from; `replace` is for typing. */
export type Step = "push" | "replace";
/** Goes on from the view in the URL, not from the one last painted: of two quick changes neither is lost. */
export type GoTo = (change: (current: View) => View, step?: Step) => void;

export function useView(): readonly [View, GoTo] {
  const query = useSearchParams();
  const view = useMemo(() => viewOf(new URLSearchParams(query)), [query]);
  const goTo = useCallback<GoTo>((change, step = "push") => {
    const text = queryOf(change(viewOf(new URLSearchParams(window.location.search))));
    const href = text === "" ? window.location.pathname : `?${text}`;
    window.history[step === "push" ? "pushState" : "replaceState"](null, "", href);
  }, []);
  return [view, goTo];
}
