"use client";

import * as format from "@/lib/format";
import { useNow } from "@/lib/now";

interface Props {
  readonly close_time: string | null;
  /** As it was when scored: shown until the clock runs. */
  readonly t_remaining_sec?: number | null;
  /** Counts seconds in the last hour. */
  readonly isPrecise?: boolean;
}

export function TimeLeft({ close_time, t_remaining_sec = null, isPrecise = false }: Props) {
  const now = useNow(isPrecise ? 1 : 10);
  if (close_time === null) return <>{format.duration(t_remaining_sec)}</>;
  const left = now > 0 ? Math.floor((Date.parse(close_time) - now) / 1_000) : t_remaining_sec;
  if (left === null) return <>{format.MISSING}</>;
  return <time dateTime={close_time} title={format.stamp(close_time)}>{isPrecise ? format.countdown(left) : format.duration(left)}</time>;
}
