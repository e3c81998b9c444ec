"""Who says what happened: no named source, one that is alone, two that can differ, one that can be edited."""

from __future__ import annotations

from typing import Final

from endgame.domain.rule import Severity, Span
from endgame.scoring.reading import MAX_SPANS, Phrase, Reading, RiskRule
from endgame.scoring.rulebook.cases import LEAGUE, SUIT, case
from endgame.scoring.rulebook.phrases import NOT_A_SOURCE

_FALLBACK = Phrase(
    r"\b(?:another|other|alternat\w{1,6}|different|secondary|backup) …\b(?:source|report|outlet|reporting"
    r"|information|figure)|\bunavailable\b|(?<=\b(?:may|will) )also\b",
    "another other others alternative alternate alternatively different secondary backup unavailable also",
)

_NAMED_BODY = Phrase(
    r"https?://|\bwww\.|\.(?:com|org|gov|io|net)\b|\bofficial (?:information|statements?|results?"
    r"|announcements?|data|website|source|government)|\bassociated press\b|\bnational broadcasters\b"
    r"|\bpublished by\b|\bministry\b|\bgovernment\b",
    "http https www com org gov io net official associated national published ministry government",
    lead=1,
)

_CONSENSUS_AS_SOURCE = Phrase(
    r"\bsources? (?:for (?:this|the) (?:market|question) )?(?:will|is|shall"
    r"|would)(?: be)? (?:determined by |based on )?(?:an? |the )?(?:\w{3,12} )?(?:consensus|credible)\b",
    "source sources",
)

_RESOLVED_BY_CONSENSUS = Phrase(
    r"\bresol(?:ve|ved|ution) (?:\w{2,7} )?(?:based on|according to|determined by|by|from) (?:an? |the )?(?:\w{3,12} )?"
    r"(?:consensus|credible)\b",
    "resolve resolved resolution",
)

_CONSENSUS_WORD = Phrase(r"\bconsensu|\bcredible", "consensus credible")


def consensus_only(reading: Reading) -> tuple[Span, ...] | None:
    """Places that make a consensus of reporting the source, where nobody else is named."""
    if reading.facts.settlement_source or not reading.possible.holds(_CONSENSUS_WORD):
        return None
    spans = reading.spans(_CONSENSUS_AS_SOURCE, _RESOLVED_BY_CONSENSUS)
    if not spans:
        return None
    # "Government" also names the actors of a question: only the sentences about the source count.
    if reading.possible.holds(_NAMED_BODY) and any(
        _NAMED_BODY.is_in(reading.words(reading.sentence(span))) for span in spans
    ):
        return None
    return None if reading.has(_PRIMARY_SOURCE) else spans


_PRIMARY_SOURCE = Phrase(
    r"\bresolution sources? …(?:official|https?:|\bwebsite)",
    "resolution",
)

_PARTY = Phrase(
    r"\b(?:electoral (?:council|commission|authorit\w{1,3}|tribunal|court)|election (?:commission"
    r"|authorit\w{1,3}|council)|central election|cne\b|ministry of (?:defen[cs]e|foreign)|(?:russian"
    "|ukrainian|israeli|iranian|venezuelan|chinese) (?:government|military|army|armed)|(?:idf"
    r"|kremlin)\b)",
    "electoral election central cne ministry russian ukrainian israeli iranian venezuelan chinese idf kremlin",
)

_ALSO_CONSENSUS = Phrase(
    r"\b(?:however|but|although|though|also)\b,? …\b(?:consensus|credible)\b",
    "consensus credible",
    lead=100,
)

_SOURCE_WORD = Phrase(r"\bsources?\b|\bbased on\b|\bofficial (?:information|results)\b")


def _source_conflict(reading: Reading) -> tuple[Span, ...] | None:
    parties = [span for span in reading.spans(_PARTY) if _SOURCE_WORD.is_in(reading.words(reading.sentence(span)))]
    consensus = reading.spans(_ALSO_CONSENSUS, unless=NOT_A_SOURCE) if parties else ()
    return tuple(sorted({*parties, *consensus})[:MAX_SPANS]) if consensus else None


