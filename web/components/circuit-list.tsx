import type { System } from "@/lib/api";

const WORDS = {
  closed: "● closed: asked as usual",
  "half-open": "◐ half-open: one probe is on its way",
  open: "▲ open: not asked for a while",
} as const;

export function CircuitList({ circuits }: { readonly circuits: System["circuits"] }) {
  if (circuits.length === 0) return <p className="soft">This process asks no venue; the one that ingests holds the breakers.</p>;
  return (
    <dl className="circuits">
      {circuits.map((circuit) => (
        <div key={circuit.host}>
          <dt>{circuit.host}</dt>
          <dd className={`state ${circuit.state}`}>{WORDS[circuit.state]}</dd>
        </div>
      ))}
    </dl>
  );
}
