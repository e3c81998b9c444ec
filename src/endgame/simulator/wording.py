"""What simulated markets are about: kinds with their terms, titles and rule texts, as data.

The texts are paraphrases of the usual families, some careful and some with the gaps that cost money in the
past. A few carry curly quotes, no-break spaces and emoji, because the real ones do.
Fee rates and type names: the venue's schedule of 2026-09-26.
"""

# The texts are wrapped by sense and carry the typographic quotes of the real ones.
# ruff: noqa: E501, ISC004, RUF001

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Tag = tuple[str, str, str]
"""Id, label, slug."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One family of markets. Horizons and lags are hours; `share` is its part of the universe."""

    name: str
    share: float
    sizes: tuple[int, int]
    horizon: tuple[float, float, float]
    """Shortest, longest, and the power that bends the distribution towards the shortest."""
    lag: tuple[float, float]
    """From the end of the event to the first proposal."""
    fee_type: str
    fee_rate: float
    rebate: float
    liveness_sec: int
    tags: tuple[Tag, ...]
    events: tuple[str, ...]
    questions: tuple[str, ...]
    rules: tuple[str, ...]
    members: tuple[str, ...] = ()
    neg_risk: bool = False
    game: bool = False
    dated: bool = False
    source: str = ""


_POLITICS: Tag = ("2", "Politics", "politics")
_SPORTS: Tag = ("1", "Sports", "sports")
_GAMES: Tag = ("100639", "Games", "games")
_CRYPTO: Tag = ("21", "Crypto", "crypto")

TEAMS = (
    "Harbor Kings", "Northfield Wolves", "Red River", "St. Brieuc Mariners", "Lakeside Comets", "Atlético Verano",
    "Granite City", "Old Mill Rovers", "Île-du-Nord", "Bay Street Bulls", "Pine Valley", "Sable Coast", "Örebro Lights",
    "Copper Canyon", "East Quay United", "Winterhaven", "Cedar Rapids Owls", "Santa Luz", "Thornbury", "Black Harbor",
)  # fmt: skip
PLACES = (
    "Norland", "Vesperia", "Costa Brisa", "Karelstan", "Ostmark", "San Aurelio", "Tamboria", "Lower Quentin", "Meridia",
    "Port Selwyn", "Zafra", "Ruthenia Minor",
)  # fmt: skip
PEOPLE = (
    "Ada Lindqvist", "Marcus Oyelaran", "Irène Delacroix", "Tomás Herrera", "Yuki Tanabe", "Priya Raman",
    "Cormac O’Dwyer", "Salome Beridze", "Henrik Aas", "Lucía Ferrand", "Dmitri Valko", "Noor Haddad",
)  # fmt: skip
COINS = (
    ("Bitcoin", "btc", 92_000), ("Ethereum", "eth", 3_100), ("Solana", "sol", 142), ("XRP", "xrp", 2),
    ("Dogecoin", "doge", 1), ("BNB", "bnb", 870),
)  # fmt: skip
CITIES = ("London", "New York City", "Seoul", "Buenos Aires", "Toronto", "Ankara", "Wellington", "Lagos")
STOCKS = (("Acorn Systems", "ACRN", 214), ("Blue Ridge Energy", "BRE", 58), ("Helios Motors", "HLMO", 391),
          ("the NX-500 index", "NX500", 6_840))  # fmt: skip
PHRASES = ("inflation", "artificial intelligence", "tariff", "God bless", "recession", "my friend", "nuclear")

_BINARY_TAIL = "Otherwise, this market will resolve to “No”."

