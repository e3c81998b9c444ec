import type { RiskFlag } from "@/lib/api";
import * as format from "@/lib/format";
import { LevelShape } from "./risk-mark";

/** A flag in short: shape, colour and name. */
export function FlagChip({ flag }: { readonly flag: RiskFlag }) {
  return (
    <span className={`chip ${flag.severity}`} title={`${flag.severity}: ${flag.why}`}>
      <LevelShape level={flag.severity} />
      <span className="chip-words">{format.words(flag.code)}</span>
    </span>
  );
}
