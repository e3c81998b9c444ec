"use client";

import { COLUMNS, COLUMNS_KEY, toggledColumn, USUAL_COLUMNS, chosenColumns } from "@/lib/columns";
import { useKept } from "@/lib/kept";

/** Which columns are shown; kept in this browser. */
export function ColumnChoice() {
  const [kept, keep] = useKept(COLUMNS_KEY, USUAL_COLUMNS);
  const shown = new Set(chosenColumns(kept).map((column) => column.name));
  return (
    <details className="menu">
      <summary className="button">Columns</summary>
      <fieldset className="menu-body">
        <legend className="visually-hidden">Columns of the list</legend>
        {COLUMNS.map((column) => (
          <label key={column.name} title={column.help}>
            <input type="checkbox" name={column.name} checked={shown.has(column.name)} disabled={column.name === "title"}
              onChange={() => keep(toggledColumn(kept, column.name))} />
            {column.label}
          </label>
        ))}
        <button type="button" className="quiet" onClick={() => keep(USUAL_COLUMNS)}>
          Usual columns
        </button>
      </fieldset>
    </details>
  );
}
