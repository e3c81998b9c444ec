/** Addresses. What a venue calls a link is one only if it leads to http(s). */

export function marketHref(id: string): string {
  return `/market/?id=${encodeURIComponent(id)}`;
}

/** The address if it is http(s) with a host, else null: `javascript:` and friends are never links. */
export function outsideHref(url: string | null): string | null {
  if (url === null) return null;
  try {
    const parsed = new URL(url);
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : null;
  } catch {
    return null;
  }
}
