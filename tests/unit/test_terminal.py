"""What the command line draws, and where it asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from builders import a_flag, an_assessment
from endgame import terminal
from endgame.domain.rule import Assessment, RuleContext, Severity, Span, Unjudged
from endgame.errors import ConfigError
from endgame.terminal import _checked, _own_address, _table, assessment_text, plain


def an_item(**over: Any) -> dict[str, Any]:
    """One item of the list, as far as the table shows it."""
    return {
        "overall_score": 0.5, "recommended_side": "YES", "outcome_label": "Yes", "entry_price": 0.96,
        "net_yield": 0.03, "yield_velocity": 0.01, "t_remaining_sec": 90_000, "risk_score": 0.1,
        "max_position_pct": 0.05, "title": "Will it rain?", "risk_flags": [{"code": "VAGUE"}], **over,
    }  # fmt: skip


def drawn(*items: dict[str, Any]) -> str:
    """The table as text, wide enough for every column."""
    console = Console(width=220, color_system=None)
    with console.capture() as captured:
        console.print(_table({"items": list(items), "total": len(items), "as_of": None}, "here"))
    return captured.get()


def test_a_row_shows_side_label_price_and_flags() -> None:
    text = drawn(an_item())
    assert " YES Yes " in text
    assert " 0.96 " in text
    assert "1d 1h" in text
    assert "VAGUE" in text
    assert "1 of 1 opportunities, scored not scored yet, from here" in text


def test_a_side_without_a_label_is_only_the_side() -> None:
    text = drawn(an_item(outcome_label=None, recommended_side="NO"))
    assert " NO " in text
    assert "None" not in text


@pytest.mark.parametrize(("price", "shown"), [(0.9985, "0.9985"), (0.99855, "0.99855"), (0.9, "0.9"), (0.999, "0.999")])
def test_a_price_is_not_rounded_to_another_one(price: float, shown: str) -> None:
    assert f" {shown} " in drawn(an_item(entry_price=price))


def test_a_title_cannot_move_the_cursor() -> None:
    text = drawn(an_item(title="a\x1b[2Jb\r\nc", outcome_label="\x1b[31mred"))
    assert "\x1b" not in text
    assert plain("a\x1bb") == "a\u241bb"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104 - what a server may listen on
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("api.example", "http://api.example:80"),
    ],
)
def test_an_api_is_asked_where_it_can_be_reached(host: str, address: str) -> None:
    assert _own_address(host, 80) == address


@pytest.mark.parametrize("url", ["", "host:80", "http://", "http://[::1", "http://x:0", "http://u:p@x", "file:///x"])
def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="--url"):
        _checked(url)


def test_an_address_with_a_prefix_is_taken() -> None:
    assert _checked("https://host.example/pm/") == "https://host.example/pm"


Judge = Callable[[Assessment], None]


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Lets every text be judged as the test says."""

    def judge_as(found: Assessment) -> None:
        monkeypatch.setattr(terminal, "assess", lambda _text, _context: found)

    return judge_as


def assessed(text: str) -> tuple[dict[str, Any], str, str]:
    """The plain data, what is printed, and the same with its colours."""
    data, lines = assessment_text(text, RuleContext())
    printed = []
    for colours in (None, "truecolor"):
        console = Console(width=160, color_system=colours, force_terminal=colours is not None)
        with console.capture() as captured:
            console.print(lines)
        printed.append(captured.get())
    return data, *printed


def test_a_judgement_is_told_with_its_figures_and_whom_it_hurts(judge: Judge) -> None:
    flags = (a_flag("A", severity=Severity.CRITICAL), a_flag("B"), a_flag("C"))
    bites = {"YES": ("A", "B"), "NO": ("B",)}
    judge(an_assessment(0.31, flags=flags, bites=bites, mitigators=(a_flag("M"),), traits=(a_flag("T"),)))
    _, text, _ = assessed("Some rules.")
    assert text.startswith("Some rules.\n")
    assert (
        "definition risk 0.31, dispute 4.0% (from the text alone 3.0%), not paid in full 1.0%, text change 2.0%"
        "  (rulebook test-1)"
    ) in text
    assert "not judged" not in text
    rows = [line.split() for line in text.splitlines() if "of texts" in line]
    assert [row[:2] for row in rows] == [
        ["critical", "A"], ["medium", "B"], ["medium", "C"], ["mitigates", "M"], ["trait", "T"],
    ]  # fmt: skip
    assert [row[-2:] for row in rows] == [["bites", "YES"], *[["of", "texts"]] * 4]


def test_what_could_not_be_judged_is_told_with_what_it_would_have_taken(judge: Judge) -> None:
    judge(
        an_assessment(
            not_judged=(
                Unjudged("RULE_CHANGED", ("text_change",)),
                Unjudged("NEGATED", ("title",)),
                Unjudged("LONG_TITLE", ("title",)),
                Unjudged("SIDES", ("title", "labels")),
            )
        )
    )
    _, text, _ = assessed("Some rules.")
    assert (
        "not judged: RULE_CHANGED needs text_change; NEGATED, LONG_TITLE need title; SIDES needs title, labels" in text
    )


def test_the_words_of_a_flag_are_highlighted_and_the_worst_flag_wins(judge: Judge) -> None:
    mild = a_flag("A", severity=Severity.LOW, evidence_spans=(Span(0, 9),))
    worst = a_flag("B", severity=Severity.CRITICAL, evidence_spans=(Span(5, 9),))
    judge(an_assessment(flags=(worst, mild)))
    data, _, coloured = assessed("Some rule\x1b[2J.")
    assert "\x1b[4;36mSome \x1b[0m\x1b[1;4;37;41mrule\x1b[0m" in coloured
    assert "\x1b[2J" not in coloured
    assert data["segments"] == [
        {"text": "Some ", "flags": ["A"]}, {"text": "rule", "flags": ["A", "B"]}, {"text": "\x1b[2J.", "flags": []},
    ]  # fmt: skip
