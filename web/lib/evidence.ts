/** The rule text as the page shows it: pieces, and which flags are about each. The server has cut the text already. */
import type { RiskFlag, RulesDetail, Segment, Severity } from "./api";

const SEVERITIES: readonly Severity[] = ["low", "medium", "high", "critical"];

export interface Piece {
  readonly text: string;
  /** Flags whose evidence covers the piece, the gravest first; none for plain text. */
  readonly flags: readonly RiskFlag[];
}

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** The gravest first; what weighs the same keeps its order. */
export function byGravity(flags: readonly RiskFlag[]): RiskFlag[] {
  return [...flags].sort((one, other) => rank(other.severity) - rank(one.severity));
}

/** The gravest severity of some flags; null of none. */
export function gravest(flags: readonly RiskFlag[]): Severity | null {
  return byGravity(flags)[0]?.severity ?? null;
}

/** Segments with their flags; a code that no flag explains is left out rather than shown unexplained. */
export function piecesOf(segments: readonly Segment[], flags: readonly RiskFlag[]): Piece[] {
  const byCode = new Map<string, RiskFlag>();
  for (const flag of byGravity(flags)) if (!byCode.has(flag.code)) byCode.set(flag.code, flag);
  return segments.map(({ text, flags: codes }) => ({
    text,
    flags: byGravity(codes.flatMap((code) => byCode.get(code) ?? [])),
  }));
}

/** Every finding of a text: flags, the gravest first, then what lowers the risk. */
export function findingsOf(rules: RulesDetail): { flags: RiskFlag[]; mitigators: readonly RiskFlag[] } {
  return { flags: byGravity(rules.risk_flags), mitigators: rules.mitigators };
}

/** Indexes of the pieces that are evidence of a flag. */
export function placesOf(pieces: readonly Piece[], code: string): number[] {
  return pieces.flatMap((piece, index) => (piece.flags.some((flag) => flag.code === code) ? [index] : []));
}
