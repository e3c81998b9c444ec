"""Flags survive the way into JSON and back, with exactly the keys of the contract."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from endgame.domain.flags_json import flag_fields, flags_from_json, flags_to_json
from endgame.domain.rule import Flag, Severity, Span

spans = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 10**6), st.integers(1, 500))
flags = st.lists(
    st.builds(
        Flag,
        code=st.text(min_size=1, max_size=30),
        severity=st.sampled_from(Severity),
        why=st.text(max_size=80),
        base_rate=st.floats(0, 1),
        evidence_spans=st.lists(spans, max_size=4).map(tuple),
    ),
    max_size=5,
)


@given(flags)
def test_flags_come_back_as_they_went(given_flags: list[Flag]):
    text = flags_to_json(given_flags)
    assert flags_from_json(text) == tuple(given_flags)
    assert flags_to_json(flags_from_json(text)) == text


def test_a_flag_has_exactly_the_keys_of_the_contract():
    flag = Flag(code="A", severity=Severity.HIGH, why="w", base_rate=0.1, evidence_spans=(Span(1, 4),))
    expected = {
        "code": "A",
        "severity": "high",
        "why": "w",
        "base_rate": 0.1,
        "evidence_spans": [{"start": 1, "end": 4}],
    }
    assert flag_fields(flag) == expected
    assert json.loads(flags_to_json([flag])) == [expected]
