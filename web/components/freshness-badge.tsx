"use client";

import { freshnessOf, worst, type Level } from "@/lib/freshness";
import { useSystem } from "@/lib/live";
import { useNow } from "@/lib/now";

const SIGNS: Readonly<Record<Level, string>> = { fresh: "●", unknown: "○", late: "◐", stale: "▲" };
const WORDS: Readonly<Record<Level, string>> = { fresh: "Fresh", unknown: "Waiting", late: "Late", stale: "Stale" };

/** Quotes, scores and venue, by sign, word and colour. Screen readers are told when the worst of them changes. */
export function FreshnessBadge() {
  const { data, error } = useSystem();
  const now = useNow();
  const parts = data && now > 0 ? freshnessOf(data, now) : [];
  const isSignedOut = error?.status === 401;
  const level: Level = error && !isSignedOut ? "stale" : !error && parts.length > 0 ? worst(parts) : "unknown";
  const summary = isSignedOut ? "Signed out" : error ? "No connection" : WORDS[level];
  return (
    <div className={`freshness ${level}`} data-level={level}>
      <strong role="status">
        <span aria-hidden="true">{SIGNS[level]} </span>
        {summary}
      </strong>
      <ul>
        {parts.map((part) => (
          <li key={part.name} className={part.level} data-part={part.name} data-level={part.level}>
            <span className="part">{part.name}</span> {part.words}
          </li>
        ))}
      </ul>
    </div>
  );
}
