"""docs/risk.md: written from the rulebook, up to date, and nothing left out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from endgame.domain.rule import Concern
from endgame.scoring.rulebook import MITIGATORS, RULES, TRAITS
from endgame.scoring.weights import weights

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "generate_risk_page.py"
PAGE = (ROOT / "docs" / "risk.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
FINDINGS = [*RULES, *MITIGATORS, *TRAITS]


def test_the_page_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_has_a_section_for_everything_that_can_be_found_and_for_nothing_else() -> None:
    assert list(SECTIONS) == [finding.code for finding in FINDINGS]


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.code)
def test_a_section_tells_reason_base_rate_evidence_and_texts_of_both_kinds(finding) -> None:
    section = SECTIONS[finding.code]
    assert finding.why.split("`")[0][:30].replace("_", "\\_") in section
    assert f"in {finding.base_rate:.1%} of ordinary open markets" in section
    assert "| fires on | stays silent on |" in section
    assert len(re.findall(r"^\| (?!fires on).+ \| .+ \|$", section, re.MULTILINE)) == 3
    learned = weights().findings.get(finding.code)
    if getattr(finding, "concern", None) is Concern.PAYOFF:
        assert "no part of the dispute probability" in section
    elif learned is None or learned.lift is None:
        assert "a stated prior" in section
    else:
        assert f"weight {learned.log_odds:+.2f}" in section
        assert f"{learned.disputed} of {learned.markets:,} labelled markets" in section
        assert f"lift {learned.lift:.2f}" in section


def test_every_table_has_rows_of_one_width() -> None:
    for table in re.findall(r"(?:^\|.*\|\n)+", PAGE, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table[:200]


def test_the_page_says_how_well_the_weights_hold_and_what_they_do_not_say() -> None:
    for words in ("area under the curve", "95 % interval", "baseline: tf-idf", "said between", "seen",
                  "## What the numbers do not say", "Payoff.", "Text change."):  # fmt: skip
        assert words in PAGE
