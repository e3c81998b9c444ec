import type { AskLevel, QuoteDetail, Side } from "@/lib/api";
import * as format from "@/lib/format";

/** What is offered on both sides, the favourite's first: price, shares, and dollars to take everything up to there. */
export function AskLadder({ quote, side }: { readonly quote: QuoteDetail; readonly side: Side }) {
  const sides: readonly Side[] = side === "YES" ? ["YES", "NO"] : ["NO", "YES"];
  return (
    <div className="ladders">
      {sides.map((of) => (
        <Ladder key={of} side={of} levels={of === "YES" ? quote.asks_yes : quote.asks_no} />
      ))}
    </div>
  );
}

function Ladder({ side, levels }: { readonly side: Side; readonly levels: readonly AskLevel[] }) {
  const sums = levels.map((_, index) => levels.slice(0, index + 1).reduce((sum, level) => sum + level.price * level.size, 0));
  const most = sums.at(-1) ?? 1;
  return (
    <table className="ladder">
      <caption>Asks of {side}</caption>
      <thead>
        <tr>
          <th scope="col" className="number">Price</th>
          <th scope="col" className="number">Shares</th>
          <th scope="col" className="number">Sum $</th>
        </tr>
      </thead>
      <tbody>
        {levels.length === 0 && (
          <tr>
            <td colSpan={3} className="soft">Nothing is offered</td>
          </tr>
        )}
        {levels.map((level, index) => (
          <tr key={level.price}>
            <td className="number">{format.price(level.price)}</td>
            <td className="number">{format.count(level.size)}</td>
            <td className="number">
              {format.dollars(sums[index])}
              <svg className="depth" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect width={((sums[index] ?? 0) / most) * 100} height="4" />
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
