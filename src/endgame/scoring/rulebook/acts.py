"""What has to be done: an announcement, a stage of an official act, an exit from a post."""

from __future__ import annotations

from typing import Final

from endgame.domain.market import Side
from endgame.domain.rule import Severity, Span
from endgame.scoring.reading import Phrase, Reading, RiskRule
from endgame.scoring.rulebook.cases import GAME, case
from endgame.scoring.rulebook.phrases import EXCLUSION, NEGATION

_PROCESS = Phrase(
    r"\b(?:approv(?:es?|ed|al)(?! rat)|ban(?:s|ned)?|legali[sz]es?|enacts?|pass(?:es|ed)"
    "|(?<!rocket )launch(?:es|ed)?|etfs?|shutdown|repeals?|ratif(?:y|ies|ied)|impos(?:es?"
    r"|ed))\b",
    "approve approves approved approval ban bans banned legalize legalizes legalise legalises enact "
    "enacts pass passes passed launch launches launched etf etfs shutdown repeal repeals ratify "
    "ratifies ratified impose imposes imposed",
)

_STAGE = Phrase(
    r"\bsigned into law\b|\b(?:takes?|taking|took|into|in) (?:legal )?(?:effect|force)\b"
    r"|\beffective date\b|\benact\w{0,4}\b|\b(?:begins?|starts?|commences?) (?:trading|operat)"
    r"|\bboth (?:chambers|houses)\b|\bfinal (?:approval|passage|vote)\b|\bpublicly (?:accessible"
    r"|available|released|tradable|tradeable)\b|\bsigns?\b|\bsigned\b|\bs-1\b …\b19b-4\b"
    r"|\b19b-4\b …\bs-1\b|\bopen beta\b|\bregardless of …(?:effect|implement)",
)

_PROCESS_IN_TEXT = Phrase(
    r"\b(?:approv(?:es?|ed|al)|ban(?:s|ned|ning)?|legali[sz]\w{1,3}|enact\w{0,4}|pass(?:es|ed)?"
    r"|launch(?:es|ed)?|etfs?|shutdown|repeal\w{0,2}|ratif\w{1,3}|impos(?:es?|ed))\b",
    "launches launched imposed imposes approved ratified repealed legalizes legalized legalised "
    "passing enactment enacting approve approval approves ban bans banned banning legalize legalise "
    "enact enacts enacted pass passes passed launch etf etfs shutdown repeal repeals ratify ratifies "
    "impose",
)


_DEFINED = Phrase(r"\b(?:is|are|be) (?:defined|understood) as\b|\bdefinition of\b", "is are be definition")


def _act_stages(reading: Reading) -> tuple[Span, ...] | None:
    if not reading.asks(_PROCESS) or reading.has(_STAGE) or reading.has(EXCLUSION):
        return None
    spans = reading.spans(_PROCESS_IN_TEXT)
    return None if any(_DEFINED.is_in(reading.words(reading.sentence(span))) for span in spans) else spans


_LEAVES_OFFICE = Phrase(
    r"\bout (?:as|by|before|of office|of power|in 20)\b|\bout\?|\bleaves? (?:office|the)\b"
    r"|\bresigns?\b|\bsteps? down\b|\bremoved (?:as|from)\b|\bceases? to be\b"
    r"|\bno longer\b …\b(?:president|minister|leader|ceo|chair|chancellor|king|pope)\b|\boust(?:s"
    r"|ed)\b",
    "out leave leaves resign resigns step steps removed cease ceases no oust ousts ousted",
)

_DEATH_OR_EXIT = Phrase(
    r"\bdeaths?\b|\bdies\b|\bdied\b|\bdeceased\b|\bincapaci|\b(?:for|of) (?:any"
    r"|whatever) (?:other )?reason\b|\bregardless of (?:the )?(?:reason|cause|why|how)\b|\bkilled\b",
)


# An album can be out, and a clause be removed from a bill.
_POST = Phrase(
    r"\b(?:president|minister|premier|leader|ceo|cto|cfo|chief|chair(?:man|woman|person)?|chancellor|king|queen|pope"
    r"|secretary|director|mayor|governor|speaker|senator|judge|justice|coach|manager|head of|office|power|position"
    r"|role|post|job|cabinet|race|candidate|candidacy)\b",
)


