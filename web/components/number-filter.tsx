"use client";

import { useState } from "react";
import { readFilter, type Filters } from "@/lib/filters";
import * as format from "@/lib/format";

type NumberName = "min_score" | "max_risk_score" | "min_net_yield";

interface Props {
  readonly name: NumberName;
  readonly label: string;
  readonly unit?: string;
  /** What is typed times this is what is asked: 0.01 where cents are typed. */
  readonly scale?: number;
  readonly value: number | undefined;
  readonly onChange: (value: Filters[NumberName]) => void;
}

/** A number that is asked for as soon as it makes sense; what makes none stays in the field, marked. */
export function NumberFilter({ name, label, unit, scale = 1, value, onChange }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? (value === undefined ? "" : String(format.rounded(value / scale)));
  const read = (text: string) => {
    if (text.trim() === "") return undefined;
    return readFilter(name, String(format.rounded(Number(text) * scale)));
  };
  const isWrong = shown.trim() !== "" && read(shown) === undefined;
  return (
    <label className="field number-field">
      <span>{label}</span>
      <span className="with-unit">
        <input
          inputMode="decimal"
          name={name}
          value={shown}
          placeholder="any"
          autoComplete="off"
          aria-invalid={isWrong || undefined}
          onChange={(event) => {
            setDraft(event.target.value);
            const next = read(event.target.value);
            if (event.target.value.trim() === "" || next !== undefined) onChange(next);
          }}
          onBlur={() => setDraft(null)}
        />
        {unit !== undefined && <span className="unit">{unit}</span>}
      </span>
    </label>
  );
}
