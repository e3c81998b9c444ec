"use client";

import { useKept } from "@/lib/kept";
import { showTheme, THEME_KEY, themeOf, THEMES } from "@/lib/theme";

const SIGNS = { auto: "◐", light: "☀", dark: "☾" } as const;

/** One button that goes round: auto, light, dark. */
export function ThemeSwitch() {
  const [kept, keep] = useKept(THEME_KEY, "auto");
  const theme = themeOf(kept);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  const change = () => {
    showTheme(next);
    keep(next);
  };
  return (
    <button type="button" className="quiet theme-switch" onClick={change} title={`Theme: ${theme}. Change to ${next}`}>
      <span aria-hidden="true">{SIGNS[theme]}</span>
      <span className="visually-hidden">Theme: {theme}. Change to {next}</span>
    </button>
  );
}
