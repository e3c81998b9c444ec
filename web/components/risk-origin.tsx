import type { RulesDetail } from "@/lib/api";
import * as format from "@/lib/format";
import { OddsTable } from "./odds-table";

/** Folded away: what adds up to the probability, what kind of question it is, and what could not be judged. */
export function RiskOrigin({ rules }: { readonly rules: RulesDetail }) {
  if (rules.text_dispute_probability === null) return null;
  return (
    <details className="origin">
      <summary>How the figure comes about</summary>
      <OddsTable contributions={rules.contributions} probability={rules.text_dispute_probability} />
      {rules.traits.length > 0 && (
        <>
          <h3>What kind of question it is</h3>
          <ul className="mitigators">
            {rules.traits.map((trait) => (
              <li key={trait.code} data-trait={trait.code}>
                {format.sentence(trait.code)}: <span className="soft">{trait.why}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {rules.not_judged.length > 0 && (
        <>
          <h3>Not judged</h3>
          <ul className="mitigators">
            {rules.not_judged.map(({ code, missing }) => (
              <li key={code} data-not-judged={code}>
                {format.sentence(code)}, <span className="soft">needs {format.listed(missing.map(format.words))}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </details>
  );
}
