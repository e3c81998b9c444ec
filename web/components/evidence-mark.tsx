import type { KeyboardEvent } from "react";
import { gravest, type Piece } from "@/lib/evidence";

interface Props {
  readonly index: number;
  readonly piece: Piece;
  readonly isPicked: boolean;
  readonly onPick: (index: number) => void;
}

/** A passage that is evidence. It stays text of the sentence, and can be pointed at, focused and pressed. */
export function EvidenceMark({ index, piece, isPicked, onPick }: Props) {
  const codes = piece.flags.map((flag) => flag.code);
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onPick(index);
  };
  return (
    <mark
      role="button"
      tabIndex={0}
      className={`evidence ${gravest(piece.flags) ?? "low"}`}
      aria-pressed={isPicked}
      data-piece={index}
      data-flags={codes.join(" ")}
      data-several={codes.length > 1 ? codes.length : undefined}
      onPointerEnter={() => onPick(index)}
      onFocus={() => onPick(index)}
      onClick={() => onPick(index)}
      onKeyDown={press}
    >
      {piece.text}
    </mark>
  );
}
