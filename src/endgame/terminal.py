"""What the command line draws: the list as a table, one judged text with its words highlighted.

Everything that came from a venue or a file is printed as text: control characters are shown, never obeyed.
"""

from __future__ import annotations

import random
import unicodedata
from http import HTTPStatus
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from endgame.api import rows
from endgame.clock import SEC_PER_DAY, Clock, rfc3339
from endgame.config import HttpUrl, Settings
from endgame.domain.flags_json import assessment_fields
from endgame.domain.market import Side
from endgame.domain.rule import Assessment, Flag, RuleContext
from endgame.errors import ConfigError, Payload, Rejected, VenueError
from endgame.scoring.risk import assess
from endgame.scoring.segments import segments
from endgame.storage import scores
from endgame.storage.database import Connection, Database
from endgame.venues.http import HttpDoor

_KEPT = frozenset("\n\t\u200c\u200d")  # line breaks, tabs, and the joiners of emoji and of several scripts
_HTTP_URL: TypeAdapter[str] = TypeAdapter(HttpUrl)
_REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - every address of a machine is no address to ask
SEVERITY_STYLE = {"low": "cyan", "medium": "yellow", "high": "red", "critical": "bold white on red"}


def plain(text: str) -> str:
    """Text safe to print, of the same length: control and direction characters become visible stand-ins."""
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if char in _KEPT or not unicodedata.category(char).startswith("C"):
        return char
    return chr(0x2400 + ord(char)) if ord(char) < 0x20 else "\N{REPLACEMENT CHARACTER}"


def assessment_text(text: str, context: RuleContext) -> tuple[dict[str, Any], Group]:
    """One judged text as plain data and as something to print."""
    found = assess(text, context)
    pieces = [{"text": piece.text, "flags": list(piece.flags)} for piece in segments(text, found.flags)]
    body = Text(plain(text))  # same length, so that the spans still fit
    # Mildest first, so that where findings overlap the worst one colours the words.
    for flag in sorted(found.flags, key=lambda one: list(SEVERITY_STYLE).index(one.severity.value)):
        for span in flag.evidence_spans:
            body.stylize(f"{SEVERITY_STYLE[flag.severity.value]} underline", span.start, span.end)
    head = Text(
        f"definition risk {found.definition_risk_score:.2f}, dispute {found.dispute_probability:.1%}"
        f" (from the text alone {found.text_dispute_probability:.1%}), not paid in full {found.payoff_risk:.1%},"
        f" text change {found.text_change_risk:.1%}  (rulebook {found.rulebook_version})",
        "bold",
    )
    lines = [body, Text(""), head]
    if found.not_judged:
        lines.append(Text(f"not judged: {_wanting(found)}", "dim"))
    return assessment_fields(found) | {"segments": pieces}, Group(*lines, _legend(found))


def _legend(found: Assessment) -> Table:
    legend = Table(box=None, pad_edge=False, show_header=False)
    for name in ("severity", "code", "why", "share", "side"):
        legend.add_column(name, no_wrap=name != "why")
    for flag in found.flags:
        kind = Text(flag.severity.value, SEVERITY_STYLE[flag.severity.value])
        legend.add_row(kind, *_told(flag), Text(_one_sided(found, flag.code)))
    for kind_name, style, findings in (("mitigates", "green", found.mitigators), ("trait", "blue", found.traits)):
        for flag in findings:
            legend.add_row(Text(kind_name, style), *_told(flag), Text(""))
    return legend


def _wanting(found: Assessment) -> str:
    """Which rules needed what: many lack the same."""
    codes: dict[tuple[str, ...], list[str]] = {}
    for one in found.not_judged:
        codes.setdefault(one.missing, []).append(one.code)
    return "; ".join(
        f"{', '.join(lacking)} {'needs' if len(lacking) == 1 else 'need'} {', '.join(missing)}"
        for missing, lacking in codes.items()
    )


def _told(flag: Flag) -> tuple[Text, Text, Text]:
    return Text(flag.code), Text(flag.why), Text(f"in {flag.base_rate:.1%} of texts")


def _one_sided(found: Assessment, code: str) -> str:
    """Whom the flag hurts, where it is one side only."""
    bitten = [side.value for side in Side if code in found.bites.get(side.value, ())]
    return f"bites {bitten[0]}" if len(bitten) == 1 else ""


