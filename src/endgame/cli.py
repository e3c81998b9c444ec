"""The command line: `endgame run | ingest | score | api | demo | simulate | migrate | assess | top | config | openapi`.

Command output goes to stdout, logs and progress to stderr. Exit codes: 0 done, 1 it did not work, 2 bad input.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

import typer
import yaml
from rich.console import Console

from endgame import __version__
from endgame.clock import SystemClock, epoch_ms
from endgame.config import (
    DatabaseSettings,
    PolymarketSettings,
    Settings,
    load_settings,
    public_tree,
    setting_names,
    variable_name,
)
from endgame.errors import AlreadyRunning, ConfigError, EndgameError
from endgame.telemetry import configure_logging, logger

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="YAML file with settings; environment variables win over it."),
]

app = typer.Typer(
    name="endgame",
    help=(
        "Watch prediction-market outcomes that are all but decided, and explain what is worth buying before they "
        "settle. Read-only: no orders, no keys, no wallet.\n\n"
        "Try it offline: `endgame demo`. Watch the live venue: `endgame run`, then open http://127.0.0.1:8080."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
config_app = typer.Typer(help="Settings in force.", no_args_is_help=True)
app.add_typer(config_app, name="config")


_ONE_MORE = 8  # bytes that a mark of byte order and one code point take at most
_LONGEST_FAULT = 300


def main() -> NoReturn:
    """Entry point: errors become one sentence and an exit code, never a traceback."""
    configure_logging()
    try:
        app()
    except (ConfigError, AlreadyRunning) as error:
        _leave(str(error), 2)
    except EndgameError as error:
        _leave(str(error), 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output left; nobody is there to be told
        sys.exit(1)
    except Exception as error:  # the last border to the user: a fault of ours is a sentence too
        logger().debug("cli.unexpected", exc_info=error)
        said = " ".join(str(error).split())[:_LONGEST_FAULT]
        _leave(f"unexpected {type(error).__name__}: {said}; ENDGAME_LOG__LEVEL=debug shows where", 1)
    sys.exit(0)


def _leave(sentence: str, code: int) -> NoReturn:
    print(f"endgame: {sentence}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


def _run(work: Coroutine[Any, Any, None]) -> None:
    new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):
        import uvloop

        new_loop = uvloop.new_event_loop
    with closing(work), asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(work)


def _start(config: Path | None, parts: Sequence[str], *, migrate_first: bool = False) -> None:
    settings = load_settings(config)
    from endgame.app import App, Part, until_signal
    from endgame.progress import WalkProgress

    with until_signal(), WalkProgress(settings.log.level, SystemClock()) as progress:
        configure_logging(settings.log.level, settings.log.format, progress.stream)
        parts_of_it = frozenset(map(Part, parts))
        _run(App(settings, parts_of_it, migrate_first=migrate_first, on_progress=progress.update).run())


def _migrate(settings: Settings) -> str:
    from endgame.storage.startup import migrate_when_reachable

    return asyncio.run(migrate_when_reachable(settings.database, SystemClock()))


@app.command()
def run(config: ConfigFile = None) -> None:
    """All parts in one process: discovery, quotes, rules, scoring, API and page. Migrates the database first."""
    _start(config, ("ingest", "score", "api"), migrate_first=True)


@app.command()
def ingest(config: ConfigFile = None) -> None:
    """Only discovery, quotes, rules and retention. Of several, exactly one is active; the others stand by."""
    _start(config, ("ingest",))


@app.command()
def score(config: ConfigFile = None) -> None:
    """Only scoring. Of several, exactly one is active; the others stand by."""
    _start(config, ("score",))


@app.command()
def api(config: ConfigFile = None) -> None:
    """Only the JSON API, metrics and the page. Any number may run on one database."""
    _start(config, ("api",))


@app.command()
def demo(
    markets: Annotated[int, typer.Option(min=5, max=250_000, help="Markets of the simulated venue.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Same seed, same universe.")] = 7,
    config: ConfigFile = None,
) -> None:
    """The whole product offline, against a simulated venue, in a database that is thrown away at the end."""
    from endgame.app import App, Part, until_signal
    from endgame.simulator.server import SimulatedVenue
    from endgame.simulator.universe import DEMO

    async def show(folder: str) -> None:
        async with SimulatedVenue(markets=markets, seed=seed, port=0, profile=DEMO) as venue:
            urls = {"gamma_url": venue.gamma_url, "clob_url": venue.clob_url, "data_url": venue.data_url}
            settings = _demo_settings(config, f"sqlite:///{folder}/demo.db", urls)
            configure_logging(settings.log.level, settings.log.format)
            await App(settings, frozenset(Part), migrate_first=True, on_listening=_announce_demo).run()

    with until_signal(), tempfile.TemporaryDirectory(prefix="endgame-demo-") as folder:
        _run(show(folder))


def _demo_settings(config: Path | None, database_url: str, venue_urls: dict[str, str]) -> Settings:
    """Settings with a quick pace unless somebody asked for another, on this database and this venue whatever was asked.

    An exported database URL may be somebody's real one: no simulated row must get there.
    """
    settings = load_settings(
        config,
        ingest={"quotes_sec": 15, "window_sec": 60},
        scoring={"cadence_sec": 15},
        log={"format": "pretty" if sys.stderr.isatty() else "json"},
    )
    database = DatabaseSettings.model_validate({**settings.database.model_dump(), "url": database_url})
    venue = {**settings.venues.polymarket.model_dump(), **venue_urls, "enabled": True}
    polymarket = PolymarketSettings.model_validate(venue)
    venues = settings.venues.model_copy(update={"polymarket": polymarket})
    return settings.model_copy(update={"database": database, "venues": venues})


def _announce_demo(address: str) -> None:
    Console(stderr=True, soft_wrap=True).print(
        f"\n  Open [bold]{address}[/bold] — simulated markets, offline. The first rows appear within a minute.\n"
        "  In another terminal: [bold]endgame top[/bold]. Ctrl-C ends the demo.\n"
    )


@app.command()
def simulate(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = 8090,
    markets: Annotated[int, typer.Option(min=5, max=250_000, help="Size of the universe.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Same seed, same universe.")] = 7,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Serve recorded raw objects (.jsonl or .gz)."),
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="NAME[:P]", help="Inject a fault with probability P; may be repeated.")
    ] = None,
    latency_ms: Annotated[float, typer.Option(min=0, max=60_000, help="Delay of every answer, milliseconds.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Only the simulated venue: an HTTP server that speaks Polymarket's wire format."""
    from endgame.simulator.server import run_forever

    configure_logging()

    def on_ready(url: str) -> None:
        typer.echo(f"simulated venue at {url}; point the product at it with")
        for name in ("GAMMA_URL", "CLOB_URL", "DATA_URL"):
            typer.echo(f"  ENDGAME_VENUES__POLYMARKET__{name}={url}")
        sys.stdout.flush()

    work = run_forever(
        port=port,
        markets=markets,
        seed=seed,
        replay=replay,
        faults=fault or [],
        latency_ms=latency_ms,
        host=host,
        on_ready=on_ready,
    )
    try:
        _run(work)
    except (ValueError, OSError) as error:  # an unknown fault, a file without markets, a port that is taken
        raise ConfigError(f"the simulator cannot start: {error}") from error


