const ROWS = Array.from({ length: 14 }, (_, index) => index);

/** The shape of the list before the first answer: same heights, so that nothing jumps. */
export function ListSkeleton() {
  return (
    <div aria-busy="true" className="list-skeleton">
      <h1 className="visually-hidden">Opportunities</h1>
      <p className="visually-hidden" role="status">
        Loading the list
      </p>
      <div className="filters ghost" />
      <div className="list-head ghost" />
      <div className="ghost-rows">
        {ROWS.map((row) => (
          <div key={row} className="ghost-row" />
        ))}
      </div>
    </div>
  );
}