async def show_top(settings: Settings, *, limit: int, url: str | None, clock: Clock) -> None:
    """Print the current list: from the API when one answers, else from the database. The API is shown `api.token`.

    Raises:
        ConfigError: `url` is no http(s) address.
        VenueError: the API named with `url` did not answer.
        StorageError: no API answered, and the database cannot be read.
    """
    address = _checked(url) if url is not None else _own_address(settings.api.host, settings.api.port)
    try:
        page = await _ask_api(settings, address, limit, clock)
        source = address
    except VenueError:
        if url is not None:
            raise
        page = await _ask_database(settings, limit, clock)
        source = "the database (no API answered)"
    Console(soft_wrap=False).print(_table(page, source))


def _checked(url: str) -> str:
    try:
        return _HTTP_URL.validate_python(url)
    except ValidationError:
        raise ConfigError(
            "--url must be an http(s) address without user, query or fragment, such as http://127.0.0.1:8080"
        ) from None


def _own_address(host: str, port: int) -> str:
    """Where an API that listens as the settings say is reached from this machine."""
    host = _REACHED_AT.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _ask_api(settings: Settings, address: str, limit: int, clock: Clock) -> dict[str, Any]:
    once = settings.http.model_copy(update={"max_attempts": 1, "timeout_sec": 5.0, "budget_sec": 5.0})
    door = HttpDoor(once, clock, random.Random(), {"top": 10.0})  # noqa: S311 - jitter, not secrets
    token = settings.api.token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        return await door.get_json(
            "top", f"{address.rstrip('/')}/v1/opportunities", [("limit", str(limit))], decode=_page, headers=headers
        )
    except Rejected as error:
        if error.status != HTTPStatus.UNAUTHORIZED:
            raise
        wanted = (
            "another token than api.token" if token else "a token: set ENDGAME_API__TOKEN or ENDGAME_API__TOKEN_FILE"
        )
        raise Rejected(f"{address} asks for {wanted}", status=error.status) from None
    finally:
        await door.close()


def _page(body: bytes) -> dict[str, Any]:
    try:
        page = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise Payload("the answer is not JSON: is this address the API?") from error
    if not isinstance(page, dict) or not isinstance(page.get("items"), list):
        raise Payload("the answer is not a list of opportunities: is this address the API?")
    return page


async def _ask_database(settings: Settings, limit: int, clock: Clock) -> dict[str, Any]:
    database = Database(settings.database)
    try:
        return await database.read(_read_page, clock.now_ms() - settings.listed_quote_ms, limit)
    finally:
        await database.close()


def _read_page(conn: Connection, min_quote_as_of: int, limit: int) -> dict[str, Any]:
    query = scores.OpportunityQuery(sort="overall_score", descending=True, min_quote_as_of=min_quote_as_of)
    run = scores.read_score_run(conn)
    total, _ = scores.count_opportunities(conn, query)
    found = scores.page_opportunities(conn, query, after=None, limit=limit)
    return {
        "items": [rows.opportunity(row) for row in found],
        "total": total,
        "as_of": None if run is None else rfc3339(run),
    }


def _table(page: dict[str, Any], source: str) -> Group:
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False, expand=True)
    for name in ("score", "side", "price", "net", "per day", "left", "risk", "size"):
        left = name == "side"
        table.add_column(name, justify="left" if left else "right", no_wrap=True, min_width=10 if left else 6)
    table.add_column("market", overflow="ellipsis", no_wrap=True, ratio=3, min_width=20)
    table.add_column("flags", overflow="ellipsis", no_wrap=True, ratio=2)
    for item in page["items"]:
        table.add_row(
            f"{item['overall_score']:.3f}",
            Text(plain(f"{item['recommended_side']} {item['outcome_label'] or ''}".rstrip()[:20])),
            f"{item['entry_price']:.6g}",
            f"{item['net_yield']:.4f}",
            f"{item['yield_velocity']:.4f}",
            _left(item["t_remaining_sec"]),
            f"{item['risk_score']:.2f}",
            f"{item['max_position_pct']:.1%}",
            Text(plain(" ".join(item["title"].split()))),
            Text(" ".join(flag["code"] for flag in item["risk_flags"])),
        )
    as_of = page["as_of"] or "not scored yet"
    foot = Text(f"{len(page['items'])} of {page['total']} opportunities, scored {as_of}, from {source}", "dim")
    return Group(table, foot)


def _left(seconds: int) -> str:
    days, rest = divmod(seconds, SEC_PER_DAY)
    hours, rest = divmod(rest, 3_600)
    return f"{days}d {hours}h" if days else f"{hours}h {rest // 60:02d}m"
