"""What the words of a question mean: undefined terms, standards that somebody has to judge, parts of a whole."""

from __future__ import annotations

from typing import Final

from endgame.domain.rule import Severity, Span
from endgame.scoring.reading import MAX_SPANS, Phrase, Reading, RiskRule
from endgame.scoring.rulebook.cases import GAME, SUIT, case
from endgame.scoring.rulebook.phrases import ANY_OR_ALL, AT_LEAST_OR_FULL, DEFINITION, EXCLUSION, NEGATION

_COUNTS = Phrase(r"\b(?:will|would|shall|does) (?:also |only )?(?:count|qualify)\b|\bqualifying\b")

# Word that decides a question -> (its forms, how it asks in a title, how it stands in a text).
_KEY_TERMS: Final[dict[str, tuple[str, str, str]]] = {
    "suit": ("suit suits", r"(?<!law)(?<!law )(?<!file )(?<!file a )\bsuits?\b", r"\bsuits?\b"),
    "agreement": (
        "agreement agreements agree agrees",
        r"\bagreements?\b|\bagrees? (?:to|on)\b",
        r"\bagree(?:s|d|ments?)?\b",
    ),
    "deal": ("deal deals", r"(?<!\bnew )(?<!\bto )\bdeals?\b(?!ers?\b| breaker)", r"\bdeals?\b"),
    "ban": ("ban bans banned", r"\bban(?:s|ned)?\b", r"\bban(?:s|ned|ning)?\b"),
    "invade": (
        "invade invades invaded invading invasion",
        r"\binva(?:des?|ded|ding|sion)\b",
        r"\binva(?:des?|ded|ding|sion)\b",
    ),
    "strike": ("strike strikes", r"\bstrikes?\b(?! (?:zone|price|rate|out))", r"\b(?:strikes?|struck)\b"),
    "capture": ("capture captures captured capturing", r"\bcaptur(?:es?|ed|ing)\b", r"\bcaptur(?:es?|ed|ing)\b"),
    "approve": (
        "approve approves approved approval",
        r"\bapprov(?:es?|ed|al)\b(?! rat(?:ing|e))",
        r"\bapprov(?:es?|ed|al)\b",
    ),
    "launch": ("launch launches launched", r"\blaunch(?:es|ed)?\b", r"\blaunch(?:es|ed)?\b"),
    "out": (
        "out",
        r"\bout\b(?= (?:as|by|before|of (?:office|power)|in 20|this)\b|\?)",
        r"\b(?:is|be|out)\b …\bout\b|\bout as\b",
    ),
    "meet": ("meet meets met", r"\bmeets?\b(?! (?:expectation|estimate|forecast))|\bmet with\b", r"\b(?:meets?|met)\b"),
    "perform": ("perform performs performed", r"\bperform(?:s|ed)?\b", r"\bperform(?:s|ed)?\b"),
    "found": ("found", r"\bfound\b(?! (?:guilty|liable|to have))", r"\bfound\b"),
    "destroy": ("destroy destroys destroyed", r"\bdestroy(?:s|ed)?\b", r"\bdestroy(?:s|ed)?\b"),
    "ceasefire": (
        "ceasefire ceasefires cease truce armistice",
        r"\bcease-?fires?\b|\btruce\b|\barmistice\b",
        r"\bcease-?fires?\b|\btruce\b|\barmistice\b",
    ),
    "custody": ("custody", r"\bcustody\b", r"\bcustody\b"),
}

_TERM_IN_SUBJECT = {name: Phrase(asked, words) for name, (words, asked, _) in _KEY_TERMS.items()}


_TERM_IN_TEXT = {name: Phrase(written) for name, (_, _, written) in _KEY_TERMS.items()}


def undefined_key_term(reading: Reading) -> tuple[Span, ...] | None:
    """Places of the deciding words that the text never explains."""
    names = [name for name, asked in _TERM_IN_SUBJECT.items() if reading.asks(asked)]
    # An exclusion says what the term is not, wherever it stands; a definition has to be about the term.
    if not names or reading.has(EXCLUSION):
        return None
    found = []
    for name in names:
        spans = reading.spans(_TERM_IN_TEXT[name])
        if not any(_explains(reading, span) for span in spans):
            found.append(spans)
    if not found:
        return None
    return tuple(sorted({span for spans in found for span in spans})[:MAX_SPANS])


def _explains(reading: Reading, span: Span) -> bool:
    words = reading.words(reading.sentence(span))
    return DEFINITION.is_in(words) or _COUNTS.is_in(words)


