/** The keys of the list, as the help shows them. */
export const KEYS: readonly (readonly [readonly string[], string])[] = [
  [["j", "↓"], "next row"],
  [["k", "↑"], "previous row"],
  [["Enter"], "open the market"],
  [["e", "→"], "show the row's score and flags"],
  [["←"], "hide them"],
  [["n", "p"], "next page, first page"],
  [["/"], "search"],
  [["Esc"], "leave the search, close this"],
  [["x"], "clear all filters"],
  [["?"], "this help"],
];

/** True where a key is text for somebody else: a field, a menu, or together with Ctrl, Alt or Meta. */
export function isForSomebodyElse(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  const isField = target?.closest("input, select, textarea, dialog, [contenteditable]") !== null && target !== null;
  return isField || event.ctrlKey || event.metaKey || event.altKey;
}
