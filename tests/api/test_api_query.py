"""Query parameters: what is taken, what is refused, and what the refusal says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from endgame.api.problems import InvalidParameters
from endgame.api.query import DESCENDING_BY_DEFAULT, FILTERS, LIST_PARAMETERS, read_parameters, selection


def refused(query: str) -> InvalidParameters:
    with pytest.raises(InvalidParameters) as caught:
        read_parameters(QueryParams(query), LIST_PARAMETERS)
    return caught.value


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("min_score=0", "min_score", 0.0),
        ("min_score=1", "min_score", 1.0),
        ("min_score=0.25", "min_score", 0.25),
        ("min_score=5e-1", "min_score", 0.5),
        ("max_risk_score=.5", "max_risk_score", 0.5),
        ("min_net_yield=0.999", "min_net_yield", 0.999),
        ("min_t_remaining_sec=0", "min_t_remaining_sec", 0),
        ("max_t_remaining_sec=9007199254740991", "max_t_remaining_sec", 9007199254740991),
        ("side=YES", "side", "YES"),
        ("side=no", "side", "NO"),
        ("category=sports", "category", "sports"),
        ("has_flags=true", "has_flags", True),
        ("has_flags=FALSE", "has_flags", False),
        ("q=%25_", "q", "%_"),
        (f"q={'x' * 100}", "q", "x" * 100),
        ("limit=200", "limit", 200),
        ("sort=apr", "sort", "apr"),
        ("order=asc", "order", False),
    ],
)
def test_a_value_inside_its_range_is_taken(query: str, name: str, value: object) -> None:
    assert read_parameters(QueryParams(query), LIST_PARAMETERS) == {name: value}


@pytest.mark.parametrize(
    ("query", "name", "reason"),
    [
        ("min_score=-0.01", "min_score", "out of range"),
        ("min_score=1.01", "min_score", "out of range"),
        ("min_score=nan", "min_score", "not a finite decimal number"),
        ("min_score=inf", "min_score", "not a finite decimal number"),
        ("min_score=-Infinity", "min_score", "not a finite decimal number"),
        ("min_score=1e999", "min_score", "out of range"),
        ("min_score=1_0", "min_score", "not a finite decimal number"),
        ("min_score=%D9%A1", "min_score", "not a finite decimal number"),
        ("min_score=+0.5", "min_score", "not a finite decimal number"),
        (f"min_score=0.{'1' * 200}", "min_score", "not a finite decimal number"),
        ("max_risk_score=2", "max_risk_score", "out of range"),
        ("min_net_yield=1", "min_net_yield", "out of range"),
        ("min_net_yield=-1", "min_net_yield", "out of range"),
        ("min_t_remaining_sec=-1", "min_t_remaining_sec", "out of range"),
        ("min_t_remaining_sec=1.5", "min_t_remaining_sec", "not a whole number"),
        ("max_t_remaining_sec=9007199254740992", "max_t_remaining_sec", "out of range"),
        (f"max_t_remaining_sec={'9' * 5000}", "max_t_remaining_sec", "not a whole number"),
        ("side=maybe", "side", "not one of the known values"),
        ("category=Sports", "category", "not one of the known values"),
        ("has_flags=1", "has_flags", "not one of the known values"),
        (f"q={'x' * 101}", "q", "101 characters long"),
        ("q=a%00b", "q", "holds a control character"),
        ("limit=0", "limit", "out of range"),
        ("limit=201", "limit", "out of range"),
        ("sort=title", "sort", "not one of the known values"),
        ("order=descending", "order", "not one of the known values"),
        ("q=", "q", "empty"),
        ("cursor=", "cursor", "empty"),
        ("min_score", "min_score", "empty"),
        ("min_score=0.1&min_score=0.1", "min_score", "given more than once"),
        ("min_scores=0.1", "min_scores", "unknown parameter"),
        ("Min_Score=0.1", "Min_Score", "unknown parameter"),
    ],
)
def test_a_value_outside_is_refused_with_its_name_reason_and_range(query: str, name: str, reason: str) -> None:
    (finding,) = refused(query).findings
    assert (finding.parameter, finding.reason) == (name, reason)
    assert finding.allowed
    assert name in str(refused(query))


def test_the_refused_value_is_told_shortened() -> None:
    assert str(refused("min_score=2")).startswith("min_score '2': out of range; allowed: ")
    assert len(str(refused("limit=" + "9" * 5_000))) < 200


def test_all_findings_of_one_query_are_told_at_once() -> None:
    found = {item.parameter for item in refused("min_score=9&nonsense=1&limit=0&q=").findings}
    assert found == {"min_score", "nonsense", "limit", "q"}


def test_ten_thousand_unknown_parameters_cost_a_short_answer() -> None:
    error = refused("&".join(f"p{number}=1" for number in range(10_000)))
    assert len(error.findings) == 20


def test_an_unknown_name_is_told_shortened() -> None:
    assert len(refused("x" * 5_000 + "=1").findings[0].parameter) == 100


def test_a_repeated_parameter_is_refused_even_when_its_second_value_is_bad() -> None:
    (finding,) = refused("min_score=0.5&min_score=9").findings
    assert finding.reason == "given more than once"


@pytest.mark.parametrize(("sort", "descending"), DESCENDING_BY_DEFAULT.items())
def test_every_sort_has_its_own_direction_unless_told(sort: str, *, descending: bool) -> None:
    assert selection({"sort": sort}).descending is descending
    assert selection({"sort": sort, "order": True}).descending is True
    assert selection({"sort": sort, "order": False}).descending is False


def test_the_order_in_which_filters_are_written_does_not_matter() -> None:
    one = selection(read_parameters(QueryParams("side=yes&min_score=0.50"), LIST_PARAMETERS))
    two = selection(read_parameters(QueryParams("min_score=.5&side=YES&sort=overall_score"), LIST_PARAMETERS))
    assert one.canonical == two.canonical


def test_zero_and_minus_zero_are_one_filter() -> None:
    texts = [selection(read_parameters(QueryParams(f"min_score={zero}"), FILTERS)).canonical for zero in ("0", "-0")]
    assert texts[0] == texts[1]


@given(st.lists(st.tuples(st.sampled_from([item.name for item in LIST_PARAMETERS] + ["x", ""]), st.text(max_size=30))))
def test_no_query_breaks_the_parser(pairs: list[tuple[str, str]]) -> None:
    try:
        values = read_parameters(QueryParams(pairs), LIST_PARAMETERS)
    except InvalidParameters:
        return
    assert set(values) == {name for name, _ in pairs}
