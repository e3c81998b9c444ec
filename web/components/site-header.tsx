"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { forgetToken, useTokenIsKept } from "@/lib/token";
import { FreshnessBadge } from "./freshness-badge";
import { ThemeSwitch } from "./theme-switch";

const PLACES = [
  ["/", "Opportunities"],
  ["/system/", "System"],
] as const;

function signOut() {
  forgetToken();
  window.location.reload(); // nothing that was read with the token stays in memory
}

export function SiteHeader() {
  const here = usePathname();
  const isSignedIn = useTokenIsKept();
  return (
    <header className="site-header">
      <Link href="/" className="brand" prefetch={false}>
        <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
          <path d="M3 19h18M5 16l4-5 4 3 6-9" fill="none" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
        Endgame Sweep
      </Link>
      <nav aria-label="Pages">
        {PLACES.map(([href, words]) => (
          <Link key={href} href={href} prefetch={false} aria-current={here === href ? "page" : undefined}>
            {words}
          </Link>
        ))}
        <a href="/docs">API</a>
      </nav>
      <FreshnessBadge />
      {isSignedIn && (
        <button type="button" className="quiet" onClick={signOut}>
          Sign out
        </button>
      )}
      <ThemeSwitch />
    </header>
  );
}