KINDS: tuple[Kind, ...] = (
    Kind(
        "game", 0.34, (2, 7), (1, 480, 1.6), (0.1, 1.0), "sports_fees_v3", 0.05, 0.15, 1800,
        (_SPORTS, _GAMES, ("745", "NBA", "nba")),
        ("{a} vs. {b}",),
        ("{a} vs. {b}", "Spread: {a} ({line})", "{a} vs. {b}: O/U {total}", "{person}: Points O/U {small}"),
        (
            "In the upcoming game between the {a} and the {b}, scheduled for {date}:\n\nIf the {a} win, this market will"
            " resolve to \"{a}\".\n\nIf the {b} win, this market will resolve to \"{b}\".\n\nIf the game is postponed, this"
            " market stays open until the game has been played. If the game is cancelled entirely with no make-up game,"
            " this market will resolve 50-50.",
            "This market is about the game {a} vs. {b} on {date}. The final score including any overtime counts."
            " If the game ends in a tie or is not completed within seven days, this market will resolve to 50-50."
            "\n\nThe primary resolution source is the league’s official box score; a consensus of credible reporting"
            " may also be used.",
        ),
        game=True, source="https://www.nba.com/",
    ),
    Kind(
        "match", 0.13, (3, 3), (1, 480, 1.6), (0.1, 1.2), "sports_fees_v3", 0.05, 0.15, 1800,
        (_SPORTS, _GAMES, ("100350", "Soccer", "soccer")),
        ("{a} vs. {b}",),
        ("Will {a} win on {day}?", "Will {a} vs. {b} end in a draw?", "Will {b} win on {day}?"),
        (
            "⚽ This market refers only to the outcome within the first 90 minutes of regular play plus stoppage time of"
            " {a} vs. {b}, scheduled for {date}.\n\nIf the match is cancelled or not rescheduled, this market will"
            " resolve to “No”. If it is postponed, this market remains open until the match is completed.",
        ),
        ("{a}", "Draw ({a} vs. {b})", "{b}"), neg_risk=True, game=True,
    ),
    Kind(
        "updown", 0.07, (1, 1), (0, 24, 1.0), (0.01, 0.02), "crypto_fees_v2", 0.07, 0.20, 0,
        (_CRYPTO, ("102127", "Up or Down", "up-or-down"), ("102892", "5M", "5M")),
        ("{coin} Up or Down - {slot}",),
        ("{coin} Up or Down - {slot}",),
        (
            "This market resolves to \"Up\" if the {coin} price at the end of the range named in the title is greater than"
            " or equal to the price at its beginning, and to \"Down\" otherwise.\nThe resolution source is the Chainlink"
            " data stream {ticker}/USD, available at https://data.chain.link/streams/{ticker}-usd.\nOther sources and"
            " spot markets do not matter for this market.",
        ),
        source="https://data.chain.link/streams/{ticker}-usd",
    ),
    Kind(
        "level", 0.11, (3, 7), (2, 720, 2.2), (0.1, 0.3), "crypto_fees_v2", 0.07, 0.20, 600,
        (_CRYPTO, ("101267", "Crypto Prices", "crypto-prices")),
        ("{coin} above ___ on {day}?", "What price will {coin} hit by {day}?"),
        ("Will the price of {coin} be above ${strike} on {day}?", "Will {coin} hit ${strike} by {day}?"),
        (
            "This market will resolve to \"Yes\" if the 1-minute candle for {coin} on {day} 12:00 in the ET timezone (noon)"
            " has a final \"Close\" price higher than ${strike}. Otherwise, this market will resolve to \"No\".\n\nThe"
            " resolution source is the spot pair {ticker}/USDT of the exchange named in the event, with “1m” candles"
            " selected. Price precision is that of the source. Later revisions will not be considered.",
            "This market resolves to “Yes” if any 1-minute candle of {coin} between now and {date}, 11:59 PM ET has a high"
            " price of ${strike} or more. Otherwise it resolves to “No”. Prices of other exchanges will not count.",
        ),
        ("{strike}",),
    ),
    Kind(
        "winner", 0.05, (3, 8), (24, 8_000, 1.3), (0.3, 6), "politics_fees", 0.04, 0.25, 7200,
        (_POLITICS, ("144", "Elections", "elections"), ("101970", "World", "world")),
        ("{place} Presidential Election Winner", "Next Prime Minister of {place}?"),
        ("Will {member} win the {place} presidential election?", "Will {member} be the next Prime Minister of {place}?"),
        (
            "A presidential election is planned in {place} by {date}.\n\nThis market will resolve to \"Yes\" if {member} wins"
            " that election, any second round included. If the result is not known by {date}, 11:59 PM ET, this market"
            " will resolve to \"No\".\n\nThis market resolves on a consensus of credible reporting. Should there be"
            " doubt, it will resolve on the official results published by the electoral commission of {place}.",
            "This market will resolve to the next person who is officially appointed and sworn in as Prime Minister of"
            " {place}. An interim or caretaker office holder will not count. {member} must hold the office for this market"
            " to resolve to “Yes”. If nobody is appointed by {date}, it resolves to “Other”.",
        ),
        PEOPLE, neg_risk=True, dated=True,
    ),
    Kind(
        "policy", 0.05, (1, 1), (24, 8_000, 1.8), (0.3, 8), "politics_fees", 0.04, 0.25, 7200,
        (_POLITICS, ("126", "Congress", "congress")),
        ("{member} out as minister by {day}?", "Will {place} ban short videos by {day}?"),
        ("{member} out as minister by {day}?", "Will {place} ban short videos by {day}?"),
        (
            "This market will resolve to “Yes” if {member} ceases to be a minister of {place} for any length of time between"
            " market creation and {date}, 11:59 PM ET. " + _BINARY_TAIL + "\n\nAn announcement of a resignation before"
            " that date is enough, regardless of when it takes effect. The resolution source is official information from"
            " the government of {place}, however a consensus of credible reporting may also be used.",
            "This market resolves to \"Yes\" if a ban comes into force by {date}. The market may resolve at the sole"
            " discretion of the resolvers if the circumstances are substantially unclear.",
        ),
        PEOPLE, dated=True,
    ),
    Kind(
        "conflict", 0.04, (1, 2), (24, 6_000, 1.8), (0.5, 20), "", 0.0, 0.0, 7200,
        (("100265", "Geopolitics", "geopolitics"), ("101970", "World", "world")),
        ("{place} x {place2} ceasefire by {day}?", "Will {place} strike {place2} by {day}?",
         "Will {place} enter {place2} by {day}?"),
        ("{place} x {place2} ceasefire by {day}?", "Will {place} strike {place2} by {day}?",
         "Will {place} enter {place2} by {day}?"),
        (
            "This market will resolve to \"Yes\" if {place} and {place2} agree to a ceasefire by {date}. " + _BINARY_TAIL +
            "\n\nThe resolution source is a consensus of credible reporting.",
            "This market resolves to “Yes” if {place} carries out a drone, missile or air strike on the soil of {place2} that"
            " is officially acknowledged by either government by {date}, 11:59 PM ET. Intercepted weapons will not count."
            " Artillery and ground fire will not qualify. Reports citing anonymous or unnamed officials will not suffice."
            "\n\nOtherwise, this market will resolve to “No”.",
            "If {place} begins an offensive intended to establish control over any portion of {place2}, this market resolves"
            " to “Yes”. What counts as control may be judged by the major media. 🗺️",
        ),
        dated=True,
    ),
    Kind(
        "rates", 0.02, (4, 5), (24, 1_500, 1.3), (0.1, 1), "economics_fees", 0.05, 0.25, 7200,
        (("100328", "Economy", "economy"), ("102000", "Central banks", "central-banks")),
        ("{place} central bank decision in {month}?",),
        ("{place} central bank: {member} at the {month} meeting?",),
        (
            "This market resolves by the change that the central bank of {place} makes to the upper bound of its target range"
            " at its {month} meeting, planned to end by {date}. A change of another size is rounded up to the next"
            " bracket.\n\nThe resolution source is the statement published after the meeting. If no statement is published"
            " by the end date of the next meeting, this market resolves to the \"No change\" bracket.",
        ),
        ("50+ bps decrease", "25 bps decrease", "No change", "25 bps increase", "50+ bps increase"),
        neg_risk=True, dated=True, source="https://centralbank.example/decisions",
    ),
    Kind(
        "stocks", 0.05, (2, 4), (3, 1_200, 1.7), (0.2, 3), "finance_prices_fees", 0.04, 0.25, 3600,
        (("120", "Finance", "finance"), ("102676", "Stocks", "stocks")),
        ("Will {stock} close above ___ on {day}?",),
        ("Will {stock} ({ticker}) close above ${strike} on {day}?",),
        (
            "This market will resolve to \"Yes\" if the official closing price of {stock} ({ticker}) on {date} is above"
            " ${strike}. Otherwise, this market will resolve to \"No\".\n\nIf the exchange is closed that day, the next"
            " trading day counts. The closing price is the one shown by the listing exchange; corrections published after"
            " the next session’s open will not be considered.",
        ),
        ("${strike}",),
    ),
    Kind(
        "launch", 0.04, (1, 1), (48, 7_000, 1.6), (0.5, 8), "tech_fees", 0.04, 0.25, 7200,
        (("1401", "Tech", "tech"), ("439", "AI", "ai")),
        ("Will {person} launch a new AI model by {day}?",),
        ("Will {person}’s lab release its next AI model by {day}?",),
        (
            "This market resolves to \"Yes\" if the next flagship model is made available to the general public by {date},"
            " 11:59 PM ET. A closed beta or a waiting list will not count. “Released” means that anyone may use it by"
            " open sign-up.\n\nThe primary source is the company’s own announcement, with a consensus of credible"
            " reporting as the fallback.",
            "This market resolves to \"Yes\" if the launch is officially announced by {date}. The announcement has to be"
            " definitive. " + _BINARY_TAIL,
        ),
        dated=True,
    ),
    Kind(
        "award", 0.05, (3, 6), (24, 4_000, 1.4), (0.3, 4), "culture_fees", 0.05, 0.25, 7200,
        (("596", "Culture", "pop-culture"), ("53", "Movies", "movies")),
        ("Silver Lantern Award: Best Picture", "Top film of the weekend of {day}?"),
        ("Will {member} win the Silver Lantern for Best Picture?", "Will {member} be the top film of the weekend?"),
        (
            "This market resolves to \"Yes\" if {member} is announced as the winner at the ceremony planned for {date}. In case"
            " of a tie the entry that comes first in alphabetical order counts.\n\nIf the ceremony is cancelled or"
            " postponed beyond {date}, this market resolves to “Other”.",
            "This market resolves by the “Daily” three-day figure for the weekend. Preliminary studio estimates are used if"
            " the final figure is not out within three days; they can differ from the actuals.",
        ),
        ("“Salt Road”", "“The Glass Orchard”", "“Ninth Wave”", "“Paper Lions”", "“Low Sun”", "“Kestrel”"),
        neg_risk=True, dated=True,
    ),
    Kind(
        "weather", 0.02, (5, 7), (8, 110, 1.0), (0.5, 5), "weather_fees", 0.05, 0.25, 3600,
        (("84", "Weather", "weather"), ("103040", "Daily temperature", "daily-temperature")),
        ("Highest temperature in {city} on {day}?",),
        ("Will the highest temperature in {city} be {member} on {day}?",),
        (
            "This market resolves to the bracket that holds the highest temperature recorded at the airport station of {city}"
            " on {date}, in whole degrees Celsius.\n\nThe resolution source is the station’s history page once all hours"
            " of that date are shown. Revisions made after that will not be considered. If a value lies between two"
            " brackets, the higher bracket counts.",
        ),
        ("7°C or below", "8°C", "9°C", "10°C", "11°C", "12°C", "13°C or higher"),
        neg_risk=True,
    ),
    Kind(
        "mention", 0.02, (3, 6), (3, 300, 1.3), (0.5, 6), "mentions_fees", 0.04, 0.25, 3600,
        (("100343", "Mentions", "mention-markets"),),
        ("What will {person} say during the press conference on {day}?",),
        ("Will {person} say “{phrase}” during the press conference?",),
        (
            "This market will resolve to \"Yes\" if {person} says the listed term during the event planned for {date}."
            " Any usage of the term counts regardless of context; plural and possessive forms count, other forms and"
            " compound words do not.\n\nIf the event is cancelled by {date}, 11:59 PM ET, this market will resolve to"
            " \"No\". The resolution source is video of the event.",
        ),
        ("{phrase}",),
    ),
    Kind(
        "oddity", 0.01, (1, 1), (24, 5_000, 1.4), (0.5, 12), "general_fees", 0.05, 0.25, 7200,
        (("100196", "Science", "science"),),
        ("Will the wreck of the “{place}” be found by {day}?", "Will {person} wear a suit before {day}?"),
        ("Will the wreck of the “{place}” be found by {day}?", "Will {person} wear a suit before {day}?"),
        (
            "This market resolves to \"Yes\" if the wreck is found by {date}. The resolution source will be a consensus of"
            " credible reporting.",
            "This market resolves to \"Yes\" if {person} is photographed or videotaped wearing a suit between now and {date},"
            " 11:59 PM ET. The resolution source will be a consensus of credible reporting. 🤵",
            "Resolves to “Yes” if it happens by {date}, and to “No” if it does not. Unnamed sources may suffice.",
        ),
        dated=True,
    ),
)  # fmt: skip

