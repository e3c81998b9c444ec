import type { ScoreBreakdown } from "@/lib/api";
import { blocksOf, sumOf } from "@/lib/breakdown";
import * as format from "@/lib/format";

interface Props {
  readonly breakdown: ScoreBreakdown;
  /** In a row: without words, which the score beside it says. */
  readonly isSmall?: boolean;
}

/** What adds, stacked from zero to the right; below it what is taken away, running back to the score. */
export function BreakdownBar({ breakdown, isSmall = false }: Props) {
  const blocks = blocksOf(breakdown);
  const low = Math.min(0, ...blocks.map((block) => block.from));
  const span = 1 - low;
  const at = (value: number) => ((value - low) / span) * 100;
  const sum = sumOf(breakdown);
  return (
    <svg
      className={isSmall ? "breakdown small" : "breakdown"}
      viewBox="0 0 100 20"
      preserveAspectRatio="none"
      role={isSmall ? "presentation" : "img"}
      aria-hidden={isSmall ? true : undefined}
      aria-label={isSmall ? undefined : `Terms of the score: ${blocks.map((block) => `${block.label} ${format.term(block.value)}`).join(", ")}`}
    >
      <rect className="track" x={at(0)} y="0" width={100 - at(0)} height="20" />
      {blocks.map((block) => (
        <rect
          key={block.name}
          className={`term ${block.name}`}
          data-term={block.name}
          data-value={block.value}
          x={at(block.from)}
          y={block.value < 0 ? 12 : 2}
          width={Math.max(at(block.to) - at(block.from), 0)}
          height={block.value < 0 ? 6 : 10}
        />
      ))}
      <line className="sum" x1={at(Math.max(sum, low))} x2={at(Math.max(sum, low))} y1="0" y2="20" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
