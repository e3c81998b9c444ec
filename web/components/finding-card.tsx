import type { RiskFlag, Side } from "@/lib/api";
import * as format from "@/lib/format";
import { LevelShape } from "./risk-mark";

interface Props {
  readonly flag: RiskFlag;
  /** The one side that it hurts; null for both. */
  readonly bites: Side | null;
  /** The favourite, which would be bought. */
  readonly side: Side;
  readonly isTold: boolean;
  readonly picked: number | null;
  /** Pieces of the text that are its evidence; none when something is missing from it. */
  readonly places: readonly number[];
  readonly onGo: (index: number) => void;
}

/** One flag of the legend: what, why, and a way to each passage. */
export function FindingCard({ flag, bites, side, isTold, picked, places, onGo }: Props) {
  const next = places.find((place) => picked !== null && place > picked) ?? places[0];
  return (
    <li className={`finding ${flag.severity}${isTold ? " told" : ""}`} data-code={flag.code}>
      <span className={`flag-name ${flag.severity}`}>
        <LevelShape level={flag.severity} />
        {format.sentence(flag.code)}
        <span className="soft"> {flag.severity}</span>
        {bites !== null && (
          <span className={bites === side ? "bites ours" : "bites"}>
            bites {bites}
            {bites === side && <span className="visually-hidden">, the favourite</span>}
          </span>
        )}
      </span>
      <span>{flag.why}</span>
      <span className="soft">
        {format.usualness(flag.base_rate)}
        {next === undefined ? (
          " · about something missing"
        ) : (
          <>
            {" · "}
            <button type="button" className="link" onClick={() => onGo(next)}>
              {places.length === 1 ? "show passage" : `next of ${places.length} passages`}
            </button>
          </>
        )}
      </span>
    </li>
  );
}
