import { Suspense } from "react";
import { ListSkeleton } from "@/components/list-skeleton";
import { Opportunities } from "@/components/opportunities";

export default function Page() {
  return (
    <Suspense fallback={<ListSkeleton />}>
      <Opportunities />
    </Suspense>
  );
}
