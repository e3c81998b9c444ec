import { describe, expect, it } from "vitest";
import { aFlag } from "@/tests/builders";
import { byGravity, gravest, piecesOf, placesOf } from "./evidence";

const FLAGS = [aFlag("SOFT", "low"), aFlag("GRAVE", "critical"), aFlag("MIDDLING", "medium")];

describe("pieces of a rule text", () => {
  it("joined they are the text, whatever it is written in", () => {
    const segments = [
      { text: "Résumé 👩‍👩‍👧 ", flags: [] },
      { text: "שלום עולם", flags: ["SOFT"] },
      { text: "\n\u202eevil <b>x</b>", flags: ["GRAVE", "SOFT"] },
    ];
    const pieces = piecesOf(segments, FLAGS);
    expect(pieces.map((piece) => piece.text).join("")).toBe(segments.map((segment) => segment.text).join(""));
    expect(pieces.map((piece) => piece.flags.map((flag) => flag.code))).toEqual([[], ["SOFT"], ["GRAVE", "SOFT"]]);
  });

  it("several flags of one piece are all there, the gravest first", () => {
    const [piece] = piecesOf([{ text: "x", flags: ["SOFT", "MIDDLING", "GRAVE"] }], FLAGS);
    expect(piece?.flags.map((flag) => flag.code)).toEqual(["GRAVE", "MIDDLING", "SOFT"]);
    expect(gravest(piece?.flags ?? [])).toBe("critical");
  });

  it("a code that no flag explains is not marked", () => {
    expect(piecesOf([{ text: "x", flags: ["UNHEARD_OF"] }], FLAGS)[0]?.flags).toEqual([]);
  });

  it("a text without segments has no pieces, and no flags no gravity", () => {
    expect(piecesOf([], FLAGS)).toEqual([]);
    expect(gravest([])).toBeNull();
  });

  it("finds every passage of a flag", () => {
    const pieces = piecesOf([{ text: "a", flags: ["SOFT"] }, { text: "b", flags: [] }, { text: "c", flags: ["GRAVE", "SOFT"] }], FLAGS);
    expect(placesOf(pieces, "SOFT")).toEqual([0, 2]);
    expect(placesOf(pieces, "MIDDLING")).toEqual([]);
  });

  it("what weighs the same keeps its order", () => {
    const same = [aFlag("B"), aFlag("A"), aFlag("C")];
    expect(byGravity(same).map((flag) => flag.code)).toEqual(["B", "A", "C"]);
  });
});