_WHOLE_OR_PART = Phrase(
    r"\b(?:captur(?:es?|ed)|destroy(?:s|ed)?|seiz(?:es?|ed)|found|conquers?|retakes?|annex(?:es|ed)?"
    r"|wiped out|dismantled?|recovered)\b",
    "capture captures captured destroy destroys destroyed seize seizes seized found conquer conquers "
    "retake retakes annex annexes annexed wiped dismantle dismantled recovered",
)

_PART_WORDS = Phrase(
    r"\b(?:pieces|parts?|portions?|remains|fragments|debris|some|several) of\b|\bpartial(?:ly)?\b"
    r"|\bdebris\b|\b(?:captur|destroy|seiz|conquer|retak|annex|dismantl)\w{0,4}\b",
)


def _partial_fulfilment(reading: Reading) -> tuple[Span, ...] | None:
    if not reading.asks(_WHOLE_OR_PART) or reading.has(ANY_OR_ALL) or reading.has(AT_LEAST_OR_FULL):
        return None
    return reading.spans(_PART_WORDS) or None


RULES: Final[tuple[RiskRule, ...]] = (
    RiskRule(
        code="EVIDENCE_STANDARD",
        severity=Severity.HIGH,
        why="A standard of proof decides, and whoever votes has to judge whether the evidence reaches it.",
        base_rate=0.0117,
        prior=0.7,
        motive="Whether a relative of a candidate had a hand in a token, by the preponderance of evidence.",
        phrases=(
            Phrase(r"\bpreponderance\b", "preponderance"),
            Phrase(
                r"\b(?:definitive|conclusive|overwhelming|convincing|irrefutable|clear|sufficient|compelling"
                r"|credible),? (?:and |or )?(?:\w{3,12} )?(?:evidence|proof)\b",
                "evidence proof",
                lead=45,
            ),
            Phrase(
                r"\b(?:definitively|conclusively) (?:confirm|establish|determin|show|prov|identif|link"
                r"|demonstrat)\w{0,4}",
                "definitively conclusively",
            ),
            Phrase(
                r"\b(?:confirm|establish|determin|show|prov|identif)\w{1,4} (?:definitively|conclusively)\b",
                "definitively conclusively",
                lead=20,
            ),
            Phrase(r"\bbeyond (?:a |any |all )?(?:reasonable )?doubt\b", "beyond"),
            Phrase(
                r"\bif it is (?:shown|proven|proved|confirmed|established)\b",
                "shown proven proved confirmed established",
                lead=16,
            ),
            # A nomination is confirmed by a vote that everybody can look up.
            Phrase(
                r"\bconfirmed by (?:an? |the |both |multiple |at least )(?! ?(?:u\.?s\.? |united states )?senate\b)",
                "confirmed",
            ),
            # Not where it is only the second source: "may also be used".
            Phrase(r"\boverwhelming consensus\b(?! …\bmay\b)", "overwhelming"),
        ),
        unless=NEGATION,
        fires=(
            case("Resolves to Yes if the preponderance of evidence suggests that he was involved in the token."),
            case("Resolves to Yes if conclusive, definitive evidence emerges that the two are one person."),
            case("Yes if it is shown that the vessel sank before the search began."),
        ),
        silent=(
            case("Rumors, even with convincing evidence, will not qualify."),
            case("Resolves to the album Definitive Edition if it charts first. Results confirmed by July 31, 2026."),
            case("If the results are not known definitively by June 30, 2027, this market resolves to Other."),
            case("The source is the league; however, an overwhelming consensus of reporting may suffice."),
            case("Resolves to Yes if the nominee is confirmed by the U.S. Senate by March 31, 2026, 11:59 PM ET."),
            case("Yes if she is confirmed by the Senate."),
        ),
    ),
    RiskRule(
        code="INTENT_OR_CONTROL",
        severity=Severity.HIGH,
        why="The outcome turns on what somebody intends or on who is in control, which nobody can look up.",
        base_rate=0.0218,
        prior=0.7,
        motive="Whether a raid on Venezuela was an offensive intended to establish control.",
        phrases=(
            Phrase(
                r"\b(?<!is )(?:intended|intending|intends?) to (?!caucus)|\bwith the (?:aim|intent|intention|goal"
                r"|purpose) (?:of|to)\b|\baimed at (?:establish|tak|gain|remov|seiz)\w{2,6}",
                "intended intending intend intends aim intent intention goal purpose aimed",
                lead=14,
            ),
            Phrase(
                r"\b(?:establish|tak|gain|seiz|assum|los|exercis|maintain"
                r"|assert)\w{1,4} (?:\w{2,12} )?control\b(?! of the (?:house|senate))",
                "control",
                lead=36,
            ),
            Phrase(
                r"\b(?:de facto|effective|military|territorial|operational) control\b|\b(?:comes?"
                r"|came) into control\b",
                "control",
                lead=20,
            ),
            Phrase(
                r"\b(?:officially|formally|de facto|effectively|actually) (?:holds?|exercises?|governs?|leads?)\b",
                "holds hold exercises exercise governs govern leads lead",
                lead=18,
            ),
        ),
        unless=NEGATION,
        fires=(
            case(
                "Yes if the US commences a military offensive intended to establish control over any "
                "portion of Venezuela."
            ),
            case(
                "This market resolves to the person who officially holds the office of president on December 31, 2026."
            ),
            case("Yes if the rebels take full control of the capital, with the aim of forming a government."),
        ),
        silent=(
            case("The source is the Centers for Disease Control and Prevention (CDC)."),
            case("Resolves to the party that has control of the House after the election."),
            case("Exercises that are intended to deter an attack will not qualify."),
        ),
    ),
    RiskRule(
        code="PARTIAL_FULFILMENT",
        severity=Severity.MEDIUM,
        why="It can happen in part, and the text does not say whether a part is enough.",
        base_rate=0.0,
        prior=0.3,
        motive="A submersible of which only debris was found.",
        only_if=(_WHOLE_OR_PART,),
        predicate=_partial_fulfilment,
        fires=(
            case(
                "Yes if the sub is found. If pieces of it are located, that is open.",
                title="Submersible found by Friday?",
            ),
            case("Yes if Russia captures the town by November 30.", title="Will Russia capture Myrnohrad?"),
            case("Yes if the site is destroyed.", title="Enrichment site destroyed?"),
        ),
        silent=(
            case("Yes if Russia captures any part of the town.", title="Will Russia capture the town?"),
            case("Yes if the entire site is destroyed.", title="Enrichment site destroyed?"),
            case("Yes if the partial results favour her.", title="Will she win?"),
        ),
    ),
    RiskRule(
        code="SUBJECTIVE_STANDARD",
        severity=Severity.MEDIUM,
        why="A word of degree without a measure decides.",
        base_rate=0.0192,
        prior=0.3,
        motive='Ceasefires that were "effectively" in force while the shelling went on.',
        phrases=(
            Phrase(
                r"\b(?:substantial(?:ly)?|significant(?:ly)?|meaningful(?:ly)?|reasonabl[ey]|effectively|de facto"
                r"|primarily|materially|severe(?:ly)?|widespread|largely|credibly)\b(?! (?:reporting|reports?))",
                "substantial significant meaningful reasonable reasonably effectively facto primarily materially "
                "severe severely widespread largely credibly",
                lead=3,
            ),
            Phrase(
                r"\b(?:major|material) (?:change|damage|disruption|attack|incident|offensive|closure|conflict"
                r"|escalation|combat|military|operation|shift|impact|breach)\w{0,3}\b",
                "major material",
            ),
        ),
        unless=Phrase(NEGATION.pattern + r"|\bdefined as\b|\bdefined by\b|\bhttps?://"),
        fires=(
            case("Yes if there is a significant escalation of fighting."),
            case("Yes if the government is effectively closed by January 31."),
            case("Yes if a major attack happens in a reasonable time."),
        ),
        silent=(
            case("Source: Major League Baseball; the Attorney General decides nothing."),
            case("A significant drop alone will not qualify."),
            case("A “major closure” is defined as one of more than 12 hours."),
        ),
    ),
    RiskRule(
        code="UNDEFINED_KEY_TERM",
        severity=Severity.HIGH,
        why="The word that decides the question is nowhere defined in the text.",
        base_rate=0.0418,
        prior=0.7,
        motive="The suit that was or was not a suit: some 240 million dollars on one undefined noun.",
        only_if=tuple(_TERM_IN_SUBJECT.values()),
        predicate=undefined_key_term,
        fires=(
            case(SUIT, title="Will Zelenskyy wear a suit before July?"),
            case(
                "Yes if the US and Ukraine reach an agreement on minerals by March 31.",
                title="Ukraine minerals deal by March 31?",
            ),
            case("This market resolves to Yes if Iran strikes Israel by May 31, 2026, 11:59 PM ET. Otherwise, No."),
        ),
        silent=(
            case("A suit is defined as a jacket with matching trousers.", title="Will Zelenskyy wear a suit?"),
            case("Drones that are shot down will not qualify.", title="Will Iran strike Israel?"),
            case("Yes if he faces a lawsuit by May 31, 2026, 11:59 PM ET.", title="Will they file a suit by May 31?"),
            case(GAME, title="Bucks vs. Raptors: more than 8 three-pointers?"),
        ),
    ),
)
