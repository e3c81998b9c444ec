"""The command as its users meet it: what it obeys, and that every fault is one sentence and an exit code."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from builders import an_assessment
from endgame import cli, terminal
from endgame.clock import epoch_ms
from endgame.config import DatabaseSettings
from endgame.domain.flags_json import assessment_fields
from endgame.domain.rule import MAX_RULE_BYTES, Assessment, RuleContext
from endgame.errors import ConfigError, SchemaMismatch
from endgame.storage.engines import database_location
from endgame.storage.migrate import migrate
from system.service import Service, environment, free_port, run_command, wait_for

VENUE = "ENDGAME_VENUES__POLYMARKET__"


def a_newer_database(folder: Path) -> str:
    """URL of a file that a later version has migrated."""
    url = f"sqlite:///{folder / 'newer.db'}"
    migrate(DatabaseSettings.model_validate({"url": url}))
    with sqlite3.connect(folder / "newer.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    return url


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence on stderr."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("endgame: "), done.stderr
    assert done.stdout == ""
    return lines[0]


@pytest.mark.system
def test_the_demo_writes_into_its_own_database_and_asks_its_own_venue_whatever_is_exported(tmp_path: Path) -> None:
    mine = tmp_path / "production.db"
    nowhere = f"http://127.0.0.1:{free_port()}"
    exported = dict.fromkeys((f"{VENUE}GAMMA_URL", f"{VENUE}CLOB_URL", f"{VENUE}DATA_URL"), nowhere)
    demo = Service(tmp_path, None, "demo", ["--markets", "200"], raw_env={**exported, f"{VENUE}ENABLED": "false"})
    demo.settings = {"API__PORT": demo.port, "DATABASE__URL": f"sqlite:///{mine}"}
    try:
        demo.start(wait=False)
        wait_for(demo.alive, within=60, what="/healthz answers", note=demo.tail)
        wait_for(lambda: demo.json("/v1/funnel")["seen"], within=60, what="simulated markets", note=demo.tail)
        assert demo.json("/v1/config")["venues"]["polymarket"]["gamma_url"] != nowhere
        code, _ = demo.terminate()
        assert code == 0, demo.tail()
    finally:
        demo.__exit__()
    assert not list(tmp_path.glob("*.db*")), "nothing was written where the environment pointed"


def test_the_demo_obeys_the_environment_in_its_pace_but_never_in_where_it_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(
        "database: {url: 'postgresql://me:secret@production/db', pool_size: 7}\ningest: {quotes_sec: 30}\n"
    )
    monkeypatch.setenv("ENDGAME_DATABASE__URL", "postgresql://me:secret@production/other")
    monkeypatch.setenv("ENDGAME_SCORING__CADENCE_SEC", "9")
    monkeypatch.setenv("ENDGAME_INGEST__QUOTES_SEC", "8")
    monkeypatch.setenv(f"{VENUE}CLOB_URL", "https://production.example")
    here = dict.fromkeys(("gamma_url", "clob_url", "data_url"), "http://127.0.0.1:1")
    settings = cli._demo_settings(tmp_path / "mine.yaml", "sqlite:///demo.db", here)
    assert settings.database.url.get_secret_value() == "sqlite:///demo.db"
    assert settings.database.pool_size == 7
    assert settings.venues.polymarket.model_dump(include=set(here)) == here
    assert (settings.ingest.quotes_sec, settings.ingest.window_sec, settings.scoring.cadence_sec) == (8, 60, 9)
    with pytest.raises(ValueError, match="sqlite"):
        cli._demo_settings(None, "oracle://x", here)


@pytest.mark.system
@pytest.mark.parametrize(
    ("arguments", "settings", "code", "words"),
    [
        (["openapi"], {"API__PORT": "abc"}, 2, "api.port"),
        (["top", "--url", "http://[::1"], {}, 2, "--url"),
        (["top", "--url", "http://host:99999"], {}, 2, "--url"),
        (["top", "--url", "ftp://host"], {}, 2, "--url"),
        (["top", "--url", "http://me:hunter2@host"], {}, 2, "--url"),
        (["top"], {"API__HOST": "::1"}, 1, "no database file"),
        (["top"], {"API__HOST": "::"}, 1, "no database file"),
        (["top"], {"API__HOST": "no such host"}, 1, "no database file"),
        (["top"], {"API__PORT": "0"}, 1, "no database file"),
        (["migrate"], {"DATABASE__URL": "sqlite:///x.db?mode=ro"}, 2, "database.url"),
        (["ingest"], {}, 1, "no database file"),
        (["score"], {}, 1, "no database file"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_no_file(
    tmp_path: Path, arguments: list[str], settings: dict[str, str], code: int, words: str
) -> None:
    done = run_command(*arguments, cwd=tmp_path, **{"API__PORT": free_port(), **settings})
    assert done.returncode == code, done.stderr
    assert words in told(done)
    assert "hunter2" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.system
@pytest.mark.parametrize("part", ["run", "ingest", "score", "migrate"])
def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path, part: str) -> None:
    url = a_newer_database(tmp_path)
    done = run_command(part, cwd=tmp_path, DATABASE__URL=url, API__PORT=free_port())
    assert done.returncode == 1, done.stderr
    assert "revision 9999" in told(done)
    assert not list(tmp_path.glob("*.lock"))


@pytest.mark.system
def test_an_api_alone_waits_for_its_schema_and_says_so_by_its_readiness(tmp_path: Path) -> None:
    service = Service(tmp_path, None, "api")
    service.start(wait=False)
    try:
        wait_for(service.alive, within=20, what="/healthz answers", note=service.tail)
        assert '"database.schema"' in "".join(service.lines)
        assert service.get("/readyz").status == 503
        assert list(tmp_path.iterdir()) == [], "it created nothing"
        assert run_command("migrate", cwd=tmp_path, **service.settings).returncode == 0
        wait_for(lambda: service.get("/readyz").status == 200, within=10, what="it is ready", note=service.tail)
        assert service.terminate()[0] == 0, service.tail()
    finally:
        service.__exit__()


def an_absent_postgres() -> dict[str, object]:
    return {"DATABASE__URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none"}


@pytest.mark.system
@pytest.mark.parametrize("part", ["run", "ingest", "score", "api"])
def test_a_part_whose_database_is_away_at_its_start_waits_and_says_so_by_log_and_readiness(
    tmp_path: Path, part: str
) -> None:
    monitor = {"MONITOR__ENABLED": "true", "MONITOR__PORT": free_port()}
    service = Service(tmp_path, None, part, **an_absent_postgres(), **monitor)
    probes = Service(tmp_path, None, API__PORT=monitor["MONITOR__PORT"])
    service.start(wait=False)
    try:
        waiting = '"database.unreachable"'
        wait_for(lambda: waiting in "".join(service.lines), within=90, what=waiting, note=service.tail)
        assert "gives_up_in_sec" in "".join(service.lines)
        probes.process = service.process
        wait_for(probes.alive, within=60, what="the monitor answers", note=service.tail)
        answer = probes.get("/readyz")
        assert answer.status == 503
        assert answer.json["reasons"][0].startswith("The database does not answer since 20")
        assert set(answer.json["roles"].values()) <= {"waiting"}
        assert b"pm_database_up 0.0" in probes.get("/metrics").body
        assert probes.get("/v1/funnel").status == 404, "a monitor answers nothing else"
        assert service.terminate()[0] == 0, service.tail()
    finally:
        service.__exit__()


@pytest.mark.system
@pytest.mark.parametrize("part", ["run", "score", "api", "migrate"])
def test_a_database_that_stays_away_for_longer_than_the_start_may_wait_is_exit_one(tmp_path: Path, part: str) -> None:
    done = run_command(
        part, cwd=tmp_path, timeout=100, **an_absent_postgres(), DATABASE__START_WAIT_SEC=1, API__PORT=free_port()
    )
    assert done.returncode == 1, done.stderr
    *log, sentence = done.stderr.strip().splitlines()
    assert sentence.startswith("endgame: connection failed")
    assert any('"database.unreachable"' in line for line in log)


@pytest.mark.system
def test_a_taken_monitor_port_is_refused_with_the_names_of_its_settings(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monitor = {"MONITOR__ENABLED": "true", "MONITOR__PORT": taken.getsockname()[1]}
        done = run_command("run", cwd=tmp_path, API__PORT=free_port(), **monitor)
    assert done.returncode == 2, done.stderr
    assert "ENDGAME_MONITOR__PORT" in done.stderr.splitlines()[-1]


def test_the_password_of_a_postgres_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    settings = DatabaseSettings.model_validate({"url": "postgresql://pm@db/endgame", "password_file": str(secret)})
    with pytest.raises(ConfigError, match=r"database.password_file .*secret' cannot be read: No such file"):
        database_location(settings)
    secret.write_text("\n")
    with pytest.raises(ConfigError, match="is empty"):
        database_location(settings)
    secret.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="cannot be read: no text"):
        database_location(settings)
    secret.write_bytes(b"x" * 5_000)
    with pytest.raises(ConfigError, match="is larger than 4096 bytes"):
        database_location(settings)
    written = "p@ss/wörd%"
    secret.write_text(f"{written}\n")
    assert database_location(settings).password == written
    assert "wörd" not in str(settings)


def test_a_migration_that_does_not_know_the_revision_says_so_and_changes_nothing(tmp_path: Path) -> None:
    url = a_newer_database(tmp_path)
    before = (tmp_path / "newer.db").read_bytes()
    with pytest.raises(SchemaMismatch, match=r"revision 9999, this version knows up to 0\d+.*update the program"):
        migrate(DatabaseSettings.model_validate({"url": url}))
    assert (tmp_path / "newer.db").read_bytes() == before


@pytest.mark.parametrize("url", ["sqlite:///x.db?y=z", "sqlite:////tmp/x.db?mode=ro&cache=shared"])
def test_options_after_the_sqlite_file_are_refused_and_not_dropped(url: str) -> None:
    with pytest.raises(ConfigError, match="options after"):
        database_location(DatabaseSettings.model_validate({"url": url}))


BROKEN = """
import sys
from endgame import cli
def broken(_settings):
    raise RuntimeError("two\\nlines of trouble")
