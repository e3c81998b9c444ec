"""Flags survive the way into JSON and back, with exactly the keys of the contract."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from builders import a_flag, an_assessment
from endgame.domain.flags_json import assessment_fields, flag_fields, flags_of
from endgame.domain.rule import Contribution, Flag, Severity, Span, Unjudged

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
    sent = json.loads(json.dumps([flag_fields(flag) for flag in given_flags]))
    assert flags_of(sent) == tuple(given_flags)


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


def test_a_judgement_as_plain_data_leaves_no_field_out_and_names_both_sides():
    found = an_assessment(
        traits=(a_flag("T"),),
        contributions=(Contribution("BASE", -4.0),),
        bites={"NO": ("A", "B")},
        not_judged=(Unjudged("R", ("text_change", "labels")),),
    )
    plain = assessment_fields(found)
    renamed = {"flags": "risk_flags"}
    assert set(plain) == {renamed.get(name, name) for name in found.__struct_fields__}
    assert plain["traits"] == [flag_fields(a_flag("T"))]
    assert plain["contributions"] == [{"code": "BASE", "log_odds": -4.0}]
    assert plain["bites"] == {"YES": [], "NO": ["A", "B"]}
    assert plain["not_judged"] == [{"code": "R", "missing": ["text_change", "labels"]}]
    assert json.loads(json.dumps(plain)) == plain
