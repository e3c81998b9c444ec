import type { RulesDetail } from "@/lib/api";
import * as format from "@/lib/format";
import { BASE, togetherOf, weightsOf } from "@/lib/odds";

interface Props {
  readonly contributions: RulesDetail["contributions"];
  readonly probability: number;
}

/** Log-odds of a dispute, one line a finding, that add up to the probability from the text alone. */
export function OddsTable({ contributions, probability }: Props) {
  return (
    <table>
      <caption>Log-odds of a dispute, from the text alone; above zero makes one likelier</caption>
      <tbody>
        {weightsOf(contributions).map(({ code, log_odds, share }) => (
          <tr key={code}>
            <th scope="row">{code === BASE ? "Where every text begins" : format.sentence(code)}</th>
            <td className="number" data-odds={code}>{format.term(log_odds, 2)}</td>
            <td className="bar">{share !== null && <OddsBar share={share} />}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Together</th>
          <td className="number" data-odds="sum">{format.term(togetherOf(contributions), 2)}</td>
          <td className="bar">= {format.chance(probability)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

/** Right of the middle makes a dispute likelier, left of it less likely. */
function OddsBar({ share }: { readonly share: number }) {
  const width = Math.abs(share) * 50;
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect className={share < 0 ? "less" : "more"} x={share < 0 ? 50 - width : 50} y="1" width={width} height="6" />
      <line x1="50" x2="50" y1="0" y2="8" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
