"""docs/scoring.md says what the code does: its tables are read and compared."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from endgame.config import ScoringSettings, setting_names
from endgame.domain.score import Gate
from endgame.scoring.notes import notes
from endgame.scoring.score import score
from scoring_reference import Row, columns_of, score_rows

PAGE = (Path(__file__).parents[2] / "docs" / "scoring.md").read_text(encoding="utf-8")


def table_of(section: str, header: str) -> list[list[str]]:
    """Cells of the rows below the table header `header` of a section, without back-quotes."""
    body = PAGE.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    lines = body.split(f"\n{header}\n", 1)[1].splitlines()[1:]
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip().strip("`") for cell in row.split("|")[1:-1]] for row in rows]


def the_example() -> Row:
    fields: dict[str, Any] = {
        name: value if name == "category" else float(value)
        for name, value in table_of("Worked example", "| input | value |")
    }
    return Row(**fields)


WORKED = [(name, value) for name, _, value in table_of("Worked example", "| quantity | worked | value |")]


def test_the_gates_are_listed_in_their_order():
    assert [row[0] for row in table_of("Gates", "| gate | fails when | why |")] == [gate.value for gate in Gate]


@pytest.mark.parametrize(("name", "value"), WORKED)
def test_the_worked_example_comes_out_to_the_printed_digits(name: str, value: str):
    digits = len(value.partition(".")[2])
    scored = getattr(score(columns_of([the_example()]), 0, ScoringSettings()), name)[0]
    (plain,) = score_rows([the_example()], 0, ScoringSettings())
    assert f"{scored:.{digits}f}" == value
    assert f"{plain[name]:.{digits}f}" == value


def test_the_worked_example_shows_every_figure():
    shown = {name for name, _ in WORKED}
    assert {row[0] for row in table_of("Figures", "| quantity | formula | unit | why |")} <= shown
    assert {f"term_{row[0]}" for row in table_of("Score", "| term | formula |")} <= shown


def test_the_notes_of_the_example_are_those_of_the_page():
    quoted = re.findall(r"^> (.*)$", PAGE, flags=re.MULTILINE)
    scored = score(columns_of([the_example()]), 0, ScoringSettings())
    assert tuple(quoted) == notes(scored, 0, depth_target_usd=ScoringSettings().bounds.depth_target_usd)


def test_every_scoring_setting_is_listed_with_its_default():
    listed = dict(table_of("Settings", "| setting | default |"))
    assert listed == {name: str(info.default) for name, info in setting_names() if name.startswith("scoring.")}


def test_the_best_conceivable_score_is_the_one_of_the_page():
    weights = ScoringSettings().weights
    assert f"scores {weights.w1 + weights.w2 + weights.w3:.2f}" in PAGE
