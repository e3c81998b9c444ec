"use client";

/** The server's clock as it ticks, shared by all that show an age or a countdown; it stands still in a hidden tab. */
import { useSyncExternalStore } from "react";
import { serverNow } from "./api";

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  if (document.hidden) return;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Milliseconds since 1970, renewed every `everySec`; 0 in the page as it is built. */
export function useNow(everySec = 1): number {
  const step = everySec * 1_000;
  return useSyncExternalStore(
    subscribe,
    () => Math.floor(serverNow() / step) * step,
    () => 0,
  );
}

/** Whole seconds since a moment, never below 0; null when the moment is not known. */
export function ageSec(now: number, moment: string | null | undefined): number | null {
  return moment && now > 0 ? Math.max(0, Math.floor((now - Date.parse(moment)) / 1_000)) : null;
}
