import type { Column } from "@/lib/columns";
import type { Order, Sort } from "@/lib/filters";

interface Props {
  readonly column: Column;
  readonly sort: Sort;
  readonly order: Order;
  readonly onSort: (sort: Sort) => void;
}

export function ColumnHead({ column, sort, order, onSort }: Props) {
  const { sort: key } = column;
  const isSorted = key !== undefined && key === sort;
  return (
    <th scope="col" className={column.isText ? "text" : "number"} data-name={column.name} title={column.help}
      aria-sort={isSorted ? (order === "asc" ? "ascending" : "descending") : undefined}>
      {key === undefined ? (
        column.label
      ) : (
        <button type="button" className="sort" onClick={() => onSort(key)}>
          {column.label}
          <span aria-hidden="true" className="arrow">{isSorted ? (order === "asc" ? "▲" : "▼") : "↕"}</span>
        </button>
      )}
    </th>
  );
}