TAILS = (
    "", "", "",
    "\n\nThis market may resolve as soon as the outcome is certain, also before the date in the title.",
    "\n\nIf the source cannot be reached for more than 48 hours, another credible source may be used.",
    "\n\nAdditional context: a change of the name of any party named above has no effect on this market.",
    "\n\nNote that only what is published by the end date, 11:59 PM ET, is considered; later corrections are not.",
    "\n\nThe market creator’s intent decides in cases that these rules do not foresee.",
)  # fmt: skip
"""Paragraphs that follow a rule text; most markets have none or one."""

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """What one market says."""

    event_title: str
    question: str
    group_title: str
    labels: tuple[str, str]
    description: str
    source: str
    market_type: str
    line: float


class Deck:
    """Draws from lists by one number, always in the same way."""

    __slots__ = ("_left",)

    def __init__(self, word: int) -> None:
        self._left = word

    def draw(self, count: int) -> int:
        """A number below `count`."""
        self._left, index = divmod(self._left, count)
        return index


def word(kind: Kind, number: int, member: int, size: int, moment: tuple[int, int, int, int, int]) -> Wording:
    """The text of one market.

    Args:
        kind: its family.
        number: 64-bit word of the event, so that its markets speak of the same thing.
        member: index of the market within its event.
        size: markets of the event.
        moment: year, month, day, hour, minute (UTC) of the event's end.
    """
    deck = Deck(number)
    variant = deck.draw(len(kind.events))
    facts = _facts(kind, deck, member, size, moment)
    rules = kind.rules[variant :: len(kind.events)] or kind.rules
    rule = rules[deck.draw(len(rules))] + TAILS[deck.draw(len(TAILS))] + TAILS[deck.draw(len(TAILS))]
    if kind.game:
        question = kind.questions[min(member, len(kind.questions) - 1)]
    else:
        question = kind.questions[min(variant, len(kind.questions) - 1)]
    return Wording(
        event_title=kind.events[variant].format_map(facts),
        question=question.format_map(facts),
        group_title=_group_title(kind, member, size).format_map(facts),
        labels=_labels(kind, member, facts),
        description=rule.format_map(facts),
        source=kind.source.format_map(facts),
        market_type=_market_type(kind, member),
        line=float(facts["line"]) if kind.name == "game" and member == 1 else float(facts["total"]),
    )


