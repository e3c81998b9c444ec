import type { Gates } from "@/lib/api";
import { comparison, GATE_WORDS, PASSED_WORDS } from "@/lib/gate-words";

const SIGNS = { passed: "✓", failed: "✕", unknown: "?" } as const;

/** Every gate with its figure: why it is, or is not, an opportunity. */
export function GatePanel({ gates }: { readonly gates: Gates }) {
  return (
    <>
      <p>
        {gates.gate === null ? (
          "It passes every gate at this moment."
        ) : (
          <>
            Stopped by <strong>{GATE_WORDS[gates.gate].toLowerCase()}</strong>: the first gate that fails is the reason.
          </>
        )}
      </p>
      <ol className="gates">
        {gates.checks.map((check) => (
          <li key={check.gate} className={check.state} data-gate={check.gate} data-state={check.state}>
            <span className="sign" aria-hidden="true">{SIGNS[check.state]}</span>
            <span title={check.gate}>
              {check.state === "passed" ? PASSED_WORDS[check.gate] : GATE_WORDS[check.gate]}
              {check.state === "unknown" && <span className="soft">: cannot be known</span>}
              <span className="visually-hidden">, {check.state}</span>
            </span>
            <span className="soft number">{comparison(check)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
