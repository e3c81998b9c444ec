import type { Metadata } from "next";
import { Suspense } from "react";
import { MarketSkeleton } from "@/components/market-skeleton";
import { MarketPage } from "@/components/market-page";

export const metadata: Metadata = { title: "Market" };

export default function Page() {
  return (
    <Suspense fallback={<MarketSkeleton />}>
      <MarketPage />
    </Suspense>
  );
}
