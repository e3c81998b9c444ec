/** The URL is the state: a view of the list to and from its query string. Unknown or damaged parts are left out. */

export const CATEGORIES = [
  "sports", "crypto", "politics", "geopolitics", "economics", "finance", "tech", "culture", "weather", "mentions", "other",
] as const;
export const SORTS = ["overall_score", "net_yield", "yield_velocity", "apr", "t_remaining_sec", "risk_score"] as const;
export type Sort = (typeof SORTS)[number];
export type Order = "asc" | "desc";
export const LIMITS = [25, 50, 100, 200] as const;
export const DEFAULT_LIMIT = 50;
export const MAX_SEARCH = 100;
const LARGEST_SEC = 2 ** 53 - 1;

/** What the list is narrowed to, by the API's own names; a missing key is no filter. */
export interface Filters {
  readonly q?: string;
  readonly side?: "YES" | "NO";
  readonly category?: (typeof CATEGORIES)[number];
  readonly min_score?: number;
  readonly max_risk_score?: number;
  readonly min_net_yield?: number;
  readonly min_t_remaining_sec?: number;
  readonly max_t_remaining_sec?: number;
  readonly has_flags?: boolean;
}
export type FilterName = keyof Filters;

export interface View {
  readonly filters: Filters;
  readonly sort: Sort;
  readonly order: Order;
  readonly limit: number;
  /** Where the page begins; absent on the first. */
  readonly cursor?: string;
}

const ASCENDING: readonly Sort[] = ["t_remaining_sec", "risk_score"];

/** The direction in which a sort key is most wanted. */
export function usualOrder(sort: Sort): Order {
  return ASCENDING.includes(sort) ? "asc" : "desc";
}

type Reader<T> = (text: string) => T | undefined;

const fraction =
  (isAllowed: (value: number) => boolean): Reader<number> =>
  (text) => {
    const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
    return isAllowed(value) ? value : undefined;
  };
const seconds: Reader<number> = (text) => {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return value <= LARGEST_SEC ? value : undefined;
};
const oneOf =
  <T extends string>(allowed: readonly T[]): Reader<T> =>
  (text) =>
    allowed.find((one) => one === text);

const READERS: { readonly [Name in FilterName]-?: Reader<NonNullable<Filters[Name]>> } = {
  q: (text) => text.replace(/[\u0000-\u001f\u007f]/g, "").slice(0, MAX_SEARCH) || undefined,
  side: oneOf(["YES", "NO"] as const),
  category: oneOf(CATEGORIES),
  min_score: fraction((value) => value >= 0 && value <= 1),
  max_risk_score: fraction((value) => value >= 0 && value <= 1),
  min_net_yield: fraction((value) => value >= 0 && value < 1),
  min_t_remaining_sec: seconds,
  max_t_remaining_sec: seconds,
  has_flags: (text) => (text === "true" ? true : text === "false" ? false : undefined),
};
export const FILTER_NAMES = Object.keys(READERS) as FilterName[];

/** One filter from its text; undefined when it cannot be used. */
export function readFilter<Name extends FilterName>(name: Name, text: string): Filters[Name] {
  return READERS[name](text) as Filters[Name];
}

/** `filters` with one of them set, or taken away. */
export function withFilter<Name extends FilterName>(filters: Filters, name: Name, value: Filters[Name]): Filters {
  const { [name]: old, ...others } = filters;
  return value === undefined ? others : { ...others, [name]: value };
}

export function viewOf(query: URLSearchParams): View {
  const filters: Record<string, unknown> = {};
  for (const name of FILTER_NAMES) {
    const text = query.get(name);
    const value = text === null ? undefined : readFilter(name, text);
    if (value !== undefined) filters[name] = value;
  }
  const sort = oneOf(SORTS)(query.get("sort") ?? "") ?? "overall_score";
  const limit = LIMITS.find((one) => String(one) === query.get("limit")) ?? DEFAULT_LIMIT;
  const order = oneOf(["asc", "desc"] as const)(query.get("order") ?? "") ?? usualOrder(sort);
  const cursor = query.get("cursor");
  return { filters: filters as Filters, sort, order, limit, ...(cursor ? { cursor } : {}) };
}

/** Filters, sort and order as the API takes them; what is usual is left out, so that a bare view has a bare URL. */
export function questionOf(view: View): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const value = view.filters[name];
    if (value !== undefined) query.set(name, String(value));
  }
  if (view.sort !== "overall_score") query.set("sort", view.sort);
  if (view.order !== usualOrder(view.sort)) query.set("order", view.order);
  return query;
}

/** The whole view as a query string of the page; it is also what the API is asked. */
export function queryOf(view: View): string {
  const query = questionOf(view);
  if (view.limit !== DEFAULT_LIMIT) query.set("limit", String(view.limit));
  if (view.cursor !== undefined) query.set("cursor", view.cursor);
  return query.toString();
}

/** The view after a press on a column: again on the same one turns it round. Any new question begins on its first page. */
export function sortedBy(view: View, sort: Sort): View {
  const order = view.sort === sort ? (view.order === "asc" ? "desc" : "asc") : usualOrder(sort);
  return firstPage({ ...view, sort, order });
}

export function firstPage(view: View): View {
  const { cursor, ...first } = view;
  return first;
}
