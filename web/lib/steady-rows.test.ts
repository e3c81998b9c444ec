import { describe, expect, it } from "vitest";
import type { Opportunities } from "./api";
import { answerToTake, type Answered } from "./steady-rows";

const anAnswer = (total: number): Opportunities => ({ items: [], next_cursor: null, total, as_of: null });
const [one, two, three] = [anAnswer(1), anAnswer(2), anAnswer(3)];
const given = (query: string, answer?: Opportunities): Answered => ({ answer, query });

describe("the answer that the rows change to", () => {
  it("is the first one when its deferred turn has come", () => {
    expect(answerToTake(given(""), given("", one), given(""))).toBeUndefined();
    expect(answerToTake(given(""), given("", one), given("", one))).toBe(one);
  });

  it("is a refresh when its deferred turn has come, not before", () => {
    expect(answerToTake(given("", one), given("", two), given("", one))).toBeUndefined();
    expect(answerToTake(given("", one), given("", two), given("", two))).toBe(two);
  });

  it("is the answer to a new question at once, whatever is still deferred", () => {
    expect(answerToTake(given("", one), given("q=a", two), given("", one))).toBe(two);
  });

  it("is none while a new question is unanswered: a late refresh of the old one is not taken for it", () => {
    expect(answerToTake(given("", one), given("q=a"), given("", two))).toBeUndefined();
  });

  it("is never that of the question before, when a new one is renewed while the old one is still deferred", () => {
    expect(answerToTake(given("q=a", two), given("q=a", three), given("", one))).toBeUndefined();
  });

  it("is none when the newest is shown: older ones that come late are not gone back to", () => {
    expect(answerToTake(given("", two), given("", two), given("", one))).toBeUndefined();
  });
});
