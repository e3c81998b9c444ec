"use client";

import { useMemo, useRef, useState } from "react";
import type { RulesDetail, Side } from "@/lib/api";
import { findingsOf, piecesOf, placesOf } from "@/lib/evidence";
import * as format from "@/lib/format";
import { onlyBites } from "@/lib/odds";
import { DisputeLine } from "./dispute-line";
import { EvidenceMark } from "./evidence-mark";
import { FindingCard } from "./finding-card";
import { OutsideLink } from "./outside-link";
import { RiskOrigin } from "./risk-origin";

interface Props {
  readonly rules: RulesDetail | null;
  /** The favourite, which would be bought. */
  readonly side: Side;
}

/** The rules as the venue wrote them, evidence marked; pointing at a mark, or a press on it, tells every flag about it. */
export function RuleText({ rules, side }: Props) {
  const [picked, setPicked] = useState<number | null>(null);
  const text = useRef<HTMLDivElement>(null);
  const pieces = useMemo(() => (rules ? piecesOf(rules.segments, rules.risk_flags) : []), [rules]);
  if (rules === null) return <p className="soft">No rule text is stored. Unknown risk is never zero risk.</p>;
  const { flags, mitigators } = findingsOf(rules);
  const told = new Set(picked === null ? [] : (pieces[picked]?.flags ?? []).map((flag) => flag.code));
  const goTo = (index: number) => {
    setPicked(index);
    const mark = text.current?.querySelector<HTMLElement>(`[data-piece="${index}"]`);
    mark?.focus({ preventScroll: true });
    mark?.scrollIntoView({ block: "center" });
  };
  return (
    <div className="rule">
      <p className="rule-facts soft">
        Rule risk <strong className="number">{format.score(rules.definition_risk_score)}</strong>
        {rules.settlement_source && (
          <>
            {" · settled by "}
            <OutsideLink url={rules.settlement_source}>{rules.settlement_source}</OutsideLink>
          </>
        )}
        {" · may be challenged for "}
        {format.duration(rules.settlement_window)}
        {rules.truncated && " · the text is cut at 256 KiB"}
        {rules.text_changed_at !== null && ` · its words changed ${format.stamp(rules.text_changed_at)}`}
      </p>
      <DisputeLine rules={rules} />
      <div className="rule-columns">
        <div className="rule-text" dir="auto" ref={text} data-rule-text>
          {pieces.map((piece, index) =>
            piece.flags.length === 0 ? (
              <span key={index}>{piece.text}</span>
            ) : (
              <EvidenceMark key={index} index={index} piece={piece} isPicked={picked === index} onPick={setPicked} />
            ),
          )}
        </div>
        <aside className="legend" aria-label="What the marks mean">
          <h3>
            {flags.length === 0 ? "No flags" : format.counted(flags.length, "flag")}
            {told.size > 1 && <span className="soft"> · {told.size} about this passage</span>}
          </h3>
          <p className="visually-hidden" role="status">
            {picked !== null && `${format.counted(told.size, "flag")}: ${(pieces[picked]?.flags ?? []).map((flag) => `${flag.code}, ${flag.severity}, ${flag.why}`).join("; ")}`}
          </p>
          <ul className="findings">
            {flags.map((flag) => (
              <FindingCard key={flag.code} flag={flag} bites={onlyBites(rules.bites, flag.code)} side={side} isTold={told.has(flag.code)} picked={picked} places={placesOf(pieces, flag.code)} onGo={goTo} />
            ))}
          </ul>
          {mitigators.length > 0 && (
            <>
              <h3>What lowers it</h3>
              <ul className="mitigators">
                {mitigators.map((flag) => (
                  <li key={flag.code}>
                    <span aria-hidden="true">✓ </span>
                    {format.sentence(flag.code)}: <span className="soft">{flag.why}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </aside>
      </div>
      <RiskOrigin rules={rules} />
    </div>
  );
}
