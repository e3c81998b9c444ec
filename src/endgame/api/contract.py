"""The answers as models: they document OpenAPI and check real answers in tests; the bytes are made by msgspec.

Every key of SPEC §7 and §12 with its unit and range. A key that may be null is nullable here, never absent.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from endgame.domain.market import Category, Resolution, Side, Status
from endgame.domain.rule import Severity
from endgame.domain.score import Gate

Time = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
        description="UTC, RFC 3339 with milliseconds and Z.",
        json_schema_extra={"format": "date-time"},
    ),
]
Price = Annotated[float, Field(ge=0, le=1, description="$/share.")]
Unit = Annotated[float, Field(ge=0, le=1, description="0-1.")]
Usd = Annotated[float, Field(ge=0, description="USD.")]
Shares = Annotated[float, Field(gt=0, description="Shares.")]
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class EvidenceSpan(_Answer):
    """Half-open range of Unicode code points of the stored rule text."""

    start: int = Field(ge=0, description="First code point.")
    end: int = Field(ge=0, description="One past the last code point.")


class RiskFlag(_Answer):
    """One definition-risk finding."""

    code: str = Field(description="Name of the rule in the rulebook.")
    severity: Severity = Field(description="How much it matters.")
    why: str = Field(description="One sentence for people.")
    base_rate: Unit = Field(description="Share of ordinary texts that carry the flag, 0-1.")
    evidence_spans: list[EvidenceSpan] = Field(description="Where the text says so; empty when something is missing.")


class Contribution(_Answer):
    """What one finding adds to the log-odds of a dispute."""

    code: str = Field(description="Name of the finding; BASE is where a text without any starts.")
    log_odds: Number = Field(description="Natural log-odds; negative where it makes a dispute less likely.")


class Bites(_Answer):
    """Whom the flags hurt; one that hurts both sides stands in both lists."""

    YES: list[str] = Field(description="Codes of the flags that hurt the holder of YES.")
    NO: list[str] = Field(description="Codes of the flags that hurt the holder of NO.")


class NotJudged(_Answer):
    """A rule of the rulebook that could not be applied."""

    code: str = Field(description="Name of the rule in the rulebook.")
    missing: list[str] = Field(description="What would have to be known of the market.")


class ScoreBreakdown(_Answer):
    """The weighted terms; overall_score is their sum clamped to 0-1. Penalties are negative or zero."""

    yield_velocity: Number = Field(description="w1 * normed yield_velocity.")
    net_yield: Number = Field(description="w2 * normed net_yield.")
    liquidity: Number = Field(description="w3 * liquidity_score.")
    definition_risk: Number = Field(description="-w4 * definition_risk_score.")
    staleness: Number = Field(description="-w5 * staleness_penalty.")


class ItemQuote(_Answer):
    """The quote from which the row was computed. bid, ask and spread are those of the recommended side."""

    bid: Price | None = Field(description="Best bid of the recommended side, $/share.")
    ask: Price | None = Field(description="Best ask of the recommended side, $/share.")
    spread: Number | None = Field(description="Ask minus bid of the recommended side, $/share.")
    yes_bid: Price | None = Field(description="Best bid of YES, $/share.")
    yes_ask: Price | None = Field(description="Best ask of YES, $/share.")
    no_bid: Price | None = Field(description="Best bid of NO, $/share.")
    no_ask: Price | None = Field(description="Best ask of NO, $/share.")
    spread_yes: Number | None = Field(description="Ask minus bid of YES, $/share.")
    spread_no: Number | None = Field(description="Ask minus bid of NO, $/share.")
    as_of: Time = Field(description="When the venue's answer was read.")
    staleness_sec: float = Field(ge=0, description="Age of the quote when it was scored, seconds.")


class Opportunity(_Answer):
    """A market that passed every gate."""

    market_id: str = Field(description="The venue's own id.")
    venue: str = Field(description="Name of the exchange.")
    title: str = Field(description="The question, as the venue words it.")
    slug: str | None = Field(description="The venue's name for URLs.")
    url: str | None = Field(description="Page of the market at the venue, http(s).")
    category: Category = Field(description="Our category.")
    event_id: str | None = Field(description="The venue's id of the event.")
    event_title: str | None = Field(description="Title of the event.")
    as_of: Time = Field(description="When it was scored.")
    close_time: Time | None = Field(description="Best estimate of the event's end.")
    t_remaining_sec: int = Field(ge=0, description="Whole seconds from as_of to close_time.")
    recommended_side: Side = Field(description="The favourite.")
    outcome_label: str | None = Field(description="What the venue calls that side.")
    entry_price: Price = Field(description="Best ask of that side, $/share.")
    gross_yield: Unit = Field(description="1 - entry_price, $/share.")
    net_yield: Unit = Field(description="What is left after the fee, $/share.")
    yield_velocity: float = Field(ge=0, description="net_yield per day, $/share/day.")
    roi: float = Field(ge=0, description="net_yield / (entry_price + fee), fraction.")
    apr: float = Field(ge=0, description="roi * 365 / days, fraction per year.")
    fee_bps: float = Field(ge=0, description="Fee in basis points of the price.")
    fee_assumed: bool = Field(description="True when no fee schedule was readable and the highest one was assumed.")
    liquidity_score: Unit = Field(description="Spread, freshness and depth, 0-1.")
    depth_usd: Usd = Field(description="Asks up to the reach above the best one, USD.")
    definition_risk_score: Unit = Field(description="How the rules could bite, 0-1.")
    risk_score: Unit = Field(description="All risks together, 0-1.")
    overall_score: Unit = Field(description="Rank, 0-1.")
    score_breakdown: ScoreBreakdown = Field(description="Its weighted terms.")
    max_position_pct: Unit = Field(description="Largest position, fraction of net asset value.")
    risk_flags: list[RiskFlag] = Field(description="Definition-risk findings.")
    quote: ItemQuote = Field(description="The quote it was computed from.")


class Opportunities(_Answer):
    """One page of the list."""

    items: list[Opportunity] = Field(max_length=200, description="Rows in the order asked for.")
    next_cursor: str | None = Field(description="Ask again with it for the next page; null on the last.")
    total: int = Field(ge=0, description="Rows of all pages together.")
    as_of: Time | None = Field(description="The scoring run; null before the first.")


class OutcomeDetail(_Answer):
    """One side of a market."""

    outcome: Side = Field(description="Index 0 of the venue is YES, index 1 NO.")
    label: str = Field(description="What the venue calls it.")
    token_id: str | None = Field(description="The venue's token.")


class MarketDetail(_Answer):
    """The stored market."""

    market_id: str = Field(description="The venue's own id.")
    venue: str = Field(description="Name of the exchange.")
    title: str = Field(description="The question.")
    slug: str | None = Field(description="The venue's name for URLs.")
    event_slug: str | None = Field(description="The event's name for URLs.")
    event_id: str | None = Field(description="The venue's id of the event.")
    event_title: str | None = Field(description="Title of the event.")
    group_title: str | None = Field(description="Short name in the event; empty when it has none, null: not known.")
    category: Category = Field(description="Our category.")
    tags: list[str] = Field(description="The venue's tags.")
    status: Status = Field(description="Where it is in its life.")
    accepts_orders: bool = Field(description="The venue takes orders.")
    open_time: Time | None = Field(description="Start of trading.")
    close_time: Time | None = Field(description="Best estimate of the event's end.")
    venue_close_time: Time | None = Field(description="The venue's end date.")
    game_start_time: Time | None = Field(description="Kickoff; games only.")
    resolved_time: Time | None = Field(description="When it was resolved.")
    resolved_outcome: Resolution | None = Field(description="How it paid.")
    url: str | None = Field(description="Page of the market at the venue, http(s).")
    neg_risk: bool = Field(description="One of several exclusive outcomes of its event.")
    tick_size: Number | None = Field(description="Price step, $/share.")
    min_order_size: Number | None = Field(description="Smallest order, shares.")
    fee_rate: Number | None = Field(description="Rate of the market's own schedule, fraction.")
    fee_exponent: Number | None = Field(description="Exponent of the schedule.")
    fees_enabled: bool | None = Field(description="False: no fee at all; null: the venue did not say.")
    oracle_status: str | None = Field(description="Where resolution stands.")
    oracle_history: list[str] = Field(description="Earlier states, oldest first.")
    indicative_price_yes: Price | None = Field(description="The catalogue's price of YES, $/share.")
    volume_usd: Number | None = Field(description="Traded so far, USD.")
    event_volume_usd: Number | None = Field(description="Traded so far in all markets of the event together, USD.")
    liquidity_usd: Number | None = Field(description="The venue's own figure, USD.")
    venue_updated_at: Time | None = Field(description="Last change at the venue.")
    first_seen: Time = Field(description="First time in a catalogue page.")
    last_seen: Time = Field(description="Last time in a catalogue page.")
    updated_at: Time = Field(description="Last write of this row.")
    outcomes: list[OutcomeDetail] = Field(description="YES, then NO.")


class Segment(_Answer):
    """A piece of the rule text between span borders."""

    text: str = Field(description="The piece; all pieces joined are rule_text.")
    flags: list[str] = Field(description="Codes of the flags whose evidence covers it.")


class RulesDetail(_Answer):
    """The resolution text and its judgement."""

    as_of: Time = Field(description="When the text was read.")
    rule_text: str = Field(description="As the venue sent it.")
    rule_hash: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of rule_text.")
    settlement_source: str | None = Field(description="Where the result is read, http(s).")
    settlement_window: int = Field(ge=0, description="Challenge window, seconds.")
    truncated: bool = Field(description="The text was longer than 256 KiB and is cut.")
    text_changed_at: Time | None = Field(description="When words or numbers of the text last changed; null if never.")
    definition_risk_score: Unit | None = Field(description="0-1; null until judged.")
    text_dispute_probability: Unit | None = Field(
        description="Calibrated probability of a dispute from text and structure alone, 0-1; null until judged."
    )
    dispute_probability: Unit | None = Field(
        description="The same with volume and planned duration where known, 0-1; null until judged."
    )
    payoff_risk: Unit | None = Field(
        description="Probability that nobody is paid in full (void, 50-50), 0-1; null until judged."
    )
    text_change_risk: Unit | None = Field(
        description="Probability that the text is changed or clarified before settlement, 0-1; null until judged."
    )
    risk_flags: list[RiskFlag] = Field(description="Findings; empty until judged.")
    mitigators: list[RiskFlag] = Field(description="Findings that lower the risk; empty until judged.")
    traits: list[RiskFlag] = Field(description="What kind of question it is; no risk by itself. Empty until judged.")
    contributions: list[Contribution] = Field(
        description="Together the log-odds of text_dispute_probability, BASE first; empty until judged."
    )
    bites: Bites = Field(description="Whom the flags hurt; empty until judged.")
    not_judged: list[NotJudged] = Field(description="Rules that lacked something to judge by; empty until judged.")
    rulebook_version: str | None = Field(description="Rulebook that judged; null until judged.")
    segments: list[Segment] = Field(description="The text cut at the span borders.")
    updated_at: Time = Field(description="Last write of this row.")


class AskLevel(_Answer):
    """One level of asks."""

    price: Price
    size: Shares


class QuoteDetail(_Answer):
    """The latest quote."""

    market_id: str = Field(description="The venue's own id.")
    as_of: Time = Field(description="When the venue's answer was read.")
    book_time: Time | None = Field(description="Last change of the book at the venue.")
    yes_bid: Price | None = Field(description="Best bid of YES, $/share.")
    yes_ask: Price | None = Field(description="Best ask of YES, $/share.")
    no_bid: Price | None = Field(description="Best bid of NO, $/share.")
    no_ask: Price | None = Field(description="Best ask of NO, $/share.")
    spread_yes: Number | None = Field(description="Ask minus bid of YES, $/share.")
    spread_no: Number | None = Field(description="Ask minus bid of NO, $/share.")
    mid_yes: Price | None = Field(description="Midpoint of YES, $/share.")
    mid_no: Price | None = Field(description="Midpoint of NO, $/share.")
    yes_bid_size: Shares | None = Field(description="At the best bid of YES, shares.")
    yes_ask_size: Shares | None = Field(description="At the best ask of YES, shares.")
    no_bid_size: Shares | None = Field(description="At the best bid of NO, shares.")
    no_ask_size: Shares | None = Field(description="At the best ask of NO, shares.")
    yes_depth_usd: Usd = Field(description="Asks of YES within reach, USD.")
    no_depth_usd: Usd = Field(description="Asks of NO within reach, USD.")
    asks_yes: list[AskLevel] = Field(max_length=10, description="Nearest asks of YES, best first.")
    asks_no: list[AskLevel] = Field(max_length=10, description="Nearest asks of NO, best first.")
    quote_source: str = Field(description="Where the figures come from.")
    updated_at: Time = Field(description="Last write of this row.")


class ScoreDetail(_Answer):
    """The latest score; figures are null where the gate came before they could be computed."""

    market_id: str = Field(description="The venue's own id.")
    as_of: Time = Field(description="When it was scored.")
    gate: Gate | None = Field(description="First gate that it failed; null for an opportunity.")
    recommended_side: Side = Field(description="The favourite.")
    t_remaining_sec: int | None = Field(description="Whole seconds to close_time; negative when overdue.")
    entry_price: Price | None = Field(description="Best ask of that side, $/share.")
    gross_yield: Number | None = Field(description="$/share.")
    fee_bps: Number | None = Field(description="Basis points of the price.")
    fee_assumed: bool = Field(description="No fee schedule was readable.")
    net_yield: Number | None = Field(description="$/share.")
    yield_velocity: Number | None = Field(description="$/share/day.")
    roi: Number | None = Field(description="Fraction.")
    apr: Number | None = Field(description="Fraction per year.")
    liquidity_score: Unit | None = Field(description="0-1.")
    depth_usd: Usd | None = Field(description="USD.")
    staleness_sec: Number | None = Field(description="Age of the quote when scored, seconds.")
    staleness_penalty: Unit | None = Field(description="0-1.")
    definition_risk_score: Unit | None = Field(description="0-1.")
    risk_score: Unit | None = Field(description="0-1.")
    overall_score: Unit | None = Field(description="0-1.")
    score_breakdown: ScoreBreakdown | None = Field(description="Weighted terms of overall_score.")
    quote_as_of: Time | None = Field(description="When the quote was read.")
    bid: Price | None = Field(description="Best bid of that side, $/share.")
    ask: Price | None = Field(description="Best ask of that side, $/share.")
    spread: Number | None = Field(description="Ask minus bid of that side, $/share.")
    yes_bid: Price | None = Field(description="$/share.")
    yes_ask: Price | None = Field(description="$/share.")
    no_bid: Price | None = Field(description="$/share.")
    no_ask: Price | None = Field(description="$/share.")
    updated_at: Time = Field(description="Last write of this row.")


class Recommendation(_Answer):
    """What to buy, and how much at most."""

    market_id: str = Field(description="The venue's own id.")
    as_of: Time = Field(description="When it was recommended.")
    recommended_side: Side = Field(description="The favourite.")
    entry_price: Price = Field(description="Best ask, $/share.")
    expected_payout: float = Field(ge=0, le=1, description="$/share.")
    max_position_pct: Unit = Field(description="Fraction of net asset value.")
    risk_score: Unit = Field(description="0-1.")
    risk_flags: list[RiskFlag] = Field(description="Findings as judged when recommended.")
    notes: list[str] = Field(description="Short reasons.")
    bitten_by: list[str] = Field(
        description="Codes of the flags of the stored text that hurt the holder of the recommended side."
    )
    updated_at: Time = Field(description="Last write of this row.")


class MarketAnswer(_Answer):
    """Everything known about one market."""

    market: MarketDetail
    rules: RulesDetail | None = Field(description="Null when no text is stored.")
    latest_quote: QuoteDetail | None = Field(description="Null without a book.")
    latest_score: ScoreDetail | None = Field(description="Null outside the scored window.")
    recommendation: Recommendation | None = Field(description="Null unless it is an opportunity.")
    gate: Gate | None = Field(description="Why it is no opportunity; null when it is one.")


class Sample(_Answer):
    """One quote sample."""

    bucket_start: Time = Field(description="Start of its bucket.")
    as_of: Time = Field(description="When the quote was read.")
    yes_bid: Price | None = Field(description="$/share.")
    yes_ask: Price | None = Field(description="$/share.")
    no_bid: Price | None = Field(description="$/share.")
    no_ask: Price | None = Field(description="$/share.")


class History(_Answer):
    """Quote samples, oldest first."""

    items: list[Sample] = Field(max_length=10_080, description="Of the last seven days.")


class Funnel(_Answer):
    """Where the open markets stopped; seen is the sum of opportunities and all gates."""

    as_of: Time | None = Field(description="The scoring run; null before the first.")
    seen: int = Field(ge=0, description="Open markets.")
    opportunities: int = Field(ge=0, description="Listed now, without any filter.")
    gates: dict[Gate, Count] = Field(description="Markets stopped at each gate; every gate is present.")


Measure = Literal["t_remaining_sec", "staleness_sec", "spread", "entry_price", "net_yield"]
Relation = Literal["at_least", "at_most", "above"]


class GateCheck(_Answer):
    """One gate, whatever the other gates say."""

    gate: Gate
    state: Literal["passed", "failed", "unknown"] = Field(description="Unknown: its figure cannot be known.")
    measure: Measure | None = Field(description="The figure that it compares; null for a plain fact.")
    relation: Relation | None = Field(description="What is asked of the figure.")
    value: Number | None = Field(description="The figure, in its own unit.")
    bound: Number | None = Field(description="What it is compared with, same unit.")


class GateStretch(_Answer):
    """Samples one after the other with the same gate."""

    start: Time = Field(description="Start of its first bucket.")
    end: Time = Field(description="End of its last bucket.")
    gate: Gate | None = Field(description="First gate that quote and time failed; null when they passed all.")


class Gates(_Answer):
    """Why a market is or is not an opportunity, now and over its samples."""

    market_id: str = Field(description="The venue's own id.")
    as_of: Time = Field(description="The moment of the checks.")
    gate: Gate | None = Field(description="First gate that fails; null when all pass.")
    checks: list[GateCheck] = Field(description="Every gate in order, as the next scoring run would find it.")
    history: list[GateStretch] = Field(
        max_length=10_080,
        description="By quote and time alone with today's bounds, oldest first; status, disputes and rules of the past"
        " are not stored and count as passed.",
    )


class NearMarket(_Answer):
    """A market that one gate keeps out."""

    market_id: str = Field(description="The venue's own id.")
    title: str = Field(description="The question, as the venue words it.")
    url: str | None = Field(description="Page of the market at the venue, http(s).")
    category: Category = Field(description="Our category.")
    close_time: Time | None = Field(description="Best estimate of the event's end.")
    recommended_side: Side = Field(description="The favourite.")
    outcome_label: str | None = Field(description="What the venue calls that side.")
    gate: Gate = Field(description="The first gate that it failed.")
    measure: Measure | None = Field(description="The figure that would have to change; null for a plain fact.")
    relation: Relation | None = Field(description="What is asked of the figure.")
    value: Number | None = Field(description="The figure, in its own unit.")
    bound: Number | None = Field(description="What it is compared with, same unit.")
    distance: float = Field(
        ge=0, description="Beyond the bound by: $/share for prices, relative to the bound for times, 1 for a dispute."
    )


class Nearest(_Answer):
    """Markets that a small change would let in, the smallest first."""

    as_of: Time | None = Field(description="The scoring run; null before the first.")
    items: list[NearMarket] = Field(max_length=50)


class Cadence(_Answer):
    """How often each part works, seconds."""

    discovery_sec: float
    window_sec: float
    quotes_sec: float
    scoring_sec: float
    retention_sec: float
    sample_sec: float


class Retention(_Answer):
    """How long things are kept, days."""

    samples_days: float
    closed_days: float


class Weights(_Answer):
    """Weights of overall_score."""

    w1: Unit = Field(description="yield_velocity")
    w2: Unit = Field(description="net_yield")
    w3: Unit = Field(description="liquidity_score")
    w4: Unit = Field(description="definition_risk_score, subtracted")
    w5: Unit = Field(description="staleness_penalty, subtracted")


class ScoringInForce(_Answer):
    """Every number of the scoring."""

    weights: Weights
    bounds: dict[str, float] = Field(description="Gates and norms by setting name.")
    fee_model: Literal["schedule", "flat"]
    fee_bps: float = Field(description="Flat fee, basis points of price; only with fee_model flat.")
    assumed_fee_rate: Unit = Field(description="Rate where no schedule is readable.")
    allow_live_sports: bool
    risk: dict[str, float] = Field(description="Weights and base rates of risk_score by setting name.")
    sizing: dict[str, float] = Field(description="Position bounds by setting name, fraction of net asset value.")


class VenueInForce(_Answer):
    """A venue that is watched."""

    enabled: bool
    gamma_url: str
    clob_url: str
    data_url: str


class Config(_Answer):
    """What is in force; no secret is ever in it."""

    version: str
    cadence: Cadence
    retention: Retention
    scoring: ScoringInForce
    venues: dict[str, VenueInForce] = Field(description="By name.")


class Health(_Answer):
    """The process lives."""

    status: Literal["ok"]


class JobState(_Answer):
    """One job."""

    job: str
    last_start: Time | None
    last_success: Time | None = Field(description="End of the last finished cycle; null if none is known.")
    age_sec: float | None = Field(description="Seconds since then.")
    overdue: bool = Field(description="No success within 3 cadences + 30 s.")
    cadence_sec: float = Field(ge=0, description="Seconds; 0 when not known.")
    last_error_at: Time | None
    last_error_kind: str | None = Field(description="Kind of the last error; its words stay in the log.")
    consecutive_failures: int = Field(ge=0)
    overdue_since: Time | None = Field(description="When it became overdue; null while it is not.")


class JobReport(JobState):
    """One job with what its last cycle did."""

    last_duration_sec: float | None = Field(description="Of the last finished cycle, seconds.")
    counts: dict[str, Number] = Field(description="What the last successful cycle counted, by name.")


class Circuit(_Answer):
    """One circuit breaker of this process."""

    host: str = Field(description="The venue's host.")
    state: Literal["closed", "half-open", "open"] = Field(description="Open: nothing is asked for a while.")


class System(_Answer):
    """How the parts are doing. Jobs are those of the database, whoever runs them; the rest counts in this process."""

    as_of: Time | None = Field(description="The scoring run; null before the first.")
    started: Time = Field(description="Start of this process; its counters begin here.")
    jobs: list[JobReport]
    circuits: list[Circuit] = Field(description="Empty in a process that asks no venue.")
    records_skipped: dict[str, Count] = Field(description="Venue records not used, by reason.")
    writes_dropped: dict[str, Count] = Field(description="Rows not written because a newer one is stored, by table.")
    missed_ticks: dict[str, Count] = Field(description="Ticks skipped because the cycle before still ran, by job.")
    job_errors: dict[str, Count] = Field(description="Failed cycles, by job and kind: `quotes:unavailable`.")


class Readiness(_Answer):
    """May serve; `degraded` when what is served is getting old."""

    status: Literal["ok", "degraded"]
    reasons: list[str] = Field(description="Why it is degraded; empty when ok.")
    as_of: Time | None = Field(description="The scoring run; null before the first.")
    roles: dict[str, Literal["waiting", "leader", "standby"]] = Field(
        description="What this process is in each role that it can take; `waiting` before the first election."
    )
    jobs: list[JobState]


class ParameterError(_Answer):
    """What is wrong with one query parameter."""

    parameter: str
    reason: str
    allowed: str


class Problem(BaseModel):
    """RFC 9457 problem document."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="URN of the kind of problem.")
    title: str = Field(description="The kind in words.")
    status: int = Field(ge=400, le=599, description="HTTP status.")
    detail: str = Field(description="This occurrence in words.")
    errors: list[ParameterError] | None = Field(default=None, description="Refused parameters; 422 only.")
