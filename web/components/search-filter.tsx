"use client";

import { useEffect, useRef, useState, type Ref } from "react";
import { MAX_SEARCH, readFilter, type Filters } from "@/lib/filters";

const PAUSE_MS = 200;

interface Props {
  readonly value: string | undefined;
  readonly onChange: (value: Filters["q"]) => void;
  readonly ref: Ref<HTMLInputElement>;
}

/** Asks when the typing pauses or the field is left, so that not every letter is a question. */
export function SearchFilter({ value, onChange, ref }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(pause.current), []);
  const ask = (text: string) => {
    pause.current = undefined;
    onChange(readFilter("q", text));
  };
  // Whoever leaves the field is done with it: a question asked later would undo what is pressed next.
  const askNow = () => {
    if (pause.current === undefined || draft === null) return;
    clearTimeout(pause.current);
    ask(draft);
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
          const text = event.target.value;
          setDraft(text);
          clearTimeout(pause.current);
          pause.current = setTimeout(() => ask(text), PAUSE_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") askNow();
          if (event.key !== "Escape") return;
          event.preventDefault(); // browsers would empty the field: leaving it keeps what was asked, x clears
          event.currentTarget.blur();
        }}
        onBlur={() => {
          askNow();
          setDraft(null);
        }}
      />
    </label>
  );
}
