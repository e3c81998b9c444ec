/** The shape of the market page before the first answer. */
export function MarketSkeleton() {
  return (
    <div aria-busy="true" className="market-grid">
      <h1 className="visually-hidden">Market</h1>
      <p className="visually-hidden" role="status">
        Loading the market
      </p>
      <div className="ghost market-head-ghost" />
      <div className="ghost tall-ghost" />
      <div className="ghost tall-ghost" />
    </div>
  );
}
