import type { ScoreBreakdown } from "@/lib/api";
import { blocksOf, sumOf } from "@/lib/breakdown";
import * as format from "@/lib/format";
import { BreakdownBar } from "./breakdown-bar";

interface Props {
  readonly breakdown: ScoreBreakdown;
  readonly overall_score: number;
}

/** The score's terms as a bar and as figures that add up to it. */
export function BreakdownTable({ breakdown, overall_score }: Props) {
  const isClamped = Math.abs(sumOf(breakdown) - overall_score) > 1e-6;
  return (
    <div className="breakdown-table">
      <BreakdownBar breakdown={breakdown} />
      <table>
        <caption className="visually-hidden">Terms of the score</caption>
        <tbody>
          {blocksOf(breakdown).map((block) => (
            <tr key={block.name}>
              <th scope="row">
                <svg viewBox="0 0 10 10" className="swatch" aria-hidden="true">
                  <rect className={`term ${block.name}`} width="10" height="10" rx="2" />
                </svg>
                {block.label}
              </th>
              <td className="number" data-term={block.name}>{format.term(block.value)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Score{isClamped && <span className="soft"> (kept within 0 and 1)</span>}</th>
            <td className="number" data-term="sum">{format.score(overall_score, 3)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
