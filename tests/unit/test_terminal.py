"""What the command line draws, and where it asks."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from endgame.errors import ConfigError
from endgame.terminal import _checked, _own_address, _table, plain


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