@app.command()
def migrate(config: ConfigFile = None) -> None:
    """Bring the database schema to this version; harmless when it is there already."""
    settings = load_settings(config)
    configure_logging(settings.log.level, settings.log.format)
    typer.echo(f"schema at revision {_migrate(settings)}")


@app.command()
def assess(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Text file with resolution rules; - reads stdin.")],
    title: Annotated[str | None, typer.Option(help="Title of the market.")] = None,
    group_title: Annotated[
        str | None, typer.Option(help="Its short name in the event; empty when it is the only question of its kind.")
    ] = None,
    category: Annotated[str | None, typer.Option(metavar="NAME", help="Category, such as politics.")] = None,
    yes_label: Annotated[str | None, typer.Option(help="What the venue calls YES; needs --no-label.")] = None,
    no_label: Annotated[str | None, typer.Option(help="What the venue calls NO; needs --yes-label.")] = None,
    open_time: Annotated[str | None, typer.Option(metavar="TIME", help="Start of trading, RFC 3339.")] = None,
    close_time: Annotated[
        str | None, typer.Option(metavar="TIME", help="The venue's end date, RFC 3339: 2026-12-31T23:59:00Z.")
    ] = None,
    volume_usd: Annotated[str | None, typer.Option(metavar="USD", help="Traded so far.")] = None,
    event_volume_usd: Annotated[
        str | None, typer.Option(metavar="USD", help="Traded so far in all markets of the event together.")
    ] = None,
    neg_risk: Annotated[
        bool | None, typer.Option("--neg-risk/--no-neg-risk", help="One of several exclusive outcomes, or not.")
    ] = None,
    oracle_status: Annotated[str | None, typer.Option(metavar="STATE", help="Such as proposed or disputed.")] = None,
    source: Annotated[str | None, typer.Option(metavar="URL", help="Where the result is read.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable answer.")] = False,
) -> None:
    """Judge one resolution text: flags, the words that triggered them, and the probability of a dispute.

    What an option leaves out is not guessed: the answer names the rules that it would have taken to judge by.
    """
    from endgame.domain.bands import deadline_is_near
    from endgame.domain.rule import RuleContext
    from endgame.terminal import assessment_text

    deadline = _moment("--close-time", close_time)
    context = RuleContext(
        title=title,
        labels=_labels(yes_label, no_label),
        category=_category(category),
        open_time=_moment("--open-time", open_time),
        close_time=deadline,
        group_title=group_title,
        neg_risk=neg_risk,
        oracle_status=oracle_status,
        settlement_source=_web_address(source),
        volume_usd=_amount("--volume-usd", volume_usd),
        event_volume_usd=_amount("--event-volume-usd", event_volume_usd),
        deadline_is_near=deadline_is_near(deadline, SystemClock().now_ms()),
    )
    text, truncated = _read_text(file)
    as_data, lines = assessment_text(text, replace(context, truncated=truncated))
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that knows ASCII only gets escapes, not a traceback
        sys.stdout.reconfigure(errors="backslashreplace")
    if as_json:
        typer.echo(json.dumps(as_data, ensure_ascii=False, indent=2))
        return
    Console(soft_wrap=True).print(lines)


