"""Query parameters as data: one table gives the parsing, the refusal and the OpenAPI text of each.

Unknown, repeated and empty parameters are refused, never ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.datastructures import QueryParams

from endgame.api.problems import Finding, InvalidParameters
from endgame.domain.market import Category, Side

MAX_LIMIT: Final = 200
DEFAULT_LIMIT: Final = 50
MAX_SEARCH: Final = 100
DEFAULT_SORT: Final = "overall_score"
DESCENDING_BY_DEFAULT: Final[Mapping[str, bool]] = {
    "overall_score": True,
    "net_yield": True,
    "yield_velocity": True,
    "apr": True,
    "t_remaining_sec": False,
    "risk_score": False,
}
"""Sort keys and whether each runs from high to low unless `order` says otherwise (SPEC §12)."""

_LARGEST_WHOLE: Final = 2**53 - 1
_DECIMAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE: Final = re.compile(r"-?\d{1,40}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SHOWN_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter. `parse` raises ValueError with the reason; `allowed` says what would do."""

    name: str
    description: str
    allowed: str
    schema: Mapping[str, Any]
    parse: Callable[[str], Any]

    def openapi(self) -> dict[str, Any]:
        """The parameter object of OpenAPI 3.1."""
        return {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": f"{self.description} Allowed: {self.allowed}.",
            "schema": dict(self.schema),
        }


def _fraction(name: str, description: str, *, below_one: bool = False) -> Parameter:
    def parse(text: str) -> float:
        if len(text) > MAX_SEARCH or not _DECIMAL.fullmatch(text):
            raise ValueError("not a finite decimal number")
        value = float(text)
        if not (0 <= value < 1 if below_one else 0 <= value <= 1) or not math.isfinite(value):
            raise ValueError("out of range")
        return value + 0.0  # -0 and 0 are one filter

    upper: dict[str, Any] = {"exclusiveMaximum": 1} if below_one else {"maximum": 1}
    allowed = "a number from 0 to below 1" if below_one else "a number from 0 to 1"
    return Parameter(name, description, allowed, {"type": "number", "minimum": 0, **upper}, parse)


def _whole(name: str, description: str, low: int, high: int, *, default: int | None = None) -> Parameter:
    def parse(text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise ValueError("not a whole number")
        value = int(text)
        if not low <= value <= high:
            raise ValueError("out of range")
        return value

    schema: dict[str, Any] = {"type": "integer", "minimum": low, "maximum": high}
    if default is not None:
        schema["default"] = default
    return Parameter(name, description, f"a whole number from {low} to {high}", schema, parse)


def _choice(
    name: str, description: str, values: Mapping[str, Any], *, fold: Callable[[str], str] = str, default: str = ""
) -> Parameter:
    def parse(text: str) -> Any:
        folded = fold(text)
        if folded not in values:
            raise ValueError("not one of the known values")
        return values[folded]

    schema: dict[str, Any] = {"type": "string", "enum": list(values)}
    if default:
        schema["default"] = default
    return Parameter(name, description, "one of " + ", ".join(values), schema, parse)


def _search(text: str) -> str:
    if len(text) > MAX_SEARCH:
        raise ValueError(f"{len(text)} characters long")
    if _CONTROL.search(text):
        raise ValueError("holds a control character")
    return text


FILTERS: Final[tuple[Parameter, ...]] = (
    _fraction("min_score", "Least overall_score, inclusive."),
    _whole("max_t_remaining_sec", "Most seconds to the close, inclusive.", 0, _LARGEST_WHOLE),
    _whole("min_t_remaining_sec", "Least seconds to the close, inclusive.", 0, _LARGEST_WHOLE),
    _fraction("max_risk_score", "Most risk_score, inclusive."),
    _fraction("min_net_yield", "Least net_yield in $/share, inclusive.", below_one=True),
    _choice("side", "Recommended side.", {side.value: side.value for side in Side}, fold=str.upper),
    _choice("category", "Category of the market.", {item.value: item.value for item in Category}),
    _choice(
        "has_flags",
        "With (true) or without (false) definition-risk flags.",
        {"true": True, "false": False},
        fold=str.lower,
    ),
    Parameter(
        "q",
        "Case-insensitive substring of the title; % and _ are literal.",
        f"1 to {MAX_SEARCH} characters without control characters",
        {"type": "string", "minLength": 1, "maxLength": MAX_SEARCH},
        _search,
    ),
)
ORDERING: Final[tuple[Parameter, ...]] = (
    _choice("sort", "Sort key; ties by market_id ascending.", {key: key for key in DESCENDING_BY_DEFAULT},
            default=DEFAULT_SORT),
    _choice("order", "Direction; by default descending, but ascending for t_remaining_sec and risk_score.",
            {"asc": False, "desc": True}),
)  # fmt: skip
PAGING: Final[tuple[Parameter, ...]] = (
    Parameter(
        "cursor",
        "The next_cursor of the page before; only with the same filters, sort and order.",
        "a next_cursor as given out",
        {"type": "string", "minLength": 1},
        str,
    ),
    _whole("limit", "Items per page.", 1, MAX_LIMIT, default=DEFAULT_LIMIT),
)
NEAREST_PARAMETERS: Final = (_whole("limit", "Most items.", 1, 50, default=10),)
CSV_PARAMETERS: Final = (*FILTERS, *ORDERING)
LIST_PARAMETERS: Final = (*CSV_PARAMETERS, *PAGING)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which opportunities, in which order. `filters` holds only what was asked, in the order of the table."""

    filters: Mapping[str, Any]
    sort: str
    descending: bool

    @property
    def canonical(self) -> bytes:
        """The same bytes for the same question, however it was written."""
        return msgspec.json.encode([self.filters, self.sort, self.descending])


def read_parameters(query: QueryParams, known: Sequence[Parameter]) -> dict[str, Any]:
    """Values of the parameters that were given, in the order of `known`.

    Raises:
        InvalidParameters: any of them is unknown, repeated, empty or not allowed; all findings are listed.
    """
    by_name = {parameter.name: parameter for parameter in known}
    texts: dict[str, str] = {}
    findings: dict[str, Finding] = {}
    for name, text in query.multi_items():
        parameter = by_name.get(name)
        if parameter is None:
            takes = "one of " + ", ".join(by_name) if by_name else "no parameters"
            shown = name[:_SHOWN_NAME]
            findings[shown] = Finding(shown, "unknown parameter", takes)
        elif name in texts:
            findings[name] = Finding(name, "given more than once", f"once, {parameter.allowed}")
        else:
            texts[name] = text
    values: dict[str, Any] = {}
    for parameter in known:
        given = texts.get(parameter.name)
        if given is None or parameter.name in findings:
            continue
        try:
            if not given:
                raise ValueError("empty")
            values[parameter.name] = parameter.parse(given)
        except ValueError as error:
            findings[parameter.name] = Finding(parameter.name, str(error), parameter.allowed, given)
    if findings:
        raise InvalidParameters(list(findings.values()))
    return values


def selection(values: Mapping[str, Any]) -> Selection:
    """The question that the values of `read_parameters` ask."""
    sort = values.get("sort", DEFAULT_SORT)
    filters = {parameter.name: values[parameter.name] for parameter in FILTERS if parameter.name in values}
    return Selection(filters, sort, values.get("order", DESCENDING_BY_DEFAULT[sort]))
