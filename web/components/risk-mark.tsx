import * as format from "@/lib/format";
import { riskLevel, type RiskLevel } from "@/lib/risk-level";

const SHAPES: Readonly<Record<RiskLevel, string>> = {
  low: "M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z",
  medium: "M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zM6 1.5v9a4.5 4.5 0 0 0 0-9z",
  high: "M6 1 11.3 10.5H.7z",
  critical: "M6 .4 11.6 6 6 11.6.4 6z",
};

/** The shape of a level: a ring, a half-filled ring, a triangle, a diamond; told apart without any colour. */
export function LevelShape({ level }: { readonly level: RiskLevel }) {
  return (
    <svg viewBox="0 0 12 12" className={`level-shape ${level}`} aria-hidden="true">
      <path d={SHAPES[level]} />
    </svg>
  );
}

/** A risk from 0 to 1 with its shape and word. */
export function RiskMark({ value }: { readonly value: number | null }) {
  if (value === null) return <>{format.MISSING}</>;
  const level = riskLevel(value);
  return (
    <span className={`risk ${level}`} title={`${level} risk`}>
      <LevelShape level={level} />
      {format.score(value)}
      <span className="visually-hidden"> {level}</span>
    </span>
  );
}
