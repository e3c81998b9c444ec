import type { RulesDetail } from "@/lib/api";
import * as format from "@/lib/format";

/** The probabilities that the rulebook gives, in one line, and what they are. */
export function DisputeLine({ rules }: { readonly rules: RulesDetail }) {
  if (rules.dispute_probability === null) return <p className="chances soft">The rulebook has not judged this text yet.</p>;
  return (
    <p className="chances">
      <span>
        Dispute <strong data-chance="dispute">{format.chance(rules.dispute_probability)}</strong>{" "}
        <span className="soft">
          (text alone <span data-chance="text">{format.chance(rules.text_dispute_probability)}</span>)
        </span>
      </span>
      {" · "}
      <span>
        paid half <strong data-chance="payoff">{format.chance(rules.payoff_risk)}</strong>
      </span>
      {" · "}
      <span>
        rules change <strong data-chance="change">{format.chance(rules.text_change_risk)}</strong>
      </span>
      <small>
        Estimates of how often it happens to markets like this one, no promise about it. Disputes are learned from markets of 2024, with volume
        and duration where known. Paid half: nobody is paid in full. Rules change: the text is altered before settlement; few cases are known.
      </small>
    </p>
  );
}
