import type { Side } from "@/lib/api";

/** YES or NO, and what the venue calls it where that says more. */
export function SideMark({ side, label }: { readonly side: Side; readonly label: string | null }) {
  const saysMore = label !== null && label.toUpperCase() !== side;
  return (
    <span className="side">
      <span className={`side-name ${side.toLowerCase()}`}>{side}</span>
      {saysMore && (
        <bdi className="under" title={label}>
          {label}
        </bdi>
      )}
    </span>
  );
}
