"""Every setting with default, bound, unit and help; the only reader of the environment.

Precedence, lowest first: defaults here, the YAML file (`--config` or `ENDGAME_CONFIG`), environment variables
with prefix `ENDGAME_` and `__` between levels. An unknown name is an error, not a silence.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from endgame.errors import ConfigError
from endgame.secret_file import read_secret

ENV_PREFIX = "ENDGAME_"
CONFIG_VARIABLE = "ENDGAME_CONFIG"
LISTED_GRACE_SEC = 30
TOKEN_LEAST, TOKEN_MOST = 32, 512
_LONGEST_SHOWN = 200

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Cadence = Annotated[float, Field(gt=0, le=604_800, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=31_536_000, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, le=3_650, allow_inf_nan=False)]


def _readable_port(url: str) -> bool:
    try:
        port = urlsplit(url).port
    except ValueError:
        return False
    return port is None or port > 0


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    named = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    if not named or parts.query or parts.fragment or not _readable_port(value) or not value.isprintable():
        raise ValueError("must be an http(s) URL without user, query or fragment, such as https://host/prefix")
    return value.rstrip("/")


def _database_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("must begin with sqlite:///, postgresql:// or postgres://")
    if url in ("sqlite:///", "sqlite:////"):
        raise ValueError("must name a file after sqlite:///")
    if not url.startswith("sqlite:") and not _readable_port(url):
        raise ValueError("must have a port from 1 to 65535, and @ : / percent-encoded in user and password")
    return value


def words(value: str) -> list[str]:
    """The entries of a setting that holds several, separated by commas."""
    return [word for word in (part.strip() for part in value.split(",")) if word]


def _host_names(value: str) -> str:
    for name in words(value):
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", name):
            raise ValueError("must be host names in small letters, without port, separated by commas")
    return value


def _origins(value: str) -> str:
    for origin in words(value):
        parts = urlsplit(origin)
        bare = f"{parts.scheme}://{parts.netloc}" == origin and "@" not in origin and "*" not in origin
        if not (bare and parts.scheme in ("http", "https") and parts.hostname and _readable_port(origin)):
            raise ValueError("must be origins such as https://desk.example:8443, separated by commas; * is not taken")
    return value


def _networks(value: str) -> str:
    for network in words(value):
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise ValueError("must be IP addresses or networks such as 10.0.0.0/8, separated by commas") from None
    return value


def _token(value: SecretStr) -> SecretStr:
    token = value.get_secret_value()
    if token and not re.fullmatch(rf"[A-Za-z0-9._~+/=-]{{{TOKEN_LEAST},{TOKEN_MOST}}}", token):
        raise ValueError(
            f"must be {TOKEN_LEAST} to {TOKEN_MOST} characters of A-Z a-z 0-9 . _ ~ + / = -;"
            " `openssl rand -hex 32` makes one"
        )
    return value


HostNames = Annotated[str, AfterValidator(_host_names)]
Origins = Annotated[str, AfterValidator(_origins)]
Networks = Annotated[str, AfterValidator(_networks)]
Token = Annotated[SecretStr, AfterValidator(_token)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
OptionalHttpUrl = Annotated[str, AfterValidator(lambda value: _http_url(value) if value else "")]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class DatabaseSettings(_Section):
    """Where things rest."""

    url: DatabaseUrl = Field(
        SecretStr("sqlite:///endgame.db"),
        description="sqlite:///relative.db, sqlite:////absolute.db or postgresql://user:password@host:port/name",
    )
    pool_size: int = Field(5, ge=1, le=50, description="connections per process, Postgres only")
    busy_timeout_sec: float = Field(10.0, gt=0, le=300, description="longest wait for a database lock, seconds")
    password_file: str = Field(
        "", max_length=4_096, description="file that holds the password of a Postgres url, such as a mounted secret"
    )
    start_wait_sec: Seconds = Field(
        300, description="longest wait at the start for a Postgres that is away, seconds; then exit 1"
    )


class PolymarketSettings(_Section):
    """The first venue. URLs may hold a path prefix."""

    enabled: bool = Field(True, description="watch this venue")
    gamma_url: HttpUrl = Field("https://gamma-api.polymarket.com", description="catalogue and rules")
    clob_url: HttpUrl = Field("https://clob.polymarket.com", description="order books")
    data_url: HttpUrl = Field("https://data-api.polymarket.com", description="oracle state (later releases)")
    listings_per_sec: float = Field(15.0, gt=0, le=30, description="catalogue requests per second; documented limit 30")
    books_per_sec: float = Field(10.0, gt=0, le=50, description="book requests per second; documented limit 50")
    page_size: int = Field(100, ge=1, le=100, description="records per catalogue page; the venue clamps at 100")
    max_pages: int = Field(5_000, ge=1, le=100_000, description="pages after which a walk is given up as endless")
    books_per_request: int = Field(200, ge=2, le=500, description="books per call; the venue allows 500")
    books_concurrency: int = Field(4, ge=1, le=16, description="book calls in flight at once")
    lookup_ids_per_request: int = Field(60, ge=1, le=60, description="ids per look-up of closed markets")


class VenuesSettings(_Section):
    """The venues that are watched."""

    polymarket: PolymarketSettings = Field(default_factory=PolymarketSettings)


class HttpSettings(_Section):
    """Manners towards the outside."""

    user_agent: str = Field(
        "pm-endgame-sweep/0.1", min_length=3, max_length=200, pattern=r"^[ -~]+$", description="User-Agent header"
    )
    max_attempts: int = Field(3, ge=1, le=10, description="tries per request")
    timeout_sec: float = Field(10.0, gt=0, le=120, description="longest wait for one try, seconds")
    budget_sec: float = Field(
        20.0, gt=0, le=600, description="longest time for one request with all its tries, seconds"
    )
    backoff_initial_sec: float = Field(0.5, gt=0, le=60, description="first back-off ceiling (full jitter), seconds")
    backoff_max_sec: float = Field(8.0, gt=0, le=300, description="largest back-off ceiling, seconds")
    retry_after_max_sec: float = Field(300.0, ge=1, le=3_600, description="longest Retry-After honoured, seconds")
    throttle_pause_sec: float = Field(1.0, ge=1, le=60, description="pause after a 429 without Retry-After, seconds")
    breaker_failures: int = Field(5, ge=1, le=100, description="consecutive failures that open the breaker of a host")
    breaker_open_sec: float = Field(15.0, gt=0, le=3_600, description="first open time of a breaker, seconds; doubles")
    breaker_open_max_sec: float = Field(120.0, gt=0, le=3_600, description="longest open time of a breaker, seconds")
    max_body_bytes: int = Field(
        33_554_432, ge=65_536, le=1_073_741_824, description="largest answer that is read, bytes after decompression"
    )


class IngestSettings(_Section):
    """What is read from the venue, and how often."""

    discovery_sec: Cadence = Field(1_800, description="full walk of the open catalogue, seconds")
    window_sec: Cadence = Field(300, description="walk of the endgame window, seconds")
    quotes_sec: Cadence = Field(60, description="books of all candidates, seconds")
    retry_sec: Cadence = Field(5, description="first retry after a failed window walk or quote cycle, seconds; doubles")
    batch_size: int = Field(1_000, ge=1, le=1_000, description="rows per write")
    window_back_days: Days = Field(7, description="the endgame window begins this long before now, days")
    window_ahead_days: Days = Field(14, description="the endgame window ends this long after now, days")
    game_end_lag_days: Days = Field(
        8, description="the catalogue query reaches this much further, because games carry kickoff + 7 d, days"
    )
    candidate_margin: Fraction = Field(0.05, description="quoted from min_entry_price minus this, $/share")
    sample_sec: int = Field(300, ge=60, le=86_400, description="bucket of the quote samples, seconds")


class WeightsSettings(_Section):
    """Weights of the overall score."""

    w1: Weight = Field(0.45, description="yield velocity")
    w2: Weight = Field(0.25, description="net yield")
    w3: Weight = Field(0.15, description="liquidity")
    w4: Weight = Field(0.10, description="definition risk (subtracted)")
    w5: Weight = Field(0.05, description="staleness (subtracted)")


class BoundsSettings(_Section):
    """Gates and norms."""

    min_t_remaining_sec: Seconds = Field(3_600, description="closes too soon below this, seconds")
    max_t_remaining_sec: Seconds = Field(1_209_600, description="closes too late above this, seconds")
    quote_stale_max_sec: float = Field(180, gt=0, le=86_400, description="a quote older than this is stale, seconds")
    min_t_days: float = Field(0.25, gt=0, le=365, description="per-day figures divide by at least this, days")
    spread_target: float = Field(0.02, gt=0, le=1, description="spread at which the liquidity score is 0, $/share")
    max_spread: Fraction = Field(0.25, description="a wider book is a stub, $/share")
    min_entry_price: Fraction = Field(0.90, description="lowest ask worth buying, $/share")
    max_entry_price: Fraction = Field(0.999, description="highest ask worth buying, $/share")
    depth_target_usd: float = Field(
        500, ge=0, le=1e9, allow_inf_nan=False, description="depth for a full liquidity score, USD; 0 switches it off"
    )
    depth_reach: Fraction = Field(0.01, description="depth counts asks up to the best one plus this, $/share")
    min_net_yield: float = Field(0.0, ge=0, lt=1, description="net yield must be above this, $/share")
    velocity_max: float = Field(0.05, gt=0, le=10, description="yield velocity that norms to 1, $/share/day")
    net_yield_max: float = Field(0.10, gt=0, le=1, description="net yield that norms to 1, $/share")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_entry_price > self.max_entry_price:
            raise ValueError(
                f"scoring.bounds.min_entry_price {self.min_entry_price} must not be above"
                f" scoring.bounds.max_entry_price {self.max_entry_price}"
            )
        if self.min_t_remaining_sec > self.max_t_remaining_sec:
            raise ValueError(
                f"scoring.bounds.min_t_remaining_sec {self.min_t_remaining_sec} must not be above"
                f" scoring.bounds.max_t_remaining_sec {self.max_t_remaining_sec}"
            )
        return self


class RiskSettings(_Section):
    """Weights of the risk score: 1 - product of (1 - weight * value)."""

    definition_weight: Weight = Field(0.6, description="definition risk")
    liquidity_weight: Weight = Field(0.3, description="1 - liquidity score")
    freshness_weight: Weight = Field(0.2, description="staleness penalty")
    operational_rate: Fraction = Field(0.01, description="base rate of operational loss")
    jump_rate_sports: Fraction = Field(0.05, description="event jump, sports")
    jump_rate_crypto: Fraction = Field(0.03, description="event jump, crypto")
    jump_rate_other: Fraction = Field(0.02, description="event jump, every other category")


class SizingSettings(_Section):
    """Largest position, as a fraction of net asset value."""

    base_position_pct: Fraction = Field(0.10, description="before risk and liquidity, and never above it, fraction")
    min_position_pct: Fraction = Field(0.01, description="never below it, fraction")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_position_pct > self.base_position_pct:
            raise ValueError(
                f"scoring.sizing.min_position_pct {self.min_position_pct} must not be above"
                f" scoring.sizing.base_position_pct {self.base_position_pct}"
            )
        return self


class ScoringSettings(_Section):
    """What things are worth."""

    cadence_sec: Cadence = Field(120, description="scoring cycle, seconds")
    fee_model: Literal["schedule", "flat"] = Field("schedule", description="the market's own schedule, or flat for all")
    fee_bps: float = Field(
        120, ge=0, le=10_000, description="flat fee, basis points of price; only with fee_model flat"
    )
    assumed_fee_rate: Fraction = Field(0.07, description="rate where no schedule is readable")
    allow_live_sports: bool = Field(False, description="list markets whose game is being played")
    weights: WeightsSettings = Field(default_factory=WeightsSettings)
    bounds: BoundsSettings = Field(default_factory=BoundsSettings)
    risk: RiskSettings = Field(default_factory=RiskSettings)
    sizing: SizingSettings = Field(default_factory=SizingSettings)


class RetentionSettings(_Section):
    """How long things are kept."""

    cadence_sec: Cadence = Field(86_400, description="pruning, seconds")
    samples_days: float = Field(7, gt=0, le=3_650, description="5-minute quote samples, days")
    closed_days: float = Field(30, gt=0, le=3_650, description="closed markets, days")
    bite_rows: int = Field(5_000, ge=100, le=100_000, description="rows deleted per transaction")


class ApiSettings(_Section):
    """How things are seen."""

    host: str = Field("127.0.0.1", min_length=1, max_length=255, description="address to listen on")
    port: int = Field(8080, ge=0, le=65_535, description="port to listen on; 0 takes a free one")
    cache_entries: int = Field(512, ge=1, le=100_000, description="encoded answers kept in memory, number")
    cache_bytes: int = Field(33_554_432, ge=65_536, le=4_294_967_296, description="encoded answers kept, bytes")
    token: Token = Field(
        SecretStr(""), description="bearer token for all but health and the page's files; empty is none"
    )
    token_file: str = Field(
        "", max_length=4_096, description="file that holds the token instead, such as a mounted secret"
    )
    allowed_hosts: HostNames = Field(
        "", max_length=4_096, description="Host names served beside localhost; empty is any unless bound to loopback"
    )
    cors_origins: Origins = Field(
        "", max_length=4_096, description="origins whose scripts may read answers; empty is none"
    )
    trusted_proxies: Networks = Field(
        "", max_length=4_096, description="proxies whose X-Forwarded-For names the client; empty is none"
    )
    requests_per_sec: float = Field(
        1_000.0, ge=0, le=1e6, allow_inf_nan=False, description="requests per second of one client; 0 is no limit"
    )
    requests_burst: int = Field(2_000, ge=1, le=1_000_000, description="requests of one client at once, after a rest")
    connections_per_client: int = Field(256, ge=1, le=65_536, description="open connections of one client")
    receive_sec: float = Field(15.0, gt=0, le=600, description="longest wait for a whole request, seconds")
    respond_sec: float = Field(30.0, gt=0, le=600, description="longest wait for the begin of an answer, seconds")
    keep_alive_sec: int = Field(15, ge=1, le=600, description="an idle connection is kept this long, seconds")

    @model_validator(mode="before")
    @classmethod
    def _read_token(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not data.get("token_file"):
            return data
        if data.get("token"):
            raise ValueError("api.token and api.token_file must not both be set")
        return {**data, "token": read_secret(str(data["token_file"]), "api.token_file")}


class MonitorSettings(_Section):
    """A port for probes and metrics alone, for processes without the API and beside it."""

    enabled: bool = Field(False, description="answer /healthz, /readyz and /metrics on a port of their own")
    host: str = Field("127.0.0.1", min_length=1, max_length=255, description="address to listen on")
    port: int = Field(9108, ge=0, le=65_535, description="port to listen on; 0 takes a free one")


class TraceSettings(_Section):
    """Spans to an OpenTelemetry collector; needs the extra `otel`."""

    otlp_url: OptionalHttpUrl = Field(
        "", description="where spans go, OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces; empty for nowhere"
    )
    timeout_sec: float = Field(5.0, gt=0, le=60, description="longest wait for the collector, seconds")


class LogSettings(_Section):
    """What is told while running; always to stderr."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="least severity that is printed")
    format: Literal["json", "pretty"] = Field("json", description="one JSON object per line, or text for people")

    @model_validator(mode="before")
    @classmethod
    def _lower(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {key: value.lower() if isinstance(value, str) else value for key, value in data.items()}
        return data


class Settings(BaseSettings):
    """All settings of the program."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        env_ignore_empty=False,
        hide_input_in_errors=True,
    )

    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    venues: VenuesSettings = Field(default_factory=VenuesSettings)
    http: HttpSettings = Field(default_factory=HttpSettings)
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    scoring: ScoringSettings = Field(default_factory=ScoringSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    monitor: MonitorSettings = Field(default_factory=MonitorSettings)
    trace: TraceSettings = Field(default_factory=TraceSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over what the constructor was given (the YAML file)."""
        return (EnvSettingsSource(settings_cls), init_settings)

    @property
    def min_candidate_price(self) -> float:
        """Indicative price of a side from which on its market is worth a quote, $/share."""
        return round(self.scoring.bounds.min_entry_price - self.ingest.candidate_margin, 6)

    @property
    def window_back_ms(self) -> int:
        """How far before now the endgame window begins, milliseconds."""
        return round(self.ingest.window_back_days * 86_400_000)

    @property
    def window_ahead_ms(self) -> int:
        """How far after now the endgame window ends, milliseconds; never short of the scoring bound."""
        return round(max(self.ingest.window_ahead_days * 86_400, self.scoring.bounds.max_t_remaining_sec) * 1_000)

    @property
    def listed_quote_ms(self) -> int:
        """Oldest quote of a listed opportunity, milliseconds: whoever stopped working, older ones are not shown."""
        listed_sec = self.scoring.bounds.quote_stale_max_sec + self.scoring.cadence_sec + LISTED_GRACE_SEC
        return round(listed_sec * 1_000)


def load_settings(config_file: Path | None = None, **overrides: Any) -> Settings:
    """Settings in force: defaults, then the YAML file, then the environment; `overrides` lie below the environment.

    Raises:
        ConfigError: an unknown name, an unreadable file, or a value outside its bounds.
    """
    _refuse_unknown_variables(os.environ)
    named = os.environ.get(CONFIG_VARIABLE)
    path = config_file or (Path(named) if named else None)
    tree = _merge(_read_yaml(path) if path else {}, overrides)
    try:
        return Settings(**tree)
    except ValidationError as error:  # not chained: its inputs may hold a secret
        raise ConfigError(_sentence(error)) from None


def setting_names(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted name and field of every leaf setting, in order of definition."""
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from setting_names(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", info


def variable_name(setting: str) -> str:
    """Environment variable of a dotted setting name: api.port is ENDGAME_API__PORT."""
    return ENV_PREFIX + setting.upper().replace(".", "__")


def public_tree(settings: Settings) -> dict[str, Any]:
    """Everything in force as plain data; secrets are masked, so it may be printed."""
    return settings.model_dump(mode="json")


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = {variable_name(name) for name, _ in setting_names()} | {CONFIG_VARIABLE}
    for variable in environ:
        if not variable.upper().startswith(ENV_PREFIX) or variable.upper() in known:
            continue
        near = difflib.get_close_matches(variable.upper(), sorted(known), n=1)
        hint = f"did you mean {near[0]}?" if near else "`endgame config show --names` lists all names"
        raise ConfigError(f"{variable} is not a setting: {hint}")


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"config file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"config file {path} is not UTF-8 text") from None
    except yaml.YAMLError as error:  # never its own text: that quotes the line, which may hold a password
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(f"config file {path} is not YAML{where}") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigError(f"config file {path} must hold settings by name, not {type(tree).__name__}")
    return {str(name): value for name, value in tree.items()}


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        mine = merged.get(key)
        merged[key] = _merge(mine, value) if isinstance(mine, dict) and isinstance(value, Mapping) else value
    return merged


def _sentence(error: ValidationError) -> str:
    """The first finding as one sentence that names the setting, the value and what is allowed."""
    first = error.errors(include_url=False)[0]
    setting = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(setting, [name for name, _ in setting_names()], n=1)
        return f"{setting} is not a setting" + (f": did you mean {near[0]}?" if near else "")
    if first["type"] == "model_type":
        held = first.get("input")
        return f"{setting} must hold settings by name, not {'nothing' if held is None else type(held).__name__}"
    if first["type"] == "value_error" and isinstance(first.get("input"), dict | BaseModel):
        return message  # a rule about a section names its settings itself
    shown = _shown(setting, first.get("input"))
    return f"{setting} ({variable_name(setting)}) is {shown}: {message}{_allowed(setting)}"


def _shown(setting: str, value: Any) -> str:
    """A refused value as far as it may be printed: a URL can hold a password anywhere after its scheme."""
    text = str(value)
    scheme = re.match(r"[a-z][a-z0-9+.-]*://", text)
    if setting == "api.token":
        return "'***'"
    if setting == "database.url" or (scheme and "@" in text):
        return f"'{scheme[0] if scheme else ''}***'"
    return repr(value) if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]!r}… ({len(text)} characters)"


def _allowed(setting: str) -> str:
    for name, info in setting_names():
        if name == setting:
            return f" [{info.description}{bounds_text(info)}]"
    return ""


def bounds_text(info: Any) -> str:
    """Bounds of a field as text, empty when it has none: `, >= 0, <= 1`."""
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    found = [
        f"{sign} {getattr(item, key)}" for item in info.metadata for key, sign in signs.items() if hasattr(item, key)
    ]
    return "".join(f", {text}" for text in found)
