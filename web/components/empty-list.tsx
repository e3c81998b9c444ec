"use client";

import type { Filters } from "@/lib/filters";
import { useFunnel } from "@/lib/live";
import { FunnelChart } from "./funnel-chart";
import { NearestMarkets } from "./nearest-markets";
import { NearestRows } from "./nearest-rows";

interface Props {
  readonly filters: Filters;
  /** False before the first scoring run. */
  readonly isScored: boolean;
  readonly onChange: (change: (filters: Filters) => Filters) => void;
}

/** Why nothing is listed, and what would have to change. */
export function EmptyList({ filters, isScored, onChange }: Props) {
  const { data: funnel } = useFunnel();
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <div className="empty">
      <section className="panel" aria-labelledby="empty-title">
        <h2 id="empty-title">{isFiltered ? "Nothing passes these filters" : isScored ? "No market passes every gate now" : "The first scoring run is still to come"}</h2>
        {isFiltered ? (
          <NearestRows filters={filters} onChange={onChange} />
        ) : (
          <p className="soft">
            {isScored
              ? "That is an answer too. These come nearest:"
              : "Markets are being read from the venue; the list fills by itself, usually within a minute."}
          </p>
        )}
        {!isFiltered && isScored && <NearestMarkets />}
      </section>
      {isFiltered && isScored && (
        <section className="panel" aria-labelledby="near-title">
          <h2 id="near-title">Almost opportunities</h2>
          <NearestMarkets />
        </section>
      )}
      <section className="panel" aria-labelledby="funnel-title">
        <h2 id="funnel-title">Funnel</h2>
        {funnel ? <FunnelChart funnel={funnel} /> : <div className="ghost funnel-ghost" />}
      </section>
    </div>
  );
}
