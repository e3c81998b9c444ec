"""Writes docs/risk.md from the rulebook's literals, its weights and their evaluation; `--check` only compares."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from endgame.domain.rule import Concern
from endgame.scoring.reading import Case, Finding, RiskRule
from endgame.scoring.risk import CREDIT_CAP, PROBABILITY_AT_HALF, risk_score
from endgame.scoring.rulebook import MITIGATORS, RULEBOOK_VERSION, RULES, TRAITS
from endgame.scoring.weights import Weight, weights

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "risk.md"
EVALUATION = ROOT / "calibration" / "evaluation.json"
SHOWN = 3


def main() -> int:
    text = page()
    if "--check" in sys.argv[1:]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print("docs/risk.md is out of date: run 'make risk-page' and commit what it writes", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


def page() -> str:
    """The whole page."""
    measured = json.loads(EVALUATION.read_text(encoding="utf-8"))
    return "\n".join([*head(measured), *entries(), ""])


def head(measured: dict[str, Any]) -> Iterator[str]:
    """What the numbers mean, and how well they hold."""
    learned = weights()
    yield from (
        "# Definition risk",
        "",
        "<!-- written by scripts/generate_risk_page.py from the rulebook; do not edit by hand -->",
        "",
        (
            f"Rulebook {RULEBOOK_VERSION}: {len(RULES)} flags, {len(MITIGATORS)} mitigators, {len(TRAITS)}"
            " traits. Every finding shows the words that triggered it, or says what is missing."
        ),
        "",
        (
            "Three risks are kept apart. **Dispute**: the outcome is fought over; the money waits for days and"
            " can go to the other side. **Payoff**: nobody is paid in full, because the market is void and pays"
            " half. **Text change**: the rules move while you hold."
        ),
        "",
        "## From findings to a score",
        "",
        "```",
        "log-odds of a dispute = BASE + the weight of every flag, mitigator and trait that is found",
        "text_dispute_probability = 1 / (1 + exp(-log-odds))",
        f"definition_risk_score = p / (p + {PROBABILITY_AT_HALF})",
        "```",
        "",
        (
            "The score is the probability on a scale that uses the whole of [0, 1], and leads back to it:"
            f" `p = {PROBABILITY_AT_HALF} * s / (1 - s)`."
        ),
        "",
        "| dispute probability | " + " | ".join(f"{p:.1%}" for p in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)) + " |",
        "|---|" + "---|" * 7,
        "| score | " + " | ".join(f"{risk_score(p):.2f}" for p in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)) + " |",
        "",
        (
            f"BASE is {learned.base:+.2f}. A flag weighs 0 or more, a mitigator 0 or less (together at most"
            f" {CREDIT_CAP:g}), a trait either way: it says what kind of question is asked, which flags stand"
            " in the light of. Wording found in more than a quarter of ordinary texts weighs nothing."
            " `dispute_probability` looks at volume and planned duration as well, with weights of its own,"
            " where they are known; the score does not, but for the flag of large sums on wording that can be fought"
            " over."
        ),
        "",
        (
            "Each weight is a shrunk log-lift beside all other findings: the most likely value under a normal"
            " prior around the literal's own (hand-set) prior. A finding that no labelled market carries keeps"
            " that prior, and says so below."
        ),
        "",
        "## How well it holds",
        "",
        (
            f"{measured['markets']:,} markets created in 2024 and closed before August 2025, in"
            f" {measured['events']:,} events, {measured['disputed']} of them disputed on chain. Five folds that"
            " keep each event together, drawn five times: what is judged has never been seen, nor has a sibling"
            " of it. Intervals (95 %) come from resampling events. `make rulebook-weights` prints and writes"
            " these tables."
        ),
        "",
        "| model | area under the curve | 95 % interval | over the drawings |",
        "|---|---|---|---|",
    )
    for name, row in measured["auc"].items():
        yield (
            f"| {name} | {row['auc']:.3f} | {row['low']:.3f} to {row['high']:.3f} | {row['lowest']:.3f} to"
            f" {row['highest']:.3f} |"
        )
    yield from ("", "Said and seen, from text and structure alone, on unseen markets:", "")
    yield from reliability(measured["reliability"])
    yield from ("", "With volume and duration:", "")
    yield from reliability(measured["reliability_with_stakes"])
    payoff, change = measured["payoff"], measured["text_change"]
    yield from (
        "",
        (
            f"**Payoff.** {payoff['with_clause']['split']} of {payoff['with_clause']['markets']:,} markets with"
            f" a void or 50-50 clause paid half, {payoff['without_clause']['split']} of"
            f" {payoff['without_clause']['markets']:,} without: `payoff_risk` is {learned.payoff_clause:.2%} or"
            f" {learned.payoff_base:.2%}. Such a clause does not make a dispute likelier."
        ),
        "",
        (
            f"**Text change.** {change['changed']} of {change['watched']} open markets that were recorded more"
            f" than once had changed in sense: `text_change_risk` is {learned.text_change_base:.2%}, and"
            f" {learned.text_changed_before:.0%} (a stated prior, nothing recorded tells it) for a text that"
            " has changed before."
        ),
        "",
        "## What the numbers do not say",
        "",
        (
            "* They are of 2024. Since August 2025 only chosen proposers may propose, and disputes are fewer:"
            " the order of markets should hold better than the level of the probabilities."
        ),
        "* A dispute is mostly a delay. How often one turns the outcome is not measured here.",
        (
            f"* {measured['disputed']} disputes are few: an interval of a lift that reaches from below 1 to above"
            " says that nothing is known."
        ),
        (
            "* Volumes are those of closed records, the final ones: they hold what was traded during a dispute as"
            " well. The figure with volume is kinder than one that could be had while a market is open; the"
            " baseline's with all that the model is told has the same advantage."
        ),
        (
            "* Texts are the final ones too: a remark that was added after a dispute stands in them. The second line"
            " of the table leaves the traits out that such a remark brings (`WORDING_NOTE`, `WORDING_RESCHEDULED`)."
        ),
        (
            "* The width of the priors, the knots of the lines and the cap on mitigators were chosen with these"
            " markets in view, outside the folds."
        ),
        (
            "* The baseline is tf-idf with a logistic regression, as anybody would set it up; a more careful one"
            " reached 0.71 and 0.76."
        ),
        (
            "* Some titles and rules of the traits were chosen with these markets in view, so that the figures"
            " above are somewhat kind; `python -m calibration score --data DIR` judges other markets with the"
            " weights as released."
        ),
        "",
    )


def reliability(rows: Iterable[dict[str, float]]) -> Iterator[str]:
    """A reliability table."""
    yield "| said between | markets | mean said | disputed | seen | 95 % interval |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        yield (
            f"| {row['from']:.1%} and {row['to']:.1%} | {row['markets']:,} | {row['said']:.2%} | {row['disputed']} |"
            f" {row['seen']:.2%} | {row['seen_low']:.2%} to {row['seen_high']:.2%} |"
        )


def entries() -> Iterator[str]:
    """Every finding with its reason, numbers and texts."""
    for title, findings in (("Flags", RULES), ("Mitigators", MITIGATORS), ("Traits", TRAITS)):
        yield from (f"## {title}", "")
        for finding in findings:
            yield from entry(finding)


def entry(finding: Finding) -> Iterator[str]:
    """One finding."""
    yield from (f"### {finding.code}", "", escaped(finding.why), "")
    if isinstance(finding, RiskRule):
        side = "both sides" if finding.bites is None else f"the holder of {finding.bites.value}"
        yield f"* severity {finding.severity.value}, {finding.concern.value.replace('_', ' ')} risk, bites {side}"
        yield f"* learned from: {escaped(finding.motive)}"
        if finding.raised_by:
            yield f"* becomes high beside {', '.join(finding.raised_by)}"
    if finding.needs:
        yield f"* needs {', '.join(f'`{name}`' for name in finding.needs)}"
    yield f"* in {finding.base_rate:.1%} of ordinary open markets; {evidence(finding)}"
    yield from ("", "| fires on | stays silent on |", "|---|---|")
    for loud, quiet in list(zip(finding.fires, finding.silent, strict=False))[:SHOWN]:
        yield f"| {shown(loud)} | {shown(quiet)} |"
    yield ""


def evidence(finding: Finding) -> str:
    """Weight, counts and lift of a finding, or that it has none."""
    if isinstance(finding, RiskRule) and finding.concern is Concern.PAYOFF:
        return "no part of the dispute probability"
    weight: Weight | None = weights().findings.get(finding.code)
    if weight is None or weight.lift is None:
        return f"no labelled market carries it: weight {finding.prior:+.2f}, a stated prior"
    found = (
        f"weight {weight.log_odds:+.2f} (prior {finding.prior:+.2f}, {weight.log_odds_at_stake:+.2f} beside"
        " volume and duration)"
    )
    lift = (
        f"lift {weight.lift:.2f} [{weight.lift_low:.2f}, {weight.lift_high:.2f}]"
        if weight.lift_low is not None and weight.lift_high is not None
        else f"lift {weight.lift:.2f}"
    )
    return (
        f"{found}; {weight.disputed} of {weight.markets:,} labelled markets ({weight.events:,} events) disputed, {lift}"
    )


def shown(case: Case) -> str:
    """A case on one line of a table."""
    context = case.context
    parts = [f"*{escaped(context.title)}*"] if context.title else []
    parts += [escaped(case.text)] if case.text else []
    for name in (
        "group_title",
        "labels",
        "category",
        "neg_risk",
        "oracle_status",
        "text_change",
        "family_disputed",
        "volume_usd",
    ):
        value = getattr(context, name)
        if value is not None:
            parts.append(f"({name}: {escaped(str(value))})")
    if context.oracle_history:
        parts.append(f"(oracle_history: {', '.join(context.oracle_history)})")
    if context.game_start_time is not None:
        parts.append("(game_start_time given)")
    if context.truncated:
        parts.append("(truncated)")
    line = " ".join(" ".join(parts).split()) or "(nothing)"
    return line if len(line) <= 260 else line[:257] + "…"


def escaped(text: str) -> str:
    """Text that a Markdown table shows as it is."""
    for char in "\\|*_<>`[]":
        text = text.replace(char, "\\" + char)
    return text


if __name__ == "__main__":
    sys.exit(main())
