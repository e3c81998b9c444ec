"""Traits: what kind of question a market asks, and how its text is built.

A trait is no risk by itself and says nothing to a trader that he cannot see. But some kinds of question are disputed
several times as often as others, and a flag on a question of a calm kind means less. So traits set the scene that flags
stand in: their weights are learned, either way, and have no prior.

Wording found in more than a quarter of ordinary texts is context and is no trait; kinds of question are told by the
title and by what the venue says of the market's place in its event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from endgame.domain.rule import RuleContext
from endgame.scoring.reading import Case, Phrase, Predicate, Reading, Trait
from endgame.scoring.rulebook.payoff import VOID_CLAUSE

MANY_CONDITIONS: Final = 3
"""Conditional sentences from which on a text reads like a contract."""
LONG_TITLE: Final = 70
"""Code points from which on a title spells its own conditions out."""


def _case(text: str, **context: Any) -> Case:
    return Case(text, RuleContext(**context))


def _titled(title: str) -> Case:
    return Case("", RuleContext(title=title))


def _when(holds: Callable[[Reading], bool]) -> Predicate:
    return lambda reading: () if holds(reading) else None


def _kind(  # noqa: PLR0917 - a row of the table below
    code: str, why: str, base_rate: float, phrase: Phrase, fires: tuple[str, ...], silent: tuple[str, ...]
) -> Trait:
    """A kind of question, told by its title."""
    return Trait(
        code=code,
        why=why,
        base_rate=base_rate,
        asks=phrase,
        needs=("title",),
        fires=tuple(_titled(title) for title in fires),
        silent=tuple(_titled(title) for title in silent),
    )


def _wording(  # noqa: PLR0917 - a row of the table below
    code: str, why: str, base_rate: float, phrase: Phrase, fires: tuple[str, ...], silent: tuple[str, ...]
) -> Trait:
    """A way of writing, told by the text."""
    return Trait(
        code=code,
        why=why,
        base_rate=base_rate,
        phrases=(phrase,),
        fires=tuple(_case(text) for text in fires),
        silent=tuple(_case(text) for text in silent),
    )


_GAME_TITLE = Phrase(r"\bvs\b", "vs")
_GAME: Final = r"\b(?:game|match|matchup|bout|fight)"
_GAME_TEXT: Final = (
    Phrase(rf"\bscheduled …{_GAME}\b|\bupcoming …{_GAME}\b", "scheduled upcoming"),
    Phrase(rf"\bmarket refers to …{_GAME}\b", "refers", lead=10),
    Phrase(rf"{_GAME} …\bscheduled\b", "scheduled", lead=95),
)


def _is_one_game(reading: Reading) -> bool:
    return reading.asks(_GAME_TITLE) or any(map(reading.has, _GAME_TEXT))


def _many_conditions(reading: Reading) -> bool:
    # A void clause brings a condition of its own, and is no reason to argue.
    return reading.folded.count(" if ") >= MANY_CONDITIONS and not reading.spans(*VOID_CLAUSE)


def _own_labels(reading: Reading) -> bool:
    labels = reading.facts.labels
    return labels is not None and tuple(label.lower() for label in labels) != ("yes", "no")


TRAITS: Final[tuple[Trait, ...]] = (
    # --- the kind of question -------------------------------------------------------------------------------
    Trait(
        code="KIND_GAME",
        why="One game, match or fight: whoever watches knows the result.",
        base_rate=0.0351,
        only_if=(_GAME_TITLE, *_GAME_TEXT),
        predicate=_when(_is_one_game),
        fires=(
            _titled("Bucks vs. Raptors"),
            _case("In the upcoming NBA game, scheduled for November 4 at 7:30PM ET: if the Bucks win, Bucks."),
            _case("This market refers to the match between Spain and Serbia scheduled for October 15."),
        ),
        silent=(
            _titled("Will the Bucks win the league?"),
            _case("The election is scheduled for May 5."),
            _case("A match made in heaven."),
        ),
    ),
    _kind(
        "KIND_DRAW",
        "Whether a match ends in a draw.",
        0.0059,
        Phrase(r"\bin a draw\b", "draw", lead=10),
        ("Will Spain vs. Serbia end in a draw?", "Ends in a draw?", "Game 1 in a draw?"),
        ("Will they draw a crowd?", "The draw for the cup", "In a drawer?"),
    ),
    _kind(
        "KIND_MARGIN",
        "A margin, total or line of a game.",
        0.0126,
        Phrase(
            r"\bby (?:\(?over \)?)?\d{1,3}(?:\.\d)? or more\b|\bcombine for\b|\b(?:over|under) \d{1,3}\.5\b|\bo/u\b"
            r"|\bspread\b|\btotal (?:goals|points|kills|games|sets)\b",
            "by combine over under o spread total",
        ),
        ("Will the Dolphins win by 3 or more points?", "Over 47.5 points?", "Will they combine for 51?"),
        ("By 2030 or more?", "Over the moon?", "Will it combine?"),
    ),
    _kind(
        "KIND_MENTION",
        "Whether somebody says a word.",
        0.0008,
        Phrase(r"\b(?:say|says|said|mention|mentions|mentioned)\b", "say says said mention mentions mentioned"),
        ('Will Trump say "border" during the rally?', "Biden mentioned at the debate?", "Who says it first?"),
        ("Will the essay win?", "Honorable dimension?", "A saying?"),
    ),
    _kind(
        "KIND_POSTS",
        "How often, or whether, somebody posts.",
        0.0025,
        Phrase(
            r"\b(?:tweets?|posts|truths|retweets?)\b|\bposts? \d",
            "tweet tweets post posts truths retweet retweets",
        ),
        ("Will Elon tweet 280-299 times?", "Trump posts 20-29 times on X?", "Who tweets first?"),
        ("Washington Post sold?", "Postponed?", "Truth Social IPO?"),
    ),
    _kind(
        "KIND_POLLS",
        "A poll, approval or forecast as a publisher computes it.",
        0.0008,
        Phrase(
            r"\b538\b|\bfivethirtyeight\b|\bsilver bulletin\b|\bnate silver\b|\brealclear\w{0,8}"
            r"|\brcp\b|\bfavorab\w{2,6}"
            r"|\bapproval\b|\bpoll(?:s|ing)?\b|\bodds\b|\bforecast\b|\bfavored\b",
            "538 fivethir silver nate realclea rcp favorabi favorabl favorable favorability approval"
            " poll polls polling"
            " odds forecast favored",
        ),
        (
            "Will Biden's 538 approval reach 40%?",
            "Kamala Silver Bulletin odds above 55% Friday?",
            "Who leads polls?",
        ),
        ("Will the pole be moved?", "An odd number?", "Will they approve?"),
    ),
    _kind(
        "KIND_TOKEN",
        "An airdrop, token launch or collection.",
        0.0259,
        Phrase(
            r"\b(?:airdrops?|tokens?|tge|mainnet|testnet|nfts?|fdv|memecoins?|market cap|flips?)\b",
            "airdrop airdrops token tokens tge mainnet testnet nft nfts fdv memecoin memecoins market flip flips",
        ),
        ("Scroll airdrop in 2024?", "Token launched by June?", "Will Remilio flip MAYC?"),
        ("Will the airline drop flights?", "A taken seat?", "Will the market open?"),
    ),
    _kind(
        "KIND_LISTING",
        "A listing at an exchange.",
        0.005,
        Phrase(
            r"\b(?:coinbase|binance|robinhood|listed|delisted|ipo)\b",
            "coinbase binance robinhood listed delisted ipo",
        ),
        ("Will $MOG be listed first on Coinbase?", "Stripe IPO in 2026?", "Delisted by May?"),
        ("Will he enlist?", "A list of names?", "Base fee above 3?"),
    ),
    _kind(
        "KIND_APPOINTMENT",
        "Who is named to or confirmed in a post.",
        0.0828,
        Phrase(
            r"\b(?:nominat\w{1,4}|nominees?|secretary|appoint\w{0,4}|cabinet|administration|confirmed"
            r"|ambassador|head of"
            r"|director|attorney general|chair|running mate)\b",
            "nominate nominati nominee nominees secretary appoint appoints appointe appointed"
            " cabinet administ confirmed"
            " ambassad head director attorney chair running",
        ),
        ("Will Trump nominate Ryan Walters?", "Who is HHS Secretary?", "RFK Jr. confirmed?"),
        ("Secret ballot?", "Chairs sold?", "Ahead of time?"),
    ),
    _kind(
        "KIND_MILITARY",
        "An act of war, or its end.",
        0.0561,
        Phrase(
            r"\b(?:strikes?|invade\w{0,2}|invasion|attacks?|war|cease-?fires?|military|missiles?|troops|ground forces"
            r"|offensive(?! (?:rookie|player|coordinator|line|tackle|guard))|captur\w{1,3}|hostages?"
            r"|nuclear|hits|drones?|peace)\b",
            "strike strikes invade invades invaded invasion attack attacks war ceasefir cease"
            " military missile missiles"
            " troops ground offensiv capture captures captured hostage hostages nuclear hits drone drones peace",
        ),
        ("Iran strike on Israel by Nov 8?", "Will Israel invade Lebanon?", "Ceasefire before May?"),
        ("Will Warsaw host?", "Offensive Rookie of the Year?", "A hit song?"),
    ),
    _kind(
        "KIND_CONFLICT_REGION",
        "A country at war or in crisis, of which reports disagree.",
        0.087,
        Phrase(
            r"\b(?:israel\w{0,2}|iran\w{0,3}|hezbollah|hamas|gaza|lebanon|houthis?|ukrain\w{1,4}|russia\w{0,2}|putin"
            r"|zelensky\w{0,2}|taiwan|north korea|south korea|venezuela\w{0,2}|maduro|yoon|syria\w{0,2}|assad)\b",
            "israel israeli israelis iran iranian iranians hezbolla hamas gaza lebanon houthi"
            " houthis ukraine ukrainia"
            " russia russian russians putin zelensky taiwan north south venezuel maduro yoon syria syrian assad",
        ),
        ("Israel out of Gaza?", "Will Putin visit?", "North Korea test?"),
        ("Will North Carolina flip?", "Iraq?", "South Park episode?"),
    ),
    _kind(
        "KIND_LEGAL",
        "An act of courts, police or clemency.",
        0.0117,
        Phrase(
            r"\b(?:arrest\w{0,3}|charged|guilty|convict\w{0,3}|sentenc\w{1,3}|pleads?|plea"
            r"|indict\w{0,3}|trial|jail|prison"
            r"|released|pardon\w{0,2}|verdict|lawsuits?|sues?|extradit\w{1,4}|impeach\w{0,4}|convicted)\b",
            "arrest arrests arrested charged guilty convict convicts convicte sentence sentenci"
            " sentenced plead pleads plea"
            " indict indicted indictme trial jail prison released pardon pardons pardoned verdict"
            " lawsuit lawsuits sue sues"
            " extradit impeach impeache impeachm",
        ),
        ("Will Luigi Mangione plead guilty?", "Pavel Durov released in August?", "Yoon impeached?"),
        ("Suede shoes?", "A trail run?", "Please?"),
    ),
    _kind(
        "KIND_PRIMARY",
        "A primary or caucus.",
        0.0134,
        Phrase(r"\b(?:primary|primaries|caucus\w{0,2})\b", "primary primarie caucus caucuses"),
        ("Trump in the New Hampshire Primary?", "Iowa caucus winner?", "Super Tuesday primaries?"),
        ("Primarily?", "Prime time?", "Cactus?"),
    ),
    _kind(
        "KIND_ELECTION",
        "An election.",
        0.1774,
        Phrase(
            r"\b(?:elections?|popular vote|electoral|senate|governor|house seats?|presidential"
            r"|presidency|mayor|parliament\w{0,4}"
            r"|seats|ballot)\b",
            "election elections popular electora senate governor house presiden mayor parliame seats ballot",
        ),
        ("Presidential election winner?", "Will she be mayor?", "Seats won by the AfD?"),
        ("Will the President sneeze?", "Selection day?", "House of the Dragon?"),
    ),
    _kind(
        "KIND_SHARE",
        "A share of votes, a margin or a count that falls into one of several ranges.",
        0.0075,
        Phrase(
            r"% of the vote\b|\bvote share\b|\bmargin of victory\b|\bturnout\b|\bvote to\b|\bmargin\b"
            r"|\bby \d{1,2}(?:\.\d)?"
            r" ?(?:-|\+)",
            "of vote margin turnout by",
            lead=2,
        ),
        ("AfD wins 15-20% of the vote?", "Trump margin of victory 12.5-15%?", "Harris by 6+ points?"),
        ("Will he vote?", "By 2030?", "Marginal gains?"),
    ),
    _kind(
        "KIND_PRICE",
        "A price of a coin, share or commodity.",
        0.0812,
        Phrase(
            r"\b(?:bitcoin|ethereum|solana|ripple|btc|eth|sol|xrp|dogecoin|doge|pepe|nvidia|nvda"
            r"|tesla|gold|oil|s&p)\b …(?:\$"
            r"|\babove\b|\bbelow\b|\breach\w{0,2}\b|\bhit\b|\bath\b|\bdip\b|\ball time high\b|\bup or down\b)",
            "bitcoin ethereum solana ripple btc eth sol xrp dogecoin doge pepe nvidia nvda tesla gold oil s",
        ),
        ("Ethereum above $2,400 on October 18?", "Will Bitcoin hit $100k?", "Solana ATH in 2024?"),
        ("Bitcoin ETF approved?", "Golden State wins?", "Tesla recall?"),
    ),
    _kind(
        "KIND_RELEASE",
        "Whether and when a work or product comes out.",
        0.0452,
        Phrase(
            r"\b(?:releas(?:es?|ed)|albums?|drops?|songs?|trailers?|launch(?:es|ed)?|gpt|gta|episodes?|announces?)\b",
            "release releases released album albums drop drops song songs trailer trailers launch"
            " launches launched gpt gta"
            " episode episodes announce announces",
        ),
        ("Nicki Minaj drops music in May?", "GTA VI released before June?", "Kendrick album in 2024?"),
        ("Water level?", "A son?", "Raindrop count?"),
    ),
    _kind(
        "KIND_BOX_OFFICE",
        "What a film or show earns or is rated.",
        0.005,
        Phrase(
            r"\bopening weekend\b|\bbox office\b|\brotten\b|\bgross(?:es|ing)?\b|\bscore above\b",
            "opening box rotten gross grosses grossing score",
        ),
        ("Film over $200m opening weekend?", "Rotten Tomatoes above 90?", "Highest grossing film?"),
        ("Opening ceremony?", "A box?", "Grocery prices?"),
    ),
    _kind(
        "KIND_WEATHER",
        "A measurement of weather or climate.",
        0.0075,
        Phrase(
            r"\b(?:temperature|hurricanes?|hottest|rain|snow|earthquakes?|storm|tornado\w{0,2}|landfall)\b",
            "temperature hurricane hurricanes hottest rain snow earthquake earthquakes storm tornado tornados tornadoes"
            " landfall",
        ),
        ("Highest temperature in London?", "Hurricane landfall in Florida?", "Hottest year?"),
        ("Brain scan?", "Snowden pardoned?", "Thunder win?"),
    ),
    _kind(
        "KIND_STATISTIC",
        "An official statistic or a central bank's rate.",
        0.0268,
        Phrase(
            r"\b(?:inflation|cpi|fed|rate cuts?|unemployment|gdp|jobs|bps|interest rates?|rate hikes?|payrolls?)\b",
            "inflatio cpi fed rate unemploy gdp jobs bps interest payroll payrolls",
        ),
        ("Fed cuts 25 bps?", "CPI above 3%?", "Unemployment 4.2% in May?"),
        ("Federer returns?", "First-rate?", "Steve Jobsworth?"),
    ),
    _kind(
        "KIND_AWARD",
        "An award.",
        0.0653,
        Phrase(
            r"\b(?:oscars?|grammys?|emmys?|nobel|awards?|golden globes?|person of the year|mvp|ballon|heisman)\b",
            "oscar oscars grammy grammys emmy emmys nobel award awards golden person mvp ballon heisman",
        ),
        ("Best Picture at the Oscars?", "NBA MVP?", "Nobel Peace Prize?"),
        ("Golden State?", "A person?", "Balloon?"),
    ),
    _kind(
        "KIND_REST",
        "The outcome for everything that is not named elsewhere.",
        0.0025,
        Phrase(r"\b(?:(?<!\bthere be )another|other|else|none|no one|nobody)\b", "another other else none no nobody"),
        ("Will another team win the 2024 Euros?", "Someone else?", "None of the named coins?"),
        ("Mother's Day?", "Elsewhere?", "Nonetheless?", "Will there be another US government shutdown by June?"),
    ),
    _kind(
        "KIND_PAST_FACT",
        "A fact that lies in the past or present, of which only the proof is open.",
        0.0008,
        Phrase(
            r"^(?:was|were|did|is|are|has|have|does|do)\b|^(?:who|what)\b(?! (?:\w{2,12} ){0,2}will\b)|\bfact check\b",
            "was were did is are has have does do who what fact",
        ),
        ("Was Barron involved?", "Fact check: Did he use a printed gun?", "Is John McAfee alive?"),
        ("Will it be as it was?", "Israel?", "Dodgers win?", "Who will win the race?", "What price will Bitcoin hit?"),
    ),
    _kind(
        "KIND_FIRST",
        "Which of several things comes first.",
        0.0084,
        Phrase(r"\bfirst\b", "first"),
        ("Will POPCAT reach $1b first?", "Listed first?", "First to resign?"),
        ("Thirst?", "Second?", "Last?"),
    ),
    _kind(
        "KIND_RANGE",
        "A number that has to fall into a range.",
        0.0318,
        # A season (2025-26) is no range, and neither is a day (2025-12-31).
        Phrase(
            r"\bbetween\b|(?<!\b20\d|-\d)\d ?- ?\d|\b20\d\d ?- ?(?!20\d\d\b)\d{3,9}|\b(?:less|fewer) than\b|[<>]\d",
        ),
        ("Between 60 and 62?", "Will Elon tweet 280-299 times?", "Less than 10% of the vote?"),
        ("Win 3?", "A pre-war house?", "Winner of the 2025-26 season?", "Out by 2026-03-31?"),
    ),
    _kind(
        "KIND_BY_DATE",
        "Whether something happens by a date.",
        0.1414,
        Phrase(
            r"\b(?:by|before) (?:the )?(?:\w{3,9} \d|\w{3,9}\?|20\d\d|end|year|next|january|february"
            r"|march|april|may|june|july"
            r"|august|september|october|november|december|mid)",
            "by before",
        ),
        ("Israel x Hamas ceasefire by Nov 8?", "TikTok banned before May 2025?", "Durov out by Friday?"),
        ("Will they win by 3 or more?", "Passed by a vote?", "Before?"),
    ),
    _kind(
        "KIND_PERSONAL_ACT",
        "What one person does: meets, visits, endorses, debates, leaves.",
        0.036,
        Phrase(
            r"\b(?:meets?|visits?|attends?|endorses?|signs?|debates?|interview|drops? out|resigns?"
            r"|out|steps? down|joins?|leaves?"
            r"|agrees?|testif(?:y|ies))\b",
            "meet meets visit visits attend attends endorse endorses sign signs debate debates"
            " intervie drop drops resign"
            " resigns out step steps join joins leave leaves agree agrees testify testifie",
        ),
        ("Will RFK Jr. drop out by Friday?", "Trump and Harris agree to debate?", "Will Barron attend NYU?"),
        ("Signal outage?", "Route 66?", "Leaver?"),
    ),
    # --- the market's place -----------------------------------------------------------------------------------
    Trait(
        code="SINGLE_QUESTION",
        why="The only question of its event: nothing beside it shows how the author meant it.",
        base_rate=0.0477,
        predicate=_when(lambda reading: reading.facts.group_title == ""),
        needs=("group_title",),
        fires=(
            _case("", group_title=""),
            _case("A text.", group_title=""),
            _case("x", group_title="", title="t"),
        ),
        silent=(_case("", group_title="25 bps"), _case(""), _case("A text.", group_title="Other")),
    ),
    Trait(
        code="NAMED_SIDES",
        why="The sides have names of their own instead of Yes and No.",
        base_rate=0.0435,
        predicate=_when(_own_labels),
        needs=("labels",),
        fires=(
            _case("", labels=("Bucks", "Raptors")),
            _case("", labels=("Up", "Down")),
            _case("", labels=("Over", "Under")),
        ),
        silent=(_case("", labels=("Yes", "No")), _case(""), _case("", labels=("YES", "NO"))),
    ),
    Trait(
        code="HAS_KICKOFF",
        why="The venue gives the market a start time of a live event.",
        base_rate=0.0368,
        predicate=_when(lambda reading: reading.facts.is_game is True),
        fires=(
            _case("", game_start_time=1),
            _case("x", game_start_time=2),
            _case("", game_start_time=3, title="t"),
        ),
        silent=(_case(""), _case("kickoff"), _case("", title="Kickoff at noon?")),
    ),
    Trait(
        code="EXCLUSIVE_GROUP",
        why="Exactly one market of its event can win, so that the others show what this one means.",
        base_rate=0.3423,
        predicate=_when(lambda reading: reading.facts.neg_risk is True),
        needs=("neg_risk",),
        fires=(_case("", neg_risk=True), _case("x", neg_risk=True), _case("", neg_risk=True, title="t")),
        silent=(_case("", neg_risk=False), _case(""), _case("exclusive group")),
    ),
    Trait(
        code="LONG_TITLE",
        why="The title spells out its own conditions.",
        base_rate=0.1448,
        predicate=_when(lambda reading: len(reading.title) >= LONG_TITLE),
        needs=("title",),
        fires=(_titled("a" * 70), _titled("b " * 40), _titled("word " * 20)),
        silent=(_titled("a" * 69), _titled("Short?"), _case("a" * 100)),
    ),
    # --- the wording ------------------------------------------------------------------------------------------
    Trait(
        code="MANY_CONDITIONS",
        why="Many conditions, none of them about a void event: more was foreseen, and more can be argued about.",
        base_rate=0.0695,
        predicate=_when(_many_conditions),
        fires=(_case("x if a y if b z if c w if d"), _case(" if " * 4), _case(" if  if  if  if  if ")),
        silent=(_case("x if a y if b"), _case("iffy " * 9), _case("")),
    ),
    _wording(
        "WORDING_QUALIFIES",
        "The text lists what qualifies.",
        0.0736,
        Phrase(r"\b(?<!not )(?<!n't )qualif(?:y|ies)\b", "qualify qualifies"),
        ("Any strike will qualify.", "A drone qualifies.", "Statements that qualify are listed."),
        ("A rumor will not qualify.", "The qualified team wins.", "The quality of it."),
    ),
    _wording(
        "WORDING_COUNTS",
        "The text says what counts.",
        0.036,
        Phrase(r"\bwill (?:also |still |all )?count\b", "count", lead=20),
        ("Plural forms will count.", "It will still count.", "Such uses will also count."),
        ("It will not count.", "A county vote.", "Count to three."),
    ),
    _wording(
        "WORDING_REGARDLESS",
        "The text shuts out an objection with \u201cregardless\u201d.",
        0.0996,
        Phrase(r"\b(?:regardless|irrespective)\b", "regardle irrespec"),
        ("Any usage counts regardless of context.", "Irrespective of the cause.", "Regardless of when."),
        ("Regards.", "With regard to it.", "Disregarded."),
    ),
    _wording(
        "WORDING_EVEN_IF",
        "The text foresees a case at the border with \u201ceven if\u201d.",
        0.0142,
        Phrase(r"\beven (?:if|when|though)\b|\bwhether or not\b", "even whether"),
        ("It counts even if it is reversed.", "Whether or not it is signed.", "Even when denied."),
        ("An even number if any.", "Whether it rains.", "Evenly."),
    ),
    _wording(
        "WORDING_METHOD",
        "The number is computed by a publisher, who may recompute it.",
        0.082,
        Phrase(
            r"\bmethodolog\w{1,4}\b|\bcalculat(?:es?|ed|ing)\b|\bdata ?points?\b|\bprevious figures\b|\btrend ?line\b"
            r"|\bindicated by\b",
            "methodol calculat datapoin data previous trend trendlin indicate",
        ),
        (
            "If the methodology changes, it stands.",
            "as FiveThirtyEight calculates it",
            "The next datapoint decides.",
        ),
        ("A method.", "Data from the agency.", "Previously."),
    ),
    _wording(
        "WORDING_WHEN_AVAILABLE",
        "The market waits for a figure to appear or become final.",
        0.072,
        Phrase(
            r"\bfinali[sz]ed\b|\bbecomes? available\b|\bonce …\b(?:available|released|published"
            r"|final)\b|\bis (?:released|published)\b",
            "finalized finalised become becomes once is",
        ),
        (
            "once the figures are finalized",
            "when the number becomes available",
            "after the report is published",
        ),
        ("finally", "available now", "once upon a time"),
    ),
    _wording(
        "WORDING_RESCHEDULED",
        "The text speaks of another date for the event.",
        0.0025,
        Phrase(r"\brescheduled?\b|\bdate (?:is changed|changes)\b", "resched reschedu date"),
        ("If the race is rescheduled to May 5,", "If the debate is rescheduled,", "If the date changes,"),
        ("a scheduled debate", "to date", "A schedule."),
    ),
    _wording(
        "WORDING_NOTE",
        "A remark was added to the rules.",
        0.1197,
        Phrase(r"\bnote(?::| that|s?,)|\bplease note\b|\bnote\b …\bmarket\b", "note please"),
        ("Note: only the first counts.", "Please note that reruns do not.", "Note that this market closes."),
        ("A noted author.", "Notebook.", "He wrote a letter."),
    ),
    _wording(
        "WORDING_VIDEO",
        "A recording decides.",
        0.0795,
        Phrase(
            r"\b(?:videos?|livestream|broadcast|footage|recording)\b",
            "video videos livestre broadcas footage recordin",
        ),
        ("The resolution source is the video of the speech.", "The broadcast decides.", "the footage"),
        ("A vivid account.", "Stream.", "Records."),
    ),
    _wording(
        "WORDING_ANNOUNCED",
        "The text speaks of announcements.",
        0.2326,
        Phrase(r"\bannounc\w{1,6}\b", "announce announci announces announcem announced"),
        ("If he announces it,", "an announcement by the team", "It was announced."),
        ("An ounce.", "Denounced.", "Pronounced."),
    ),
    _wording(
        "WORDING_FORMAL",
        "Only a formal or official act counts.",
        0.1188,
        Phrase(r"\bformal(?:ly)?\b|\bofficially\b", "formal formally official"),
        ("if he is formally nominated", "a formal vote", "officially declared"),
        ("official information", "informal talks", "a formality"),
    ),
    _wording(
        "WORDING_SEVERAL_WAYS",
        "Several conditions lead to the same outcome.",
        0.0494,
        Phrase(
            r"\bany of the following\b|\bone of the following\b|\bat least one\b|\beither …\bor\b",
            "following least either",
            lead=18,
        ),
        ("if any of the following happens", "at least one of them", "either he or she resigns"),
        ("anyone", "at last", "neither of them"),
    ),
    _wording(
        "WORDING_TERRITORY",
        "Soil, airspace or a portion of a place decides.",
        0.0628,
        Phrase(
            r"\b(?:any portion|territor\w{1,5}|soil|airspace|maritime|borders?)\b",
            "portion territor soil airspace maritime border borders",
            lead=6,
        ),
        ("control over any portion of it", "on Israeli soil", "its territory"),
        ("a proportion", "terrible", "in order"),
    ),
    Trait(
        code="WORDING_VOID_CLAUSE",
        why="A clause says what a void or postponed event pays; such texts are argued about less.",
        base_rate=0.1816,
        phrases=VOID_CLAUSE,
        fires=(
            _case("If it is cancelled, this market resolves 50-50."),
            _case("If the game is postponed,"),
            _case("a no contest"),
        ),
        silent=(_case("1950-505"), _case("A pose."), _case("no contestant")),
    ),
)
"""All traits, by theme."""
