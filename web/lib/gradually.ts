"use client";

/** Many rows painted in steps: what fits on a screen at once, the rest frame by frame, so that no frame is long. */
import { startTransition, useEffect, useState } from "react";

const FIRST = 16;
const STEP = 24;

/** How many of `total` rows to paint now. A new question begins again with the first screen. */
export function useGradually(total: number, question: string): number {
  const [painted, setPainted] = useState({ question, count: FIRST });
  if (painted.question !== question) setPainted({ question, count: FIRST });
  const { count } = painted;
  useEffect(() => {
    if (count >= total) return undefined;
    const frame = requestAnimationFrame(() =>
      startTransition(() => setPainted((before) => ({ ...before, count: before.count + STEP }))),
    );
    return () => cancelAnimationFrame(frame);
  }, [count, total]);
  return Math.min(count, total);
}
