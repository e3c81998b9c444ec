"""Settings: where they come from, what is refused and in which words, what is never shown."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr

from endgame.config import Settings, bounds_text, load_settings, public_tree, setting_names, variable_name
from endgame.errors import ConfigError

SETTINGS = dict(setting_names())
NUMBERS = {name: info for name, info in SETTINGS.items() if info.annotation in (int, float)}
NEEDLE = "hunter2-very-secret"


def value_of(settings: Settings, name: str) -> Any:
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def refusal(config_file: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(config_file)
    return str(caught.value)


def another_value(name: str) -> str:
    """A legal value that is not the default, as text."""
    default = value_of(Settings(), name)
    info = SETTINGS[name]
    if info.annotation is bool:
        return str(not default).lower()
    if info.annotation is int:
        at_the_top = any(getattr(bound, "le", None) == default for bound in info.metadata)
        return str(default - 1 if at_the_top else default + 1)
    if info.annotation is float:
        return repr(default * 1.001 or 0.001)
    if choices := get_args(info.annotation):
        return next(str(choice) for choice in choices if choice != default)
    if name.endswith("url"):
        return "sqlite:///other.db" if name.startswith("database") else "http://127.0.0.1:9/prefix"
    lists = {"api.cors_origins": "https://desk.example", "api.trusted_proxies": "10.0.0.0/8"}
    return lists.get(name, "other-text")


def just_outside() -> list[tuple[str, str, str]]:
    """Every bound of every setting: its name, the nearest refused value, the bound as it is told."""
    signs = {"ge": (-1, ">="), "gt": (0, ">"), "le": (1, "<="), "lt": (0, "<")}
    cases = []
    for name, info in NUMBERS.items():
        step = 1 if info.annotation is int else 0.001
        for item in info.metadata:
            for key, (direction, sign) in signs.items():
                if hasattr(item, key):
                    bound = getattr(item, key)
                    cases.append((name, repr(bound + direction * step), f"{sign} {bound}"))
    return cases


# A token is never shown, and its file must be there: tests/unit/test_config_token.py.
@pytest.mark.parametrize("name", [name for name in SETTINGS if not name.startswith("api.token")])
def test_every_setting_can_be_set_by_its_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = another_value(name)
    monkeypatch.setenv(variable_name(name), text)
    settings = load_settings()
    shown = value_of(settings, name)
    assert shown != value_of(Settings.model_construct(), name)
    assert str(shown).lower() == text or float(shown) == float(text)
    others = [other for other in SETTINGS if other != name]
    assert [value_of(settings, other) for other in others] == [value_of(Settings(), other) for other in others]


@pytest.mark.parametrize(("name", "value", "bound"), just_outside())
def test_a_value_outside_its_bound_is_refused_in_one_sentence(
    name: str, value: str, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable_name(name), value)
    message = refusal()
    assert name in message
    assert variable_name(name) in message
    assert value in message
    assert bound in message
    assert "\n" not in message


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "many", ""])
def test_what_is_no_finite_number_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable_name(name), value)
    message = refusal()
    assert message.startswith(f"{name} ({variable_name(name)}) is {value!r}: ")


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_a_lower_and_an_upper_bound(name: str) -> None:
    told = bounds_text(SETTINGS[name])
    assert ">" in told
    assert "<" in told


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_says_what_it_means(name: str) -> None:
    assert SETTINGS[name].description


def test_a_choice_is_refused_with_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDGAME_LOG__LEVEL", "loud")
    message = refusal()
    assert message.startswith("log.level (ENDGAME_LOG__LEVEL) is 'loud': ")
    for level in ("debug", "info", "warning", "error"):
        assert f"'{level}'" in message


def test_the_log_level_may_be_written_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDGAME_LOG__LEVEL", "WARNING")
    assert load_settings().log.level == "warning"


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("ENDGAME_API__PRT", "did you mean ENDGAME_API__PORT?"),
        ("ENDGAME_SCORING__BOUNDS__MIN_ENTRY_PRIZE", "did you mean ENDGAME_SCORING__BOUNDS__MIN_ENTRY_PRICE?"),
        ("ENDGAME_DATABASE_URL", "did you mean ENDGAME_DATABASE__URL?"),
        ("ENDGAME_API", "did you mean ENDGAME_API__PORT?"),
        ("ENDGAME_XYZZY_XYZZY", "`endgame config show --names` lists all names"),
    ],
)
def test_an_unknown_variable_is_refused_with_a_hint(variable: str, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "1")
    assert refusal() == f"{variable} is not a setting: {hint}"


def test_variables_of_other_programs_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API__PORT", "1")
    monkeypatch.setenv("MY_ENDGAME_API__PORT", "1")
    assert load_settings() == Settings()


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "my.yaml"
    config.write_text("api: {port: 1111, host: 127.0.0.2}\nscoring: {weights: {w1: 0.5}}\n", encoding="utf-8")
    monkeypatch.setenv("ENDGAME_API__PORT", "2222")
    settings = load_settings(config)
    assert settings.api.port == 2222
    assert settings.api.host == "127.0.0.2"
    assert settings.scoring.weights.w1 == 0.5
    assert settings.scoring.weights.w2 == 0.25
    assert settings.api.cache_entries == Settings().api.cache_entries


def test_the_file_may_be_named_by_the_environment_and_the_option_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, given = tmp_path / "named.yaml", tmp_path / "given.yaml"
    named.write_text("api: {port: 1}", encoding="utf-8")
    given.write_text("api: {port: 2}", encoding="utf-8")
    monkeypatch.setenv("ENDGAME_CONFIG", str(named))
    assert load_settings().api.port == 1
    assert load_settings(given).api.port == 2


def test_overrides_of_a_command_lie_above_the_file_and_below_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "my.yaml"
    config.write_text("api: {port: 1, host: 127.0.0.2}\nlog: {level: debug}", encoding="utf-8")
    monkeypatch.setenv("ENDGAME_LOG__FORMAT", "json")
    settings = load_settings(config, api={"port": 3}, log={"format": "pretty"})
    assert (settings.api.port, settings.api.host) == (3, "127.0.0.2")
    assert (settings.log.format, settings.log.level) == ("json", "debug")


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    config = tmp_path / "my.yaml"
    config.write_text("# nothing yet\n", encoding="utf-8")
    assert load_settings(config) == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("api: {prt: 1}", "api.prt is not a setting: did you mean api.port?"),
        ("scorng: {}", "scorng is not a setting"),
        ("1: 2", "1 is not a setting"),
        ("api:", "api must hold settings by name, not nothing"),
        ("api: [1]", "api must hold settings by name, not list"),
        ("- 1", "config file {path} must hold settings by name, not list"),
        ("a: 'b\nc: d", "config file {path} is not YAML at line 2, column 5"),
        ("a: &a [*a, !!python/object/apply:os.getcwd []]", "config file {path} is not YAML at line 1, column 12"),
    ],
)
def test_a_file_that_says_something_else_is_refused(text: str, message: str, tmp_path: Path) -> None:
    config = tmp_path / "my.yaml"
    config.write_text(text, encoding="utf-8")
    assert refusal(config) == message.format(path=config)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    assert refusal(missing) == f"config file {missing} cannot be read: No such file or directory"
    assert refusal(tmp_path) == f"config file {tmp_path} cannot be read: Is a directory"
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert refusal(binary) == f"config file {binary} is not UTF-8 text"


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("scoring.bounds.min_entry_price", "scoring.bounds.max_entry_price"),
        ("scoring.bounds.min_t_remaining_sec", "scoring.bounds.max_t_remaining_sec"),
        ("scoring.sizing.min_position_pct", "scoring.sizing.base_position_pct"),
    ],
)
def test_a_lower_end_above_its_upper_end_is_refused_by_name(
    low: str, high: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable_name(low), "0.5")
    monkeypatch.setenv(variable_name(high), "0.25")
    assert refusal() == f"{low} 0.5 must not be above {high} 0.25"


@pytest.mark.parametrize(
    "url",
    ["sqlite:///a.db", "sqlite:////var/a.db", "postgresql://u:p@h:5432/d", "postgres://h/d", "postgresql:///d"],
)
def test_database_urls_of_both_kinds_are_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDGAME_DATABASE__URL", url)
    assert load_settings().database.url.get_secret_value() == url


@pytest.mark.parametrize(
    "url",
    ["", "a.db", "sqlite:", "sqlite:///", "sqlite:////", "sqlite://a.db", "mysql://u@h/d", "postgresql://h:port/d",
     "postgresql://h:99999/d", "postgresql://h:0/d", "postgresql://[h/d"],
)  # fmt: skip
def test_a_database_url_of_another_kind_is_refused_with_what_is_allowed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENDGAME_DATABASE__URL", url)
    message = refusal()
    assert message.startswith("database.url (ENDGAME_DATABASE__URL) is '")
    assert "sqlite:///relative.db" in message


@pytest.mark.parametrize(
    "url",
    ["", "gamma", "ftp://h", "https://", "https://h?a=1", "https://h#a", "http://h:0", "http://h:x", "http://h\n/"],
)
def test_a_venue_url_must_be_a_plain_http_url(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDGAME_VENUES__POLYMARKET__GAMMA_URL", url)
    message = refusal()
    assert message.startswith("venues.polymarket.gamma_url (ENDGAME_VENUES__POLYMARKET__GAMMA_URL) is ")
    assert "http(s) URL" in message


def test_a_venue_url_may_hold_a_path_prefix_and_loses_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDGAME_VENUES__POLYMARKET__CLOB_URL", "http://127.0.0.1:9000/a/clob/")
    assert load_settings().venues.polymarket.clob_url == "http://127.0.0.1:9000/a/clob"


def test_a_user_agent_cannot_smuggle_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDGAME_HTTP__USER_AGENT", "me\r\nX-Other: 1")
    assert refusal().startswith("http.user_agent (ENDGAME_HTTP__USER_AGENT) is 'me\\r\\nX-Other: 1': ")


def test_a_long_value_is_not_repeated_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDGAME_HTTP__USER_AGENT", "x" * 5_000)
    message = refusal()
    assert len(message) < 500
    assert "(5000 characters)" in message


def test_nothing_that_shows_the_settings_shows_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDGAME_DATABASE__URL", f"postgresql://me:{NEEDLE}@127.0.0.1/d")
    settings = load_settings()
    assert NEEDLE in settings.database.url.get_secret_value()
    shown = [repr(settings), str(settings), str(public_tree(settings)), settings.model_dump_json(), f"{settings!s}"]
    assert not [text for text in shown if NEEDLE in text]
    assert public_tree(settings)["database"]["url"] == "**********"


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("ENDGAME_DATABASE__URL", f"mysql://me:{NEEDLE}@h/d"),
        ("ENDGAME_DATABASE__URL", f"postgresql://me:{NEEDLE}@h:99999/d"),
        ("ENDGAME_DATABASE__URL", f"postgresql://me:x:{NEEDLE}/y@h/d"),
        ("ENDGAME_DATABASE__URL", f"postgresql:/me:{NEEDLE}@h/d"),
        ("ENDGAME_DATABASE__URL", f"host=h password={NEEDLE}"),
        ("ENDGAME_VENUES__POLYMARKET__GAMMA_URL", f"https://me:{NEEDLE}@h/"),
        ("ENDGAME_VENUES__POLYMARKET__CLOB_URL", f"ftp://me:{NEEDLE}@h/"),
    ],
)
def test_a_refused_url_is_told_without_its_password(variable: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    told = "".join(traceback.format_exception(caught.value))
    assert variable in told
    assert NEEDLE not in told


@pytest.mark.parametrize(
    "text",
    [
        f"database: 'postgresql://me:{NEEDLE}@h/d'",
        f"database: {{url: ['postgresql://me:{NEEDLE}@h/d']}}",
        f"database: {{url: 'postgresql://me:{NEEDLE}@h/d', pool_size: 0}}",
        f"database: {{url: 'postgresql://me:{NEEDLE}@h/d', pasword: x}}",
        f"database: {{url: 'postgresql://me:{NEEDLE}@h/d'",
        f"database:\n  url: 'postgresql://me:{NEEDLE}@h/d\n  b: c: d",
        f"databse: {{url: 'postgresql://me:{NEEDLE}@h/d'}}",
        f"- 'postgresql://me:{NEEDLE}@h/d'",
    ],
)
def test_a_refused_file_is_told_without_its_password(text: str, tmp_path: Path) -> None:
    config = tmp_path / "my.yaml"
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(config)
    assert NEEDLE not in "".join(traceback.format_exception(caught.value))


def test_settings_cannot_be_changed_after_they_were_loaded() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.api.port = 1  # type: ignore[misc]


def test_the_window_reaches_from_a_week_ago_to_two_weeks_ahead() -> None:
    settings = Settings()
    assert settings.window_back_ms == 7 * 86_400_000
    assert settings.window_ahead_ms == 14 * 86_400_000


def test_the_window_is_never_shorter_than_what_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDGAME_SCORING__BOUNDS__MAX_T_REMAINING_SEC", str(20 * 86_400))
    assert load_settings().window_ahead_ms == 20 * 86_400_000


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        # Everything that people script against, name and default as the contract states them.
        ("ENDGAME_DATABASE__URL", "sqlite:///endgame.db"),
        ("ENDGAME_VENUES__POLYMARKET__GAMMA_URL", "https://gamma-api.polymarket.com"),
        ("ENDGAME_VENUES__POLYMARKET__CLOB_URL", "https://clob.polymarket.com"),
        ("ENDGAME_VENUES__POLYMARKET__DATA_URL", "https://data-api.polymarket.com"),
        ("ENDGAME_API__HOST", "127.0.0.1"),
        ("ENDGAME_API__PORT", 8080),
        ("ENDGAME_INGEST__DISCOVERY_SEC", 1_800),
        ("ENDGAME_INGEST__WINDOW_SEC", 300),
        ("ENDGAME_INGEST__QUOTES_SEC", 60),
        ("ENDGAME_SCORING__CADENCE_SEC", 120),
        ("ENDGAME_SCORING__FEE_MODEL", "schedule"),
        ("ENDGAME_SCORING__FEE_BPS", 120),
        ("ENDGAME_SCORING__ASSUMED_FEE_RATE", 0.07),
        ("ENDGAME_SCORING__ALLOW_LIVE_SPORTS", False),
        ("ENDGAME_SCORING__WEIGHTS__W1", 0.45),
        ("ENDGAME_SCORING__WEIGHTS__W2", 0.25),
        ("ENDGAME_SCORING__WEIGHTS__W3", 0.15),
        ("ENDGAME_SCORING__WEIGHTS__W4", 0.10),
        ("ENDGAME_SCORING__WEIGHTS__W5", 0.05),
        ("ENDGAME_SCORING__BOUNDS__MIN_T_REMAINING_SEC", 3_600),
        ("ENDGAME_SCORING__BOUNDS__MAX_T_REMAINING_SEC", 1_209_600),
        ("ENDGAME_SCORING__BOUNDS__QUOTE_STALE_MAX_SEC", 180),
        ("ENDGAME_SCORING__BOUNDS__MIN_T_DAYS", 0.25),
        ("ENDGAME_SCORING__BOUNDS__SPREAD_TARGET", 0.02),
        ("ENDGAME_SCORING__BOUNDS__MAX_SPREAD", 0.25),
        ("ENDGAME_SCORING__BOUNDS__MIN_ENTRY_PRICE", 0.90),
        ("ENDGAME_SCORING__BOUNDS__MAX_ENTRY_PRICE", 0.999),
        ("ENDGAME_SCORING__BOUNDS__DEPTH_TARGET_USD", 500),
        ("ENDGAME_SCORING__BOUNDS__MIN_NET_YIELD", 0),
        ("ENDGAME_SCORING__BOUNDS__VELOCITY_MAX", 0.05),
        ("ENDGAME_SCORING__BOUNDS__NET_YIELD_MAX", 0.10),
        ("ENDGAME_SCORING__SIZING__BASE_POSITION_PCT", 0.10),
        ("ENDGAME_SCORING__SIZING__MIN_POSITION_PCT", 0.01),
        ("ENDGAME_HTTP__MAX_ATTEMPTS", 3),
        ("ENDGAME_HTTP__BUDGET_SEC", 20),
        ("ENDGAME_HTTP__BREAKER_FAILURES", 5),
        ("ENDGAME_HTTP__BREAKER_OPEN_SEC", 15),
        ("ENDGAME_RETENTION__SAMPLES_DAYS", 7),
        ("ENDGAME_RETENTION__CLOSED_DAYS", 30),
        ("ENDGAME_LOG__LEVEL", "info"),
        ("ENDGAME_LOG__FORMAT", "json"),
    ],
)
def test_the_names_and_defaults_of_the_contract(variable: str, value: object) -> None:
    by_variable = {variable_name(name): name for name in SETTINGS}
    assert value_of(Settings(), by_variable[variable]) == value


def test_the_shares_of_the_score_add_up() -> None:
    weights = Settings().scoring.weights
    assert weights.w1 + weights.w2 + weights.w3 + weights.w4 + weights.w5 == pytest.approx(1.0)