_ONE_SOURCE = Phrase(
    r"\bresolution source …(?:https?://\S{1,200}|website|web site|official (?:page|site|app|data|account))",
    "resolution",
)

_LINK_AS_SOURCE = Phrase(
    r"\b(?:according to|based on|reported by|found at|available at|published (?:on|at)) …https?://\S{1,200}",
    "according based reported found available published",
)

_LINK = Phrase(r"\bhttps?\b", "https http")


def _single_source(reading: Reading) -> tuple[Span, ...] | None:
    # Leagues publish their results in many places; registers of disputes know no difference there.
    if reading.facts.category == "sports" or reading.possible.holds(_CONSENSUS_WORD):
        return None
    linked = (_LINK_AS_SOURCE,) if reading.possible.holds(_LINK) else ()
    spans = reading.spans(_ONE_SOURCE, *linked, unless=NOT_A_SOURCE)
    return spans if spans and not reading.has(_FALLBACK) else None


RULES: Final[tuple[RiskRule, ...]] = (
    RiskRule(
        code="CONSENSUS_ONLY",
        severity=Severity.MEDIUM,
        why="A consensus of reporting is the only source: nobody in particular says what happened.",
        base_rate=0.0686,
        prior=0.3,
        motive="Whether a president wore a suit: the press did not agree, and no body was named to say so.",
        raised_by=("UNDEFINED_KEY_TERM",),
        only_if=(_CONSENSUS_AS_SOURCE, _RESOLVED_BY_CONSENSUS),
        predicate=consensus_only,
        fires=(
            case(SUIT),
            case("The resolution source for this market will be a consensus of credible reporting."),
            case("This market will be resolved by a consensus of credible sources."),
        ),
        silent=(
            case(LEAGUE),
            case(
                "The primary resolution source will be official information from the government of Japan, however a "
                "consensus of credible reporting may also be used."
            ),
            case(SUIT, settlement_source="https://example.org/wardrobe"),
        ),
    ),
    RiskRule(
        code="PLATFORM_DISCRETION",
        severity=Severity.MEDIUM,
        why="The platform keeps the right to decide by itself.",
        base_rate=0.0,
        prior=0.3,
        motive="A plain misresolution of a baseball game that the platform undid at its own discretion.",
        phrases=(
            Phrase(
                r"\b(?:sole|absolute|own|full) …discretion\b|\bat (?:its|their|our) discretion\b",
                "sole absolute own full at",
            ),
            Phrase(
                r"\bin (?:its|their|our|the) (?:sole )?(?:judge?ment|opinion)\b",
                "judgment judgement opinion",
                lead=22,
            ),
            Phrase(
                r"\b(?:polymarket|kalshi|platform|exchange|administrators?|we) (?:may|will|shall|can) (?:determine"
                r"|decide|review|clarify|adjudicate)\b",
                "polymarket kalshi platform exchange administrators we",
            ),
            Phrase(
                r"\breserves? the right\b|\boutcome review\b|\bsubject to review\b",
                "reserve reserves outcome subject",
            ),
        ),
        unless=Phrase(
            r"\b(?:no|without) (?:\w{2,9} )?discretion\b|\b(?:not|never|cannot) (?:reserve|determine|decide)\b"
        ),
        fires=(
            case("The exchange may determine the outcome at its sole discretion."),
            case("Polymarket reserves the right to resolve this market early."),
            case("The result is subject to an outcome review process."),
        ),
        silent=(
            case("The court has discretionary powers in sentencing."),
            case("Votes may also be used to decide the winner."),
            case("The exchange does not reserve the right to settle early and has no discretion."),
            case(LEAGUE),
        ),
    ),
    RiskRule(
        code="SINGLE_SOURCE_NO_FALLBACK",
        severity=Severity.MEDIUM,
        why="One source decides, and the text does not say what counts when it is late, gone or changed.",
        base_rate=0.0828,
        prior=0.3,
        motive="A statistics office that was closed on the day its number was due.",
        only_if=(_ONE_SOURCE, _LINK_AS_SOURCE),
        predicate=_single_source,
        fires=(
            case("The resolution source for this market is https://www.bls.gov/cpi/."),
            case("The resolution source will be the official website of the agency."),
            case("Resolves by the number published at https://example.org/data on Friday."),
        ),
        silent=(
            case("The resolution source is https://www.bls.gov/; if it is unavailable, another report decides."),
            case("The resolution source is https://www.nba.com/.", category="sports"),
            case("Numbers found at https://example.org/forecast will not be used."),
            case(LEAGUE),
        ),
    ),
    RiskRule(
        code="SOURCE_CONFLICT",
        severity=Severity.HIGH,
        why=(
            "The first source is a party to the event and the second is press consensus: they can say different things."
        ),
        base_rate=0.0025,
        prior=0.7,
        motive="The Venezuelan election of 2024: the electoral council named one winner, the press another.",
        only_if=(_PARTY,),
        predicate=_source_conflict,
        fires=(
            case(
                "The primary resolution source will be official information from the National Electoral Council (CNE), "
                "however a consensus of credible reporting will also be used."
            ),
            case(
                "The resolution source is the Russian government. However, a consensus of credible "
                "reporting may also be used."
            ),
            case("Official information from the IDF decides, but a consensus of credible reporting will suffice."),
        ),
        silent=(
            case(LEAGUE),
            case("Resolves by the Electoral Council's certification."),
            case("The source is the Electoral Council, but a consensus of credible reporting will not be used."),
            case(
                "The Electoral Council meets. The source is the BLS; a consensus of credible reporting may "
                "also be used."
            ),
        ),
    ),
    RiskRule(
        code="TAMPERABLE_SOURCE",
        severity=Severity.HIGH,
        why="One person or community can edit the source at the moment that decides.",
        base_rate=0.0285,
        prior=0.7,
        motive="A map of the front on which one editor shaded a railway station for a few hours.",
        phrases=(
            Phrase(r"\b(?:isw|institute for the study of war)\b", "isw institute"),
            Phrase(
                r"\b(?:interactive|live|deepstate|ukraine|conflict|control) ?(?:ua)?map\b|\bliveuamap\b"
                r"|\bon (?:the|its|their) map\b",
                "map uamap liveuamap deepstatemap livemap interactivemap ukrainemap conflictmap controlmap",
                lead=16,
            ),
            Phrase(
                r"\bwiki(?:pedia|data)?\b|\bfandom\.com\b|\bgenius\.com\b",
                "wiki wikipedia wikidata fandom genius",
            ),
            Phrase(
                r"\b(?:arena|llm|chatbot|lmsys|community|kaggle) …leaderboards?\b"
                r"|\bleaderboard …\bwhen (?:the table )?(?:is )?checked\b",
                "leaderboard",
                lead=95,
            ),
            Phrase(
                r"\bsources? …\b(?:tweets?|posts?|poll) (?:by|from|on|of)\b|\b(?:twitter|x|reddit|discord"
                r"|strawpoll) poll\b",
                "tweet tweets post posts poll",
                lead=95,
            ),
        ),
        unless=NOT_A_SOURCE,
        fires=(
            case("Yes if the railway station is shaded red on the ISW map by November 15, 2025."),
            case("The resolution source is the page on Wikipedia."),
            case("Resolves to the model on top of the Chatbot Arena LLM Leaderboard when checked at noon."),
        ),
        silent=(
            case("Swiss voters decide; the mapping of districts is unchanged."),
            case("The golf leaderboard of the PGA Tour names the winner."),
            case("Articles on Wikipedia will not be used to settle this market."),
            case(LEAGUE),
        ),
    ),
)
