"use client";

import Link from "next/link";
import { GATE_WORDS, wayIn } from "@/lib/gate-words";
import { marketHref } from "@/lib/links";
import { useNearest } from "@/lib/live";

/** Markets that one gate keeps out, and what would have to change. */
export function NearestMarkets() {
  const { data } = useNearest();
  if (data === undefined) return <div className="ghost nearest-ghost" />;
  if (data.items.length === 0) return <p className="soft">No market is near: none fails by a figure that could still change.</p>;
  return (
    <ul className="nearest">
      {data.items.map((item) => (
        <li key={item.market_id}>
          <Link href={marketHref(item.market_id)} prefetch={false}>
            <bdi>{item.title}</bdi>
          </Link>
          <span className="chip plain" title={item.gate}>
            <span className="chip-words">{GATE_WORDS[item.gate]}</span>
          </span>
          <span className="soft">{item.recommended_side}: {wayIn(item.gate, item)}</span>
        </li>
      ))}
    </ul>
  );
}
