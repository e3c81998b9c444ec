import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { SiteHeader } from "@/components/site-header";
import { TokenGate } from "@/components/token-gate";
import { THEME_SCRIPT } from "@/lib/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/list.css";
import "./styles/market.css";
import "./styles/system.css";
import "./styles/phone.css";
import "./styles/print.css";

export const metadata: Metadata = {
  title: { default: "Opportunities · PM Endgame Sweep", template: "%s · PM Endgame Sweep" },
  description: "Prediction markets that are all but decided, ranked and explained. Read-only.",
  icons: { icon: "/icon.svg" },
  robots: { index: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f7f6f3" },
    { media: "(prefers-color-scheme: dark)", color: "#101317" },
  ],
};

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* Before the first paint, so that a chosen theme never flashes; a constant of ours, allowed by its hash. */}
        <script dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
      </head>
      <body>
        <a className="skip" href="#main">
          Skip to content
        </a>
        <SiteHeader />
        <main id="main" tabIndex={-1}>
          <TokenGate>{children}</TokenGate>
        </main>
        <footer className="site-footer">
          <p>
            Yields are what a share would pay <em>if</em> its side wins; a loss costs the whole stake. Scores rank, they predict
            nothing. Read-only, no orders, not advice.
          </p>
        </footer>
        <noscript>
          <p className="notice">
            This page needs JavaScript; the same list is at <a href="/v1/opportunities.csv">/v1/opportunities.csv</a>.
          </p>
        </noscript>
      </body>
    </html>
  );
}
