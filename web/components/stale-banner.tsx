import type { ApiError } from "@/lib/api";
import * as format from "@/lib/format";

interface Props {
  readonly error: ApiError;
  /** The moment of what is still shown; null when nothing is. */
  readonly as_of: string | null;
}

/** Says what happened and what is still shown; lies over the page's foot, so that nothing moves. */
export function StaleBanner({ error, as_of }: Props) {
  return (
    <div className="banner" role="alert">
      <span aria-hidden="true">▲ </span>
      {error.message}. {as_of === null ? "Nothing could be loaded yet" : `What is shown is from ${format.stamp(as_of)} and no longer renewed`}; it is
      tried again every few seconds.
    </div>
  );
}
