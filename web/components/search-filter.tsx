"use client";

import { useEffect, useRef, useState, type Ref } from "react";
import { MAX_SEARCH, readFilter, type Filters } from "@/lib/filters";

const PAUSE_MS = 200;

interface Props {
  readonly value: string | undefined;
  readonly onChange: (value: Filters["q"]) => void;
  readonly ref: Ref<HTMLInputElement>;
}

/** Asks when the typing pauses, so that not every letter is a question. */
export function SearchFilter({ value, onChange, ref }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(pause.current), []);
  const askFor = (text: string, waitMs: number) => {
    clearTimeout(pause.current);
    pause.current = setTimeout(() => onChange(readFilter("q", text)), waitMs);
  };
  return (
    <label className="field search-field">
      <span>
        Search <kbd>/</kbd>
      </span>
      <input
        ref={ref}
        type="search"
        name="q"
        maxLength={MAX_SEARCH}
        placeholder="words of the title"
        autoComplete="off"
        value={draft ?? value ?? ""}
        onChange={(event) => {
          setDraft(event.target.value);
          askFor(event.target.value, PAUSE_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "Enter") askFor(event.currentTarget.value, 0);
        }}
        onBlur={() => setDraft(null)}
      />
    </label>
  );
}
