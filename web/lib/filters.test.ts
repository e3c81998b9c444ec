import { describe, expect, it } from "vitest";
import { DEFAULT_LIMIT, FILTER_NAMES, firstPage, queryOf, questionOf, sortedBy, viewOf, withFilter, type View } from "./filters";

const view = (text: string) => viewOf(new URLSearchParams(text));

describe("a view and its URL", () => {
  it("a bare URL is the usual view, and the usual view has a bare URL", () => {
    expect(view("")).toEqual({ filters: {}, sort: "overall_score", order: "desc", limit: DEFAULT_LIMIT });
    expect(queryOf(view(""))).toBe("");
  });

  it.each([
    "q=rain+%26+snow&side=NO&category=weather&min_score=0.25&max_risk_score=0.5&min_net_yield=0.01&min_t_remaining_sec=3600&max_t_remaining_sec=86400&has_flags=false&sort=apr&order=asc&limit=100&cursor=abc%2B%2F%3D",
    "q=%F0%9F%8E%89+%D7%A9%D7%9C%D7%95%D7%9D",
    "sort=t_remaining_sec&order=desc",
    "has_flags=true",
  ])("goes there and back unchanged: %s", (text) => {
    expect(queryOf(view(text))).toBe(text);
    expect(view(queryOf(view(text)))).toEqual(view(text));
  });

  it("leaves out what is usual: the default order of a sort key", () => {
    expect(queryOf(view("sort=t_remaining_sec&order=asc"))).toBe("sort=t_remaining_sec");
    expect(queryOf(view("sort=overall_score&order=desc&limit=50"))).toBe("");
  });

  it.each([
    "min_score=2", "min_score=-1", "min_score=abc", "min_score=", "min_net_yield=1", "max_t_remaining_sec=1.5",
    "max_t_remaining_sec=99999999999999999", "side=maybe", "category=cats", "has_flags=1", "sort=title", "order=up",
    "limit=7", "limit=9999", "q=", "unknown=1", "cursor=", "__proto__=x", "min_score=1e999",
  ])("leaves out what the API would refuse: %s", (text) => {
    expect(view(text)).toEqual(view(""));
  });

  it("cuts a search to what the API takes and drops control characters", () => {
    expect(view(`q=${"a".repeat(150)}`).filters.q).toHaveLength(100);
    expect(view("q=a%00b%0Ac").filters.q).toBe("abc");
  });

  it("the CSV is the same question without paging", () => {
    expect(questionOf(view("side=YES&sort=apr&limit=100&cursor=abc")).toString()).toBe("side=YES&sort=apr");
  });
});

describe("changes of a view", () => {
  const somewhere: View = view("side=YES&cursor=abc&sort=apr");

  it("a filter set to nothing is no filter", () => {
    expect(withFilter({ side: "YES" }, "side", undefined)).toEqual({});
    expect(withFilter({ side: "YES" }, "min_score", 0)).toEqual({ side: "YES", min_score: 0 });
  });

  it("sorting begins on the first page, and again on the same column turns round", () => {
    const once = sortedBy(somewhere, "net_yield");
    expect(once).toMatchObject({ sort: "net_yield", order: "desc", filters: { side: "YES" } });
    expect(once.cursor).toBeUndefined();
    expect(sortedBy(once, "net_yield").order).toBe("asc");
    expect(sortedBy(somewhere, "risk_score").order).toBe("asc");
  });

  it("the first page keeps everything but the cursor", () => {
    expect(queryOf(firstPage(somewhere))).toBe("side=YES&sort=apr");
  });

  it("knows every filter of the contract", () => {
    expect([...FILTER_NAMES].sort()).toEqual(
      ["category", "has_flags", "max_risk_score", "max_t_remaining_sec", "min_net_yield", "min_score", "min_t_remaining_sec", "q", "side"],
    );
  });
});
