"""config/default.yaml and config/env.example: generated, true, and loadable."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from endgame.config import Settings, bounds_text, load_settings, setting_names, variable_name

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_YAML = ROOT / "config" / "default.yaml"
ENV_EXAMPLE = ROOT / "config" / "env.example"


def test_the_generated_files_are_what_the_settings_say() -> None:
    rendered = runpy.run_path(str(ROOT / "scripts" / "generate_config.py"))["rendered"]()
    assert rendered == {path.name: path.read_text(encoding="utf-8") for path in (DEFAULT_YAML, ENV_EXAMPLE)}


def test_the_default_file_loads_and_changes_nothing() -> None:
    assert load_settings(DEFAULT_YAML) == Settings()


@pytest.mark.parametrize("name", [name for name, _ in setting_names()])
def test_every_setting_stands_in_both_files_below_its_meaning_and_bounds(name: str) -> None:
    info = dict(setting_names())[name]
    meaning = f"# {info.description}{bounds_text(info)}"
    for path, line in ((DEFAULT_YAML, f"{name.rsplit('.', 1)[-1]}: "), (ENV_EXAMPLE, f"#{variable_name(name)}=")):
        lines = [text.strip() for text in path.read_text(encoding="utf-8").splitlines()]
        places = [at for at, text in enumerate(lines) if text.startswith(line)]
        assert any(lines[at - 1].startswith(meaning) for at in places), f"{name} in {path.name}"


def test_the_example_variables_taken_as_they_stand_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    for line in ENV_EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#ENDGAME_") and not line.startswith("#ENDGAME_CONFIG="):
            name, _, value = line.removeprefix("#").partition("=")
            monkeypatch.setenv(name, value)
            taken += 1
    assert taken == len(list(setting_names()))
    assert load_settings() == Settings()
