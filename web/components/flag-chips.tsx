import type { RiskFlag } from "@/lib/api";
import { byGravity } from "@/lib/evidence";
import { FlagChip } from "./flag-chip";

/** The gravest flag by name and how many more: one line whatever the text says. */
export function FlagChips({ flags }: { readonly flags: readonly RiskFlag[] }) {
  const [first, ...others] = byGravity(flags);
  if (first === undefined) return <span className="soft">none</span>;
  return (
    <span className="chips">
      <FlagChip flag={first} />
      {others.length > 0 && (
        <span className="soft" title={others.map((flag) => `${flag.severity}: ${flag.code}`).join("\n")}>
          +{others.length}
          <span className="visually-hidden"> more</span>
        </span>
      )}
    </span>
  );
}
