"use client";

/** Many rows painted in steps: what fits on a screen at once, the rest frame by frame, so that no frame is long. */
import { startTransition, useEffect, useState } from "react";

const FIRST = 16;
const STEP = 24;

/** How many of `total` rows to paint now. A new question begins again with the first screen. */
export function useGradually(total: number, question: string): number {
  const [painted, setPainted] = useState({ question, count: FIRST });
  if (painted.question !== question) setPainted({ question, count: FIRST });
  // Hangs on the whole state, not on the count: a question that changes while a step is under way begins again at the
  // same count, and would otherwise never be painted to its end.
  useEffect(() => {
    if (painted.count >= total) return undefined;
    const frame = requestAnimationFrame(() =>
      startTransition(() => setPainted((before) => ({ ...before, count: before.count + STEP }))),
    );
    return () => cancelAnimationFrame(frame);
  }, [painted, total]);
  return Math.min(painted.count, total);
}