def _labels(yes: str | None, no: str | None) -> tuple[str, str] | None:
    for option, label, other in (("--yes-label", yes, no), ("--no-label", no, yes)):
        if label is None and other is not None:
            raise ConfigError(f"{option} is missing: of the two labels both must be given, or none")
        if label is not None and not label.strip():
            raise ConfigError(f"{option} {label!r:.80} must not be blank")
    return None if yes is None or no is None else (yes, no)


def _moment(option: str, value: str | None) -> int | None:
    from endgame.domain.market import EARLIEST_MS, LATEST_MS

    if value is None:
        return None
    with suppress(ValueError):
        moment = epoch_ms(value)
        if EARLIEST_MS <= moment <= LATEST_MS:
            return moment
    raise ConfigError(
        f"{option} {value!r:.80} must be an RFC 3339 time of the years 2000 to 2100, such as 2026-12-31T23:59:00Z"
    )


def _amount(option: str, value: str | None) -> float | None:
    from endgame.venues.lenient import not_negative

    amount = not_negative(value)
    if value is not None and amount is None:
        raise ConfigError(f"{option} {value!r:.80} must be a number of dollars, 0 or more, such as 12500.50")
    return amount


def _category(value: str | None) -> str | None:
    from endgame.domain.market import Category

    allowed = [category.value for category in Category]
    if value is not None and value not in allowed:
        raise ConfigError(f"--category {value!r:.80} must be one of {', '.join(allowed)}")
    return value


def _web_address(value: str | None) -> str | None:
    if value is None:
        return None
    with suppress(ValueError):
        parts = urlsplit(value)
        if parts.scheme in ("http", "https") and parts.hostname:
            return value
    raise ConfigError(f"--source {value!r:.80} must be an http(s) address, such as https://example.org/results")


def _read_text(file: str) -> tuple[str, bool]:
    """A text as it would be stored, and whether it was cut, as a venue's would be."""
    from endgame.domain.rule import MAX_RULE_BYTES
    from endgame.venues.polymarket_wire import stored_text

    most = MAX_RULE_BYTES + _ONE_MORE
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as source:
            raw = source.read(most)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}; give a text file, or - for stdin") from error
    try:
        # The last code point of what was read may have been cut in two.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(raw, final=len(raw) < most)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is no text in UTF-8: byte {error.start + 1:,} is none of it") from error
    return stored_text(text)


@app.command()
def top(
    limit: Annotated[int, typer.Option(min=1, max=200, help="Rows to show.")] = 20,
    url: Annotated[str | None, typer.Option(help="API to ask; default: the address in the settings.")] = None,
    config: ConfigFile = None,
) -> None:
    """The current list as a table: from the running API, or straight from the database when none answers."""
    from endgame.terminal import show_top

    settings = load_settings(config)
    configure_logging("error", settings.log.format)
    _run(show_top(settings, limit=limit, url=url, clock=SystemClock()))


@config_app.command("show")
def config_show(
    config: ConfigFile = None,
    names: Annotated[bool, typer.Option("--names", help="List every setting with its environment variable.")] = False,
) -> None:
    """Print the settings in force as YAML; secrets are masked."""
    settings = load_settings(config)
    if names:
        for name, info in setting_names():
            typer.echo(f"{variable_name(name)}  {name}  {info.description}")
        return
    typer.echo(yaml.safe_dump(public_tree(settings), sort_keys=False, allow_unicode=True), nl=False)


@app.command()
def openapi() -> None:
    """Print the API's contract (OpenAPI 3.1) as JSON."""
    from endgame.api.server import create_app
    from endgame.storage.database import Database

    settings = load_settings()
    contract = create_app(Database(settings.database), settings, SystemClock(), shutting_down=lambda: False).openapi()
    typer.echo(json.dumps(contract, ensure_ascii=False, indent=2))


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        typer.echo(f"endgame {__version__}")
        raise typer.Exit
