"use client";

/** Many rows painted in steps: what fits on a screen at once, the rest frame by frame, so that no frame is long. */
import { startTransition, useEffect, useState } from "react";

const FIRST = 16;
const STEP = 24;

/** How many of `total` rows to paint now. A new question begins again with the first screen. */
export function useGradually(total: number, question: string): number {
  const [painted, setPainted] = useState({ question, count: FIRST });
  useEffect(() => {
    // Counted here and set whole, so that no step can be lost to a question that changes meanwhile.
    let count = FIRST;
    let frame = 0;
    const step = () => {
      count += STEP;
      const next = count;
      startTransition(() =>
        setPainted((before) => ({ question, count: before.question === question ? Math.max(before.count, next) : next })),
      );
      if (count < total) frame = requestAnimationFrame(step);
    };
    if (count < total) frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [question, total]);
  return Math.min(painted.question === question ? painted.count : FIRST, total);
}
