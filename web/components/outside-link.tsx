import type { ReactNode } from "react";
import { outsideHref } from "@/lib/links";

/** A way out to the venue, or plain text where its address is none. */
export function OutsideLink({ url, children }: { readonly url: string | null; readonly children: ReactNode }) {
  const href = outsideHref(url);
  if (href === null) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" className="outside">
      {children}
      <span aria-hidden="true"> ↗</span>
      <span className="visually-hidden"> (opens a new tab)</span>
    </a>
  );
}
