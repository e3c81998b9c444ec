"""A judgement sees time in bands: a recent change of the text, a near deadline."""

from __future__ import annotations

import pytest

from builders import HOUR, NOW
from endgame.domain.bands import deadline_is_near, text_change
from endgame.domain.rule import TextChange


@pytest.mark.parametrize(
    ("changed_at", "band"),
    [
        (None, TextChange.NEVER),
        (NOW, TextChange.RECENT),
        (NOW - 72 * HOUR + 1, TextChange.RECENT),
        (NOW - 72 * HOUR, TextChange.EARLIER),
        (0, TextChange.EARLIER),
        (NOW + HOUR, TextChange.RECENT),
    ],
)
def test_a_change_of_the_text_is_recent_for_72_hours(changed_at: int | None, band: TextChange) -> None:
    assert text_change(changed_at, NOW) is band


@pytest.mark.parametrize(
    ("deadline", "near"),
    [(None, None), (NOW - 1, False), (NOW, True), (NOW + 48 * HOUR - 1, True), (NOW + 48 * HOUR, False)],
)
def test_a_deadline_is_near_in_its_last_48_hours_and_not_when_it_has_passed(
    deadline: int | None, near: bool | None
) -> None:
    assert deadline_is_near(deadline, NOW) is near
