import type { Funnel } from "@/lib/api";
import * as format from "@/lib/format";
import { GATE_ORDER, GATE_WORDS } from "@/lib/gate-words";

/** Where the open markets stopped, gate by gate, until the opportunities are left. */
export function FunnelChart({ funnel }: { readonly funnel: Funnel }) {
  const most = Math.max(1, funnel.opportunities, ...Object.values(funnel.gates).map(Number));
  const lines = [
    ...GATE_ORDER.map((gate) => ({ code: gate as string, words: GATE_WORDS[gate], number: funnel.gates[gate] ?? 0 })),
    { code: "opportunities", words: "Passed every gate", number: funnel.opportunities },
  ];
  return (
    <table className="funnel">
      <caption>
        {format.counted(funnel.seen, "open market")}, each at the first gate that stopped it
      </caption>
      <thead>
        <tr>
          <th scope="col">Gate</th>
          <th scope="col" className="number">Markets</th>
          <th scope="col" aria-hidden="true" />
        </tr>
      </thead>
      <tbody>
        {lines.map(({ code, words, number }) => (
          <tr key={code} className={number === 0 ? "none" : code === "opportunities" ? "passed" : undefined} data-gate={code}>
            <th scope="row" title={code}>{words}</th>
            <td className="number">{format.count(number)}</td>
            <td aria-hidden="true" className="bar">
              <svg viewBox="0 0 100 8" preserveAspectRatio="none">
                <rect width={(number / most) * 100} height="8" />
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
