"use client";

/** The width that an element has, for drawings that are made to measure. */
import { useCallback, useState } from "react";

/** A ref to give to the element, and its width in pixels; `usual` until it is measured. */
export function useWidth(usual: number): readonly [(element: HTMLElement | null) => (() => void) | undefined, number] {
  const [width, setWidth] = useState(usual);
  const watch = useCallback((element: HTMLElement | null) => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, Math.floor(entry.contentRect.width))));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [watch, width];
}
