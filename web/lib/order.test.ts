import { describe, expect, it } from "vitest";
import { anOpportunity } from "@/tests/builders";
import { changedColumns } from "./columns";
import { freshRows, heldRows } from "./order";

const ids = (rows: readonly { item: { market_id: string } }[]) => rows.map((row) => row.item.market_id);
const [one, two, three] = [anOpportunity(1), anOpportunity(2), anOpportunity(3)];

describe("a refresh while somebody points", () => {
  const shown = freshRows([one, two]).rows;

  it("moves no row, and gives each its new figures", () => {
    const better = anOpportunity(2, { overall_score: 0.9 });
    const held = heldRows(shown, [better, one]);
    expect(ids(held.rows)).toEqual(["0x1", "0x2"]);
    expect(held.rows[1]?.item.overall_score).toBe(0.9);
    expect(held.isHeld).toBe(true);
  });

  it("keeps the place of a row that left, and says that it did", () => {
    const held = heldRows(shown, [two]);
    expect(held.rows.map((row) => row.isGone)).toEqual([true, false]);
  });

  it("lets new rows wait and counts them", () => {
    const held = heldRows(shown, [three, one, two]);
    expect(ids(held.rows)).toEqual(["0x1", "0x2"]);
    expect(held.waiting).toBe(1);
  });

  it("holds nothing when nothing would move", () => {
    expect(heldRows(shown, [anOpportunity(1, { net_yield: 0.01 }), two]).isHeld).toBe(false);
  });

  it("a row that comes back is no longer gone", () => {
    const gone = heldRows(shown, [two]).rows;
    expect(heldRows(gone, [one, two]).rows.map((row) => row.isGone)).toEqual([false, false]);
  });
});

describe("changed cells", () => {
  it("are those whose text differs", () => {
    expect([...changedColumns(one, anOpportunity(1, { net_yield: 0.03, entry_price: 0.97 }))]).toEqual(["entry_price", "net_yield"]);
  });

  it("a change that nobody can read, time that passes, and a new row are no change", () => {
    expect(changedColumns(one, anOpportunity(1, { net_yield: 0.03850001, t_remaining_sec: 5 })).size).toBe(0);
    expect(changedColumns(undefined, one).size).toBe(0);
  });
});
