"""The API's token: where it comes from, what is refused, and that nothing shows it."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from endgame.api.access import exposure
from endgame.api.routes import config_in_force
from endgame.config import load_settings, public_tree
from endgame.errors import ConfigError
from system.service import run_command

TOKEN = "-".join(["needle"] * 5)


def refusal() -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings()
    return "".join(traceback.format_exception(caught.value))


def test_a_token_comes_from_its_variable_or_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load_settings().api.token.get_secret_value() == ""
    secret = tmp_path / "token"
    secret.write_text(f"{TOKEN}\n", encoding="ascii")
    monkeypatch.setenv("ENDGAME_API__TOKEN_FILE", str(secret))
    assert load_settings().api.token.get_secret_value() == TOKEN
    monkeypatch.setenv("ENDGAME_API__TOKEN", TOKEN)
    assert "must not both be set" in refusal()
    monkeypatch.delenv("ENDGAME_API__TOKEN_FILE")
    assert load_settings().api.token.get_secret_value() == TOKEN


@pytest.mark.parametrize(
    "token", ["needle", TOKEN + " needle", TOKEN + "\xe9", TOKEN * 20, TOKEN + "\n", "needle\x00" * 9]
)
def test_a_weak_or_unsendable_token_is_refused_without_being_told(token: str, tmp_path: Path) -> None:
    config = tmp_path / "my.yaml"
    escaped = token.encode("unicode_escape").decode("ascii")
    config.write_text(f'api: {{token: "{escaped}"}}', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(config)
    told = "".join(traceback.format_exception(caught.value))
    assert "32 to 512 characters" in told
    assert "needle" not in told


@pytest.mark.parametrize("content", [None, b"", b" \n", b"needle", b"needle\xff" * 8])
def test_a_token_file_that_is_away_empty_or_weak_is_refused(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "token"
    if content is not None:
        secret.write_bytes(content)
    monkeypatch.setenv("ENDGAME_API__TOKEN_FILE", str(secret))
    told = refusal()
    assert "api.token" in told
    assert "needle" not in told


def test_nothing_that_shows_the_settings_shows_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENDGAME_API__TOKEN", TOKEN)
    settings = load_settings()
    shown = [repr(settings), str(settings), str(public_tree(settings)), settings.model_dump_json(),
             str(config_in_force(settings)), repr(settings.api)]  # fmt: skip
    done = run_command("config", "show", cwd=tmp_path, API__TOKEN=TOKEN)
    assert done.returncode == 0
    assert "token" in done.stdout
    assert not [text for text in [*shown, done.stdout, done.stderr] if TOKEN in text]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CORS_ORIGINS", "*"), ("CORS_ORIGINS", "https://*.example"), ("CORS_ORIGINS", "https://a.example/"),
        ("CORS_ORIGINS", "null"), ("CORS_ORIGINS", "a.example"), ("CORS_ORIGINS", "https://me@a.example"),
        ("ALLOWED_HOSTS", "*"), ("ALLOWED_HOSTS", "a.example:80"), ("ALLOWED_HOSTS", "A.example"),
        ("TRUSTED_PROXIES", "*"), ("TRUSTED_PROXIES", "proxy"), ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)  # fmt: skip
def test_lists_take_no_wildcard_and_nothing_that_would_never_match(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ENDGAME_API__{name}", value)
    assert f"api.{name.lower()} " in refusal()


@pytest.mark.parametrize(
    ("host", "token", "warns"),
    [("127.0.0.1", "", False), ("localhost", "", False), ("::1", "", False), ("0.0.0.0", "", True),  # noqa: S104
     ("::", "", True), ("desk.example", "", True), ("0.0.0.0", TOKEN, False)],  # noqa: S104
)  # fmt: skip
def test_an_address_that_others_reach_is_warned_of_unless_a_token_is_asked(
    host: str, token: str, warns: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().api.host == "127.0.0.1"
    monkeypatch.setenv("ENDGAME_API__HOST", host)
    monkeypatch.setenv("ENDGAME_API__TOKEN", token)
    warning = exposure(load_settings().api)
    assert (warning is not None) is warns
    assert not warns or "ENDGAME_API__TOKEN" in str(warning)
