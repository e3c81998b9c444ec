"""Progress of a walk: a bar where somebody watches, a line now and then where nobody does."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from endgame.jobs.discovery import WalkCounts
from endgame.progress import WalkProgress, _ConsoleStream
from endgame.telemetry import configure_logging
from manual_clock import ManualClock


def test_without_a_terminal_a_long_walk_is_one_json_line_every_five_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = ManualClock()
    counts = WalkCounts("polymarket", pages=3, seen=300)
    with WalkProgress("info", clock) as progress:
        configure_logging("info", "json", progress.stream)
        progress.update("full", counts)
        clock.push(5)
        progress.update("full", counts)
        progress.update("full", counts)
        clock.push(5)
        counts.finished = True
        progress.update("full", counts)
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["event"], told["walk"], told["pages"], told["seen"]) == ("discovery.progress", "full", 3, 300)


def test_on_a_terminal_the_bar_shows_the_walk_and_goes_away_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    counts = WalkCounts("polymarket", pages=12, seen=1_200)
    with WalkProgress("info", ManualClock()) as progress:
        progress.update("window", counts)
        progress._bar.refresh()
        assert "window walk: 1,200 markets, 12 pages" in screen.getvalue()
        counts.finished = True
        progress.update("window", counts)
        assert not progress._bar.tasks


def test_log_lines_are_printed_whole_and_as_they_are() -> None:
    screen = io.StringIO()
    stream = _ConsoleStream(Console(file=screen, soft_wrap=True, width=40))
    stream.write('{"event":"[bold]not markup[/bold]"')
    assert screen.getvalue() == ""
    stream.write("}\n")
    assert screen.getvalue() == '{"event":"[bold]not markup[/bold]"}\n'