def _facts(
    kind: Kind, deck: Deck, member: int, size: int, moment: tuple[int, int, int, int, int]
) -> dict[str, str | int | float]:
    year, month, day, hour, minute = moment
    a = deck.draw(len(TEAMS))
    b = (a + 1 + deck.draw(len(TEAMS) - 1)) % len(TEAMS)
    place = deck.draw(len(PLACES))
    person = PEOPLE[deck.draw(len(PEOPLE))]
    coin, ticker, spot = COINS[deck.draw(len(COINS))]
    if kind.name == "stocks":
        coin, ticker, spot = STOCKS[deck.draw(len(STOCKS))]
    start = deck.draw(97)
    members: Sequence[str] = kind.members or ("",)
    minutes = hour * 60 + minute
    return {
        "a": TEAMS[a], "b": TEAMS[b], "place": PLACES[place], "place2": PLACES[(place + 5) % len(PLACES)],
        "person": person, "member": members[(start * (len(members) > 7) + member) % len(members)],
        "coin": coin, "stock": coin, "ticker": ticker, "city": CITIES[start % len(CITIES)],
        "phrase": PHRASES[(start + member) % len(PHRASES)], "month": MONTHS[month - 1],
        "date": f"{MONTHS[month - 1]} {day}, {year}", "day": f"{MONTHS[month - 1]}\u00a0{day}",
        "slot": f"{MONTHS[month - 1]} {day}, {_clock(minutes - 5)}-{_clock(minutes)} ET",
        "strike": f"{max(1, spot * (100 + 4 * (member - size // 2)) // 100):,}",
        "line": -(1.5 + start % 12), "total": 190.5 + start % 50, "small": 4.5 + start % 27,
    }  # fmt: skip


def _clock(minutes: int) -> str:
    hour, minute = divmod((minutes - 300) % 1440, 60)
    return f"{hour % 12 or 12}:{minute:02d}{'AM' if hour < 12 else 'PM'}"


def _group_title(kind: Kind, member: int, size: int) -> str:
    if size == 1 or kind.name == "game":
        return ""
    if kind.name == "match":
        return kind.members[member % 3]
    return "{member}" if len(kind.members) > 1 else kind.members[0] if kind.members else "{day}"


def _labels(kind: Kind, member: int, facts: dict[str, str | int | float]) -> tuple[str, str]:
    if kind.name == "updown":
        return "Up", "Down"
    if kind.name != "game":
        return "Yes", "No"
    return (str(facts["a"]), str(facts["b"])) if member < 2 else ("Over", "Under")


def _market_type(kind: Kind, member: int) -> str:
    if kind.name == "match":
        return "moneyline"
    if kind.name == "game":
        return ("moneyline", "spreads", "totals")[member] if member < 3 else "points"
    return ""
