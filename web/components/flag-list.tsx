import type { RiskFlag } from "@/lib/api";
import { byGravity } from "@/lib/evidence";
import * as format from "@/lib/format";
import { LevelShape } from "./risk-mark";

/** Flags with words: what, how grave, why, and how usual it is. */
export function FlagList({ flags }: { readonly flags: readonly RiskFlag[] }) {
  if (flags.length === 0) return <p className="soft">The rulebook finds nothing in the rule text. That is no promise.</p>;
  return (
    <ul className="flag-list">
      {byGravity(flags).map((flag) => (
        <li key={flag.code}>
          <span className={`flag-name ${flag.severity}`}>
            <LevelShape level={flag.severity} />
            {format.sentence(flag.code)}
            <span className="soft"> {flag.severity}</span>
          </span>
          <span>{flag.why}</span>
          <span className="soft">{format.usualness(flag.base_rate)}</span>
        </li>
      ))}
    </ul>
  );
}
