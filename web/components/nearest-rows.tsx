"use client";

import Link from "next/link";
import { withFilter, type FilterName, type Filters } from "@/lib/filters";
import * as format from "@/lib/format";
import { marketHref } from "@/lib/links";
import { useOpportunities } from "@/lib/live";
import { nearestTo } from "@/lib/shortfall";

interface Props {
  readonly filters: Filters;
  readonly onChange: (change: (filters: Filters) => Filters) => void;
}

/** Opportunities that the filters keep out: those that miss the fewest, and a way to drop each filter. */
export function NearestRows({ filters, onChange }: Props) {
  const { data } = useOpportunities("limit=200");
  if (data === undefined) return <div className="ghost nearest-ghost" />;
  if (data.total === 0) return <p>Without your filters the list is empty too.</p>;
  const without = (name: FilterName) => () => onChange((current) => withFilter(current, name, undefined));
  return (
    <>
      <p>
        {format.counted(data.total, "opportunity", "opportunities")} without your filters. The nearest of them:
      </p>
      <ul className="nearest">
        {nearestTo(filters, data.items, 8).map(({ item, missing }) => (
          <li key={item.market_id}>
            <Link href={marketHref(item.market_id)} prefetch={false}>
              <bdi>{item.title}</bdi>
            </Link>
            {missing.map(({ name, words }) => (
              <span key={name} className="soft">
                {words}{" "}
                <button type="button" className="link" onClick={without(name)}>
                  drop {format.words(name)}
                </button>
              </span>
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}
