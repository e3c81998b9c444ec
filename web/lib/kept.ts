"use client";

/** Small choices kept in this browser (columns, theme, bankroll); a browser that keeps nothing works as well. */
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const unkept = new Map<string, string>();

function read(key: string): string | null {
  try {
    return window.localStorage.getItem(key) ?? unkept.get(key) ?? null;
  } catch {
    return unkept.get(key) ?? null;
  }
}

function write(key: string, value: string): void {
  unkept.set(key, value);
  try {
    window.localStorage.setItem(key, value);
  } catch {
    // Storage may be full or forbidden: the choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** A kept text and how to change it; `usual` until something else is chosen, and in the page as it is built. */
export function useKept(key: string, usual: string): readonly [string, (value: string) => void] {
  const value = useSyncExternalStore(
    subscribe,
    () => read(key) ?? usual,
    () => usual,
  );
  const set = useCallback((next: string) => write(key, next), [key]);
  return [value, set];
}
