"""/openapi.json: 3.1, stable, complete, and true of real answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from builders import a_market, market_id
from conftest import Desk
from endgame.api.query import CSV_PARAMETERS, LIST_PARAMETERS
from endgame.api.server import create_app
from manual_clock import ManualClock

SAMPLES = {
    "/v1/opportunities": "/v1/opportunities?limit=2",
    "/v1/market/{market_id}": f"/v1/market/{market_id(1)}",
    "/v1/market/{market_id}/history": f"/v1/market/{market_id(1)}/history",
    "/v1/market/{market_id}/gates": f"/v1/market/{market_id(1)}/gates",
    "/v1/nearest": "/v1/nearest",
    "/v1/system": "/v1/system",
    "/v1/funnel": "/v1/funnel",
    "/v1/config": "/v1/config",
    "/healthz": "/healthz",
    "/readyz": "/readyz",
}


async def _contract(desk: Desk) -> dict[str, Any]:
    document: dict[str, Any] = (await desk.get("/openapi.json")).json()
    return document


async def test_the_document_is_openapi_3_1_and_names_every_endpoint(desk: Desk) -> None:
    document = await _contract(desk)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {*SAMPLES, "/v1/opportunities.csv", "/metrics"}
    assert "servers" not in document
    assert all(set(operations) == {"get"} for operations in document["paths"].values())


async def test_the_document_is_the_same_bytes_from_every_application(desk: Desk) -> None:
    other = create_app(desk.database, desk.settings, ManualClock(5), shutting_down=lambda: False)
    transport = httpx2.ASGITransport(app=other, root_path="/behind/a/proxy")
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/openapi.json")).content == (await desk.get("/openapi.json")).content
    assert json.loads(json.dumps(other.openapi())) == await _contract(desk)


async def test_every_parameter_is_documented_with_its_range(desk: Desk) -> None:
    paths = (await _contract(desk))["paths"]
    for path, known in (("/v1/opportunities", LIST_PARAMETERS), ("/v1/opportunities.csv", CSV_PARAMETERS)):
        told = {one["name"]: one for one in paths[path]["get"]["parameters"]}
        assert list(told) == [parameter.name for parameter in known]
        assert all(one["description"] and one["schema"] for one in told.values())


async def test_every_error_is_documented_as_a_problem(desk: Desk) -> None:
    document = await _contract(desk)
    for path, operations in document["paths"].items():
        responses = operations["get"]["responses"]
        assert "422" in responses, path
        for status, response in responses.items():
            if status >= "400":
                schema = response["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_every_reference_resolves_and_every_key_is_explained(desk: Desk) -> None:
    document = await _contract(desk)
    schemas = document["components"]["schemas"]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas
    for name in ("Opportunity", "ItemQuote", "MarketDetail", "QuoteDetail", "ScoreDetail", "RulesDetail", "Funnel"):
        for key, schema in schemas[name]["properties"].items():
            assert schema.get("description"), f"{name}.{key}"
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"]), f"{name}: a key is never absent"


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


@pytest.mark.parametrize("path", SAMPLES)
async def test_a_real_answer_has_the_documented_shape(either_desk: Desk, path: str) -> None:
    await either_desk.list_markets([1, 2, 3], gate=lambda n: "NO_ASK" if n == 3 else None)
    await either_desk.store(market=[a_market(4, close_time=None, status="paused")])
    document = await _contract(either_desk)
    answer = await either_desk.get(SAMPLES[path])
    assert answer.status_code == 200
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    findings = list(_violations(answer.json(), schema, document["components"]["schemas"], "$"))
    assert findings == []


async def test_a_real_problem_has_the_documented_shape(desk: Desk) -> None:
    document = await _contract(desk)
    schema = {"$ref": "#/components/schemas/Problem"}
    for path in ("/v1/opportunities?x=1", "/v1/opportunities?cursor=x", "/v1/market/x", "/nowhere"):
        body = (await desk.client.get(path)).json()
        assert list(_violations(body, schema, document["components"]["schemas"], "$")) == []


def test_the_checker_of_shapes_finds_what_is_wrong() -> None:
    schema = {
        "type": "object", "required": ["a", "b"], "additionalProperties": False,
        "properties": {"a": {"type": "number", "maximum": 1}, "b": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    }  # fmt: skip
    assert list(_violations({"a": 1, "b": None}, schema, {}, "$")) == []
    for wrong in ({"a": 1}, {"a": 2, "b": "x"}, {"a": "1", "b": "x"}, {"a": 1, "b": 3}, {"a": 1, "b": "", "c": 0}, []):
        assert list(_violations(wrong, schema, {}, "$"))


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "integer": (int,), "number": (int, float),
}  # fmt: skip


def _violations(value: Any, schema: dict[str, Any], schemas: dict[str, Any], place: str) -> Iterator[str]:
    """What of the JSON Schema keywords that our document uses the value does not keep."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    choices = schema.get("anyOf")
    if choices is not None:
        if all(list(_violations(value, choice, schemas, place)) for choice in choices):
            yield f"{place}: {value!r} fits no choice"
        return
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield f"{place}: {value!r} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is not one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value!r} is not {schema['const']!r}"
    if isinstance(value, int | float):
        low, high = schema.get("minimum"), schema.get("maximum")
        if (low is not None and value < low) or (high is not None and value > high):
            yield f"{place}: {value!r} out of range"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _violations(item, schema.get("items", {}), schemas, f"{place}[{index}]")
    if isinstance(value, dict):
        yield from _object_violations(value, schema, schemas, place)


def _object_violations(
    value: dict[str, Any], schema: dict[str, Any], schemas: dict[str, Any], place: str
) -> Iterator[str]:
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    yield from (f"{place}.{name}: missing" for name in schema.get("required", ()) if name not in value)
    for name, item in value.items():
        if name in known:
            yield from _violations(item, known[name], schemas, f"{place}.{name}")
        elif rest is False:
            yield f"{place}.{name}: not documented"
        elif isinstance(rest, dict):
            yield from _violations(item, rest, schemas, f"{place}.{name}")