cli._migrate = broken
sys.argv = ["endgame", "migrate"]
cli.main()
"""


@pytest.mark.system
@pytest.mark.parametrize("level", ["info", "debug"])
def test_a_fault_of_ours_is_one_sentence_and_its_traceback_is_for_the_debug_log(tmp_path: Path, level: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BROKEN], cwd=tmp_path, env=environment(LOG__LEVEL=level), capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    *logged, said = done.stderr.strip().splitlines()
    assert said.startswith("endgame: unexpected RuntimeError: two lines of trouble")
    assert len(logged) == (1 if level == "debug" else 0)
    assert all("Traceback" in json.loads(line)["exception"] for line in logged)


@pytest.fixture
def rules(tmp_path: Path) -> str:
    """A file with a rule text."""
    path = tmp_path / "rules.txt"
    path.write_text("It resolves to \u201cYes\u201d if \U0001f3b2.", encoding="utf-8")
    return str(path)


@pytest.fixture
def told_to_the_judge(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, RuleContext]]:
    """The texts and contexts that `endgame assess` has judged."""
    seen: list[tuple[str, RuleContext]] = []

    def judge(text: str, context: RuleContext) -> Assessment:
        seen.append((text, context))
        return an_assessment()

    monkeypatch.setattr(terminal, "assess", judge)
    return seen


def test_assess_judges_by_what_its_options_tell(rules: str, told_to_the_judge: list[tuple[str, RuleContext]]) -> None:
    cli.assess(
        rules, title="Rain?", group_title="", category="weather", yes_label="Up", no_label="Down",
        open_time="2026-11-01T00:00:00Z", close_time="2020-12-31T23:59:00-05:00", volume_usd="1e6",
        event_volume_usd="0", neg_risk=False, oracle_status="proposed", source="https://example.org/x?y=z#a",
    )  # fmt: skip
    cli.assess(rules)
    expected = RuleContext(
        title="Rain?", group_title="", category="weather", labels=("Up", "Down"),
        open_time=epoch_ms("2026-11-01T00:00:00Z"), close_time=epoch_ms("2021-01-01T04:59:00Z"), volume_usd=1e6,
        event_volume_usd=0.0, neg_risk=False, oracle_status="proposed",
        settlement_source="https://example.org/x?y=z#a", deadline_is_near=False,
    )  # fmt: skip
    text = Path(rules).read_text(encoding="utf-8")
    assert told_to_the_judge == [(text, expected), (text, RuleContext())], "what is not told is not known"


def test_assess_tells_machines_every_field_and_the_text_in_segments(
    rules: str, told_to_the_judge: list[tuple[str, RuleContext]], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.assess(rules, as_json=True)
    told_data = json.loads(capsys.readouterr().out)
    assert "".join(piece["text"] for piece in told_data.pop("segments")) == told_to_the_judge[0][0]
    assert told_data == assessment_fields(an_assessment())


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("volume_usd", "abc", "--volume-usd 'abc' must be a number of dollars"),
        ("volume_usd", "-1", "--volume-usd '-1' must be"),
        ("volume_usd", "", "--volume-usd '' must be"),
        ("event_volume_usd", "inf", "--event-volume-usd 'inf' must be"),
        ("event_volume_usd", "nan", "--event-volume-usd 'nan' must be"),
        ("close_time", "2026-12-31", "--close-time '2026-12-31' must be an RFC 3339 time"),
        ("open_time", "1999-12-31T23:59:59Z", "--open-time '1999-12-31T23:59:59Z' must be .* 2000 to 2100"),
        ("category", "Politics", "--category 'Politics' must be one of sports, crypto, politics"),
        ("source", "example.org", "--source 'example.org' must be an http"),
        ("source", "http://[::1", "--source .* must be an http"),
        ("yes_label", "Up", "--no-label is missing"),
        ("no_label", "Down", "--yes-label is missing"),
        ("no_label", "x" * 9_999, "--yes-label is missing"),
        ("category", "x\n" * 9_999, "--category 'x.{1,80} must be one of"),
    ],
)
def test_an_option_of_assess_that_cannot_be_read_is_named_with_its_value_and_what_is_allowed(
    rules: str, option: str, value: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{words}") as caught:
        cli.assess(rules, **{option: value})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_label_must_not_be_blank(rules: str) -> None:
    with pytest.raises(ConfigError, match="--yes-label ' ' must not be blank"):
        cli.assess(rules, yes_label=" ", no_label="Down")


@pytest.mark.system
def test_assess_reads_what_would_be_stored_of_a_text_and_no_more(
    tmp_path: Path, told_to_the_judge: list[tuple[str, RuleContext]]
) -> None:
    file = tmp_path / "long.txt"
    whole = "ä" * (MAX_RULE_BYTES // 2)
    for written in ("\ufeff" + whole * 2, "\ufeff" + whole):
        file.write_text(written, encoding="utf-8")
        cli.assess(str(file))
    # Compared as lengths: a difference of two texts of this size is nothing to read.
    found = [(len(text), set(text), context.truncated) for text, context in told_to_the_judge]
    assert found == [(len(whole), {"ä"}, True), (len(whole), {"ä"}, False)]


@pytest.mark.parametrize("raw", [b"\x7fELF\x02\x01\x01\x00\xb0", b"Yes if caf\xe9.", b"cut in \xf0\x9f\x9a"])
def test_assess_refuses_what_is_no_text(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "program"
    file.write_bytes(raw)
    with pytest.raises(ConfigError, match=r"program is no text in UTF-8: byte \d+ is none of it"):
        cli.assess(str(file))


def test_assess_prints_to_a_terminal_that_knows_ascii_only(tmp_path: Path) -> None:
    (tmp_path / "rules.txt").write_text("Yes if the café \U0001f680 opens by March 31.", encoding="utf-8")
    done = run_command("assess", "rules.txt", cwd=tmp_path, raw_env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "caf\\xe9 \\U0001f680 opens" in done.stdout


def test_assess_as_a_command_reads_stdin_and_refuses_in_one_sentence(tmp_path: Path) -> None:
    refused = run_command("assess", "-", "--close-time", "soon", cwd=tmp_path)
    assert refused.returncode == 2
    assert "--close-time 'soon' must be an RFC 3339 time" in told(refused)
    program = "import sys; from endgame import cli; sys.argv = ['endgame', *sys.argv[1:]]; cli.main()"
    command = [sys.executable, "-c", program, "assess", "-", "--no-neg-risk", "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), input="It resolves to Yes \u2614.".encode(), capture_output=True,
        timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "".join(piece["text"] for piece in found["segments"]) == "It resolves to Yes \u2614."
    assert {"text_dispute_probability", "contributions", "bites", "not_judged"} <= set(found)