def _death_or_exit(reading: Reading) -> tuple[Span, ...] | None:
    if not reading.asks(_LEAVES_OFFICE) or reading.has(_DEATH_OR_EXIT):
        return None
    return () if _POST.is_in(reading.subject) or reading.has(_POST) else None


RULES: Final[tuple[RiskRule, ...]] = (
    RiskRule(
        code="ANNOUNCEMENT_TRIGGER",
        severity=Severity.MEDIUM,
        why="An announcement decides, so that the market can settle differently from what happens in fact.",
        base_rate=0.0368,
        bites=Side.NO,
        prior=0.3,
        motive="A shutdown that ended in law before the agency announced it: a side at 97 cents lost by a day.",
        phrases=(
            Phrase(
                r"\b(?:announcements?|statements?|declarations?) …(?:will|would|shall|does|is|are) (?:also |be "
                "|alone ){0,2}(?:suffice|sufficient|count|qualify|enough)",
                "announcement declaration statement statements",
            ),
            Phrase(
                r"\b(?:officially|formally|publicly) (?:announce[sd]?|declare[sd]?)\b",
                "officially formally publicly",
            ),
            Phrase(
                r"\b(?:announces?|declares?) (?:that |an? |the |its |their |they )",
                "announce announces declare declares",
            ),
        ),
        unless=NEGATION,
        fires=(
            case("An official announcement of a deal will qualify, whether or not it is signed."),
            case("This market resolves to Yes if OPM publicly announces the end of the shutdown by January 31, 2026."),
            case("Resolves to Yes if both governments announce that they have reached an agreement."),
        ),
        silent=(
            case("An announcement alone will not qualify; the law has to be in force."),
            case("The band plays at noon. Its members were named last year."),
            case(GAME),
        ),
    ),
    RiskRule(
        code="DEATH_OR_EXIT_CARVEOUT",
        severity=Severity.HIGH,
        why="The question is whether somebody leaves a post, and the text does not say what death, incapacity or a "
        "later effective date means.",
        base_rate=0.0159,
        prior=0.7,
        motive="A leader who was killed: one exchange paid the last traded price, the other went through two disputes.",
        only_if=(_LEAVES_OFFICE,),
        predicate=_death_or_exit,
        fires=(
            case("Resolves to Yes if he is not in the post on June 30, 2026.", title="Minister out by June 30?"),
            case(
                "Resolves to Yes if the leader leaves the country's top post.", title="Supreme Leader out before May?"
            ),
            case("This market resolves to Yes if the CEO resigns by May 31, 2026, 11:59 PM ET. Otherwise, No."),
        ),
        silent=(
            case("Yes if she ceases to be minister for any reason, including death.", title="Minister out by June 30?"),
            case("Any departure counts, regardless of the reason.", title="CEO out in 2026?"),
            case("Yes if the song is out on Spotify.", title="Album out by June?"),
            case("Yes if the clause is no longer in the text that is voted on.", title="Clause removed from the bill?"),
        ),
    ),
    RiskRule(
        code="OFFICIAL_ACT_STAGES",
        severity=Severity.MEDIUM,
        why=(
            "The act has several stages (filed, passed, signed, in force, live) and the text does not "
            "say which one counts."
        ),
        base_rate=0.0017,
        prior=0.3,
        motive="An ETF approved as a listing but not yet registered; an app banned by law and still online.",
        only_if=(_PROCESS,),
        predicate=_act_stages,
        fires=(
            case(
                "Yes if the SEC approves a spot Ethereum ETF by May 31, 2024.", title="Ethereum ETF approved by May 31?"
            ),
            case("Yes if TikTok is banned in the US by May 1, 2025.", title="TikTok banned in the US before May?"),
            case("Yes if the shutdown is over by January 31, 2026.", title="Government shutdown over by January 31?"),
        ),
        silent=(
            case("Yes if the bill is passed and signed into law by May 1, 2026.", title="Will the bill pass by May 1?"),
            case("Yes if the fund begins trading by May 31.", title="ETF approved by May 31?"),
            case("The average of polls decides.", title="Approval rating of 40%?"),
        ),
    ),
)
