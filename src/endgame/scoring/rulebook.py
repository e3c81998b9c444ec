"""The rulebook: each definition risk and each mitigator as one literal.

Detection, tests and documentation come from these literals. Base rates are the share of 1,195 recorded ordinary
Polymarket markets with full text (560 open ones of November 2025 to February 2026, 635 further ones of forecasting
question sets, October 2025 to August 2026) that carry the finding; a test measures them again where the records are.
Weights are priors set by hand, labelled as such until they are measured on disputed markets. Wording found in more
than a quarter of texts is context and weighs nothing alone.

Some flags of the taxonomy need what a single text and its context do not hold (the text's history, the volume,
disputes of sibling markets) and are therefore not here.
"""

from __future__ import annotations

from typing import Any, Final

from endgame.domain.rule import RuleContext, Severity, Span
from endgame.scoring.reading import MAX_SPANS, Case, Mitigator, Phrase, Reading, RiskRule, day_of

RULEBOOK_VERSION: Final = "2026.1"

SHORT_TEXT: Final = 120
"""Code points below which a text can hardly name outcome, source and deadline."""
DAY_SLACK: Final = 1
"""Calendar days by which two statements of one deadline may differ: zones, and "the end of" a day."""


def _case(text: str, **context: Any) -> Case:
    return Case(text, RuleContext(**context))


# --- Phrases that several rules share -------------------------------------------------------------------------------

_NEGATION = Phrase(
    r"\b(?:will|would|do|does|shall|should|is|are|need|must|may)(?: not|n't)\b|\bcannot\b|\bcan't\b"
    r"|\bwon't\b|\bexclud(?:e|es|ed|ing)\b|\bexamples?\b|\be\.g\.",
)
_FALLBACK = Phrase(
    r"\b(?:another|other|alternat\w{1,6}|different|secondary|backup) …\b(?:source|report|outlet|reporting"
    r"|information|figure)|\bunavailable\b|(?<=\b(?:may|will) )also\b",
    "another other others alternative alternate alternatively different secondary backup unavailable also",
)
_DEFINITION = Phrase(
    r"\b(?:defined as|understood as|definition of|(?<!market |match |question )refers? to(?! only)"
    r"|means|constitutes?|(?<=\b(?:be|is|are) )considered|considered (?:to|as|a|an|if)"
    r"|within the meaning)\b",
    "defined definition understood refers refer means constitutes constitute considered within",
)
_EXCLUSION = Phrase(
    r"\b(?:will|would|does|do|shall|should|is|are)(?: not|n't) (?:alone |itself |necessarily "
    r"|be )?(?:qualify|count|suffice|sufficient|considered|constitute|eligible|enough)\b|\bexcluding\b"
    r"|\bare excluded\b",
    "qualify count suffice sufficient considered constitute eligible enough excluding excluded",
    lead=40,
)
_COUNTS = Phrase(r"\b(?:will|would|shall|does) (?:also |only )?(?:count|qualify)\b|\bqualifying\b")
_CLOCK = Phrase(r"\b\d{1,2}(?::\d\d\b| ?[ap]\.?m\b)")
_CLOCK_WORD = Phrase(r"\bnoon\b|\bmidnight\b|\bend of (?:the )?day\b", "noon midnight end")
_ZONE_NAMES: Final = frozenset(
    b"et est edt utc gmt pt pst pdt ct cst cdt mt cet cest bst ist jst kst msk sgt hkt aest aedt".split()
)
_ZONE = Phrase(
    r"\b(?:eastern|pacific|central|standard|local) time\b|\btime ?zone\b",
    "eastern pacific central standard local timezone zone",
)
_LATE_DISCLOSURE = Phrase(
    r"\bregardless of (?:when|whether) …(?:announce|publish|disclos|report|confirm|file|known|public"
    r"|reveal|release|effect)|\b(?:announced|published|disclosed|reported|confirmed|filed"
    r"|revealed) (?:after|later)\b|\bwithin \d{1,3} (?:hours|days) (?:of|after) (?:this|the) (?:market"
    "|deadline|end|resolution)",
    "regardless announced published disclosed reported confirmed filed revealed within",
)
_REVISION_CLAUSE = Phrase(
    r"\b(?:revis\w{2,5}|updates?|corrections?|restatements?|adjustments?) …(?:not be considered"
    "|not be used|no bearing|not count|not affect|not be taken|disregard|ignored|will not)"
    r"|\bregardless of …(?:revis|restate|correct|adjust)\w{0,6}|\bany (?:subsequent |later "
    r"|further )revis|\bfirst (?:published|released|reported|official) (?:figure|number|value|data"
    r"|results?)\b|\bonly the (?:first|initial|final)\b|\bonce …finali[sz]ed\b|\bfinali[sz]ed (?:data"
    "|figure|value)",
    "revised revise revisions revision update updates correction restatement adjustment adjusted "
    "regardless any first only once finalized finalised",
)
_ANY_OR_ALL = Phrase(
    r"\bany (?:portion|part|territory|amount|area|piece|length of time|period of time)\b"
    r"|\bat least (?:one|part|half)\b|\ball (?:of|parts|portions) \w|\bentire(?:ty|ly)?\b|\bin full\b"
    r"|\bmajority of\b|\bor any part\b|\bin whole or\b",
    "any least all entire entirety entirely full majority whole",
    lead=5,
)
_TIE_RULE = Phrase(
    r"\balphabetical\b|\b(?:higher|lower|greater|upper) (?:bracket|range|bucket|option)\b"
    r"|\bexactly between\b|\b(?:in (?:the )?(?:case|event) of|ends? in|there is) an? (?:exact )?(?:tie"
    r"|draw)\b|\btie-?break",
    "alphabetical higher lower greater upper exactly tie draw tiebreak",
    lead=40,
)
_PERSISTENCE = Phrase(
    r"\b(?:must|has to|needs to) (?:persist|remain)\b|\bpersists? (?:through|until|for)\b"
    r"|\bnext (?:full |finali[sz]ed )?(?:\w{2,12} )?(?:daily )?update\b"
    r"|\bwill remain open until …back online",
    "persist persists remain next",
    lead=12,
)

# --- What the deciding words are ------------------------------------------------------------------------------------

# Word that decides a question -> (its forms, how it asks in a title, how it stands in a text).
_KEY_TERMS: Final[dict[str, tuple[str, str, str]]] = {
    "suit": ("suit suits", r"(?<!law)(?<!law )(?<!file )(?<!file a )\bsuits?\b", r"\bsuits?\b"),
    "agreement": ("agreement agreements", r"\bagreements?\b", r"\bagreements?\b"),
    "deal": ("deal deals", r"(?<!new )\bdeals?\b(?! with\b)", r"\bdeals?\b"),
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
    "ceasefire": ("ceasefire ceasefires cease", r"\bcease-?fires?\b", r"\bcease-?fires?\b"),
    "custody": ("custody", r"\bcustody\b", r"\bcustody\b"),
}
_TERM_IN_SUBJECT = {name: Phrase(asked, words) for name, (words, asked, _) in _KEY_TERMS.items()}
_TERM_STARTS: Final = frozenset[bytes]().union(*(phrase.starts for phrase in _TERM_IN_SUBJECT.values()))
_TERM_IN_TEXT = {name: Phrase(written) for name, (_, _, written) in _KEY_TERMS.items()}


def _undefined_key_term(reading: Reading) -> tuple[Span, ...] | None:
    if _TERM_STARTS.isdisjoint(reading.subject_starts):
        return None
    names = [name for name, asked in _TERM_IN_SUBJECT.items() if reading.asks(asked)]
    # An exclusion says what the term is not, wherever it stands; a definition has to be about the term.
    if not names or reading.has(_EXCLUSION):
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
    return _DEFINITION.is_in(words) or _COUNTS.is_in(words)


# --- Predicates -----------------------------------------------------------------------------------------------------

_DISPUTE_STATES: Final = frozenset({"disputed", "challenged"})


def _is_disputed(reading: Reading) -> bool:
    status, history = reading.facts.oracle_status, reading.facts.oracle_history
    # The history keeps old disputes: only where the status is missing does its last entry speak.
    return (status or (history[-1] if history else "")) in _DISPUTE_STATES


def _active_dispute(reading: Reading) -> tuple[Span, ...] | None:
    return () if _is_disputed(reading) else None


def _reproposed(reading: Reading) -> tuple[Span, ...] | None:
    history = reading.facts.oracle_history
    again = history.count("proposed") > 1 or not _DISPUTE_STATES.isdisjoint(history)
    return () if again and not _is_disputed(reading) else None


def _rules_truncated(reading: Reading) -> tuple[Span, ...] | None:
    return () if reading.facts.truncated else None


_SHORT_BUT_WHOLE = Phrase(r"\bresolves? …(?:source|according to|based on|cancel|postpone|50-50)|\b50-50\b")


def _no_rules(reading: Reading) -> tuple[Span, ...] | None:
    folded = reading.folded.strip()
    if folded and folded == reading.title.strip():
        return ()
    return () if len(folded) < SHORT_TEXT and not _SHORT_BUT_WHOLE.is_in(folded) else None


_NAMED_BODY = Phrase(
    r"https?://|\bwww\.|\.(?:com|org|gov|io|net)\b|\bofficial (?:information|statements?|results?"
    r"|announcements?|data|website|source|government)|\bassociated press\b|\bnational broadcasters\b"
    r"|\b(?:as )?published by\b|\bministry\b|\bgovernment\b",
)
_CONSENSUS_AS_SOURCE = Phrase(
    r"\bsources? (?:for (?:this|the) (?:market|question) )?(?:will|is|shall"
    r"|would)(?: be)? (?:determined by |based on )?(?:an? |the )?(?:\w{3,12} )?(?:consensus"
    r"|credible)\b|\bresol(?:ve|ved|ution) (?:\w{2,7} )?(?:based on|according to|determined by|by"
    r"|from) (?:an? |the )?(?:\w{3,12} )?(?:consensus|credible)\b",
    "consensus credible",
    lead=75,
)


def _consensus_only(reading: Reading) -> tuple[Span, ...] | None:
    if reading.facts.settlement_source:
        return None
    spans = reading.spans(_CONSENSUS_AS_SOURCE)
    if not spans:
        return None
    # "Government" also names the actors of a question: only the sentences about the source count.
    for span in spans:
        if _NAMED_BODY.is_in(reading.words(reading.sentence(span))):
            return None
    return None if reading.has(_PRIMARY_SOURCE) else spans


_PRIMARY_SOURCE = Phrase(
    r"\bresolution sources? …(?:official|https?:|the [a-z]{2,12}(?:'s)? website)",
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
    consensus = reading.spans(_ALSO_CONSENSUS) if parties else ()
    return tuple(sorted({*parties, *consensus})[:MAX_SPANS]) if consensus else None


_ONE_SOURCE = Phrase(
    r"\bresolution source …(?:https?://\S{1,200}|website|web site|official (?:page|site|app|data"
    r"|account))|\b(?:according to|based on|reported by|found at|available at|published (?:on"
    r"|at)) …https?://\S{1,200}",
    "resolution according based reported found available published",
)


_CONSENSUS_WORDS: Final = frozenset((b"consensu", b"credible"))


def _single_source(reading: Reading) -> tuple[Span, ...] | None:
    # Leagues publish their results in many places; registers of disputes know no difference there.
    if reading.facts.category == "sports" or not _CONSENSUS_WORDS.isdisjoint(reading.word_starts):
        return None
    spans = reading.spans(_ONE_SOURCE)
    return spans if spans and not reading.has(_FALLBACK) else None


_DEADLINE_WORD = Phrase(
    r"\b(?:by|before|until|no later than|prior to|on or before) (?:the end of )?(?:(?:jan|feb|mar|apr"
    r"|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}|may|20\d\d|\d{1,2}|eoy|year|month|friday|sunday|monday"
    r"|tomorrow|q[1-4])\b|\bbetween (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6} \d",
    "by before until no prior on between",
)
# Acts done behind closed doors: the world learns of them from whoever did them.
_ACT = Phrase(
    r"\b(?:sells?|sold|selling|buys?|bought|purchas\w{1,3}|acquir\w{1,3}|holds?|raises?|spends?"
    r"|transfers?|lays? off|invests?|repurchas\w{1,3}|divests?|donates?|borrows?|liquidat\w{1,3})\b",
    "sell sells sold selling buy buys bought purchase purchases purchased purchasing acquire "
    "acquires acquired acquiring hold holds raise raises spend spends transfer transfers lay lays "
    "invest invests repurchase divest divests donate donates borrow borrows liquidate liquidates",
)
_PROOF = Phrase(
    r"\b(?:filings?|disclosures?)\b|\b8-?k\b|\b10-?[kq]\b|\b13-?[fdg]\b|\bdisclos(?:e|es|ed)\b"
    r"|\bpress releases?\b|\b(?:quarterly|annual|earnings|monthly) reports?\b|\b(?:announcements?"
    r"|statements?|information) (?:by|from) \w|\bdata releases?\b",
    "filing filings disclosure disclosed disclose discloses 8 8k 10 10k 10q 13 13f 13d 13g press "
    "quarterly annual earnings monthly announcement statement statements information data",
)


def _event_vs_disclosure(reading: Reading) -> tuple[Span, ...] | None:
    if not reading.asks(_ACT) or reading.has(_LATE_DISCLOSURE):
        return None
    if not (_DEADLINE_WORD.is_in(reading.title) or reading.has(_DEADLINE_WORD)):
        return None
    return reading.spans(_PROOF, unless=_NEGATION) or None


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


def _act_stages(reading: Reading) -> tuple[Span, ...] | None:
    if not reading.asks(_PROCESS) or reading.has(_STAGE) or reading.has(_EXCLUSION):
        return None
    return reading.spans(_PROCESS_IN_TEXT)


def _deadline_mismatch(reading: Reading) -> tuple[Span, ...] | None:
    asked = reading.title_days
    if not asked:
        return None
    last = asked[-1]
    early = reading.facts.deadline is not None and last.days_after(day_of(reading.facts.deadline)) > DAY_SLACK
    if reading.title[last.span.start : last.span.end] in reading.folded:
        return () if early else None
    written = reading.days
    if written and min(abs(last.days_after(day)) for day in written) > DAY_SLACK:
        return tuple(day.span for day in written[:MAX_SPANS])
    # A market that ends later than its question is only a buffer; one that ends earlier is not.
    return () if early else None


def _no_clock_or_zone(reading: Reading) -> tuple[Span, ...] | None:
    if not _ZONE_NAMES.isdisjoint(reading.word_starts) or any(map(reading.has, (_ZONE, _CLOCK_WORD, _CLOCK))):
        return None
    return tuple(day.span for day in reading.days[:MAX_SPANS]) or None


_THRESHOLD = Phrase(
    r"\b(?:between|above|below|over|under|exceeds?|reach(?:es)?|hits?|at least|less than|more than"
    r"|greater than|higher than|lower than|dips? to) (?:\(\w{1,6}\) )?[$€£]?\d",
    "between above below over under exceed exceeds reach reaches hit hits at less more greater higher lower dip dips",
)
_BRACKET = Phrase(
    r"(?<![\d-])[$€£]?(?!20\d\d)\d[\d.,]{0,12}[%kmb°]? ?- ?[$€£]?\d[\d.,]{0,12}[%°kmb]?\b(?!-)"
    r"|[<>≥≤] ?[$€£]?\d",
)
_BOUNDARY = Phrase(
    r"\binclusive\b|\bexactly\b|\bround(?:s|ed|ing)\b|\bdecimals?\b|\bprecision\b|\bequal to\b"
    r"|\bor (?:more|higher|greater|above|below|less|lower|fewer|equal)\b|\bhigher (?:range|bracket)\b"
    r"|\bwhole (?:number|degrees?)\b|\bnearest\b|\bnumber of\b|\bhalf-?point|\bat or (?:above|below)\b"
    r"|\bat least\b|\b(?:high|low|close|open) price\b",
)


def _scalar_boundary(reading: Reading) -> tuple[Span, ...] | None:
    if (
        not reading.title
        or reading.facts.category == "sports"
        or not (reading.asks(_THRESHOLD) or reading.asks(_BRACKET))
    ):
        return None
    return None if reading.has(_BOUNDARY) else ()


_REVISED_WORDING = Phrase(
    r"\b(?:preliminary|provisional|advance estimate|initial estimate|first print|first release"
    r"|initial release|flash estimate|estimates?d? actuals)\b|\brevis(?:ed|ions?)\b",
    "preliminary provisional advance initial first flash estimate estimated estimates revised revision revisions",
)
_REVISING_SOURCE = Phrase(
    r"\bbox office\b|\bnielsen\b|\bviewership\b|\bviewers\b|\bnon-?farm payrolls?\b"
    r"|\bgross domestic product\b|\bgdp\b|\bjobs (?:report|added)\b|\bjobless claims\b"
    r"|\bopening weekend\b|\bdeath toll\b|\bcasualt",
    "box nielsen viewership viewers nonfarm non gross gdp jobs jobless opening death casualty casualties",
)


def _revision_risk(reading: Reading) -> tuple[Span, ...] | None:
    spans = reading.spans(_REVISED_WORDING, _REVISING_SOURCE)
    return spans if spans and not reading.has(_REVISION_CLAUSE) else None


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


def _death_or_exit(reading: Reading) -> tuple[Span, ...] | None:
    return () if reading.asks(_LEAVES_OFFICE) and not reading.has(_DEATH_OR_EXIT) else None


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
    if not reading.asks(_WHOLE_OR_PART) or reading.has(_ANY_OR_ALL):
        return None
    return reading.spans(_PART_WORDS) or None


_MENTION_IN_SUBJECT = Phrase(
    r"\b(?:say|says|said|mentions?|mentioned|utters?)\b …[\"']|\b(?:says?|mentions?) the (?:word|term"
    r"|phrase)s?\b|\btweets?\b|\bposts\b|\bposts? \d",
    "say says said mention mentions mentioned utter utters tweet tweets post posts",
)
_MENTION_IN_TEXT = Phrase(
    r"\bplurali[sz]ation\b|\bpossessive\b|\bcompound words?\b|\bpronunciation\b|\btranscript\b"
    r"|\b(?:says?|said|mentions?|mentioned|utters?) (?:the )?(?:word|term|phrase|listed|exact|\")"
    r"|\b(?:usage|mention) of the (?:word|term|phrase)\b|\bpost counter\b|\bquote posts\b|\breposts\b",
    "pluralization pluralisation possessive compound pronunciation transcript say says said mention "
    "mentions mentioned utter utters usage post quote reposts",
)


def _mention_mechanics(reading: Reading) -> tuple[Span, ...] | None:
    spans = reading.spans(_MENTION_IN_TEXT)
    if reading.asks(_MENTION_IN_SUBJECT):
        return spans
    return spans if len(spans) > 1 else None


_UNNAMED_OUTCOME = Phrase(
    r"\b(?:another|other|someone else|none of|field)\b|\b(?:person|candidate|player|team|party|option"
    r"|company|movie) [a-z]\b|\bplaceholder\b",
)


def _negrisk_other(reading: Reading) -> tuple[Span, ...] | None:
    return () if reading.facts.neg_risk and _UNNAMED_OUTCOME.is_in(reading.title) else None


_NEGATED_TITLE = Phrase(
    r"\b(?:not|no longer|never|fails?|without|nobody|fewer than|less than|won't|no)\b(?! \.?\d{1,2}\b)",
)


def _negated_title(reading: Reading) -> tuple[Span, ...] | None:
    return () if reading.title and _NEGATED_TITLE.is_in(reading.title) else None


# --- Flags ----------------------------------------------------------------------------------------------------------

_SUIT = (
    'This market will resolve to "Yes" if the president is photographed wearing a suit before '
    'June 30, 2025, 11:59 PM ET. Otherwise, this market will resolve to "No". The resolution '
    "source will be a consensus of credible reporting."
)
_GAME = (
    "In the upcoming game, scheduled for November 4 at 7:30PM ET: If the Bucks win, the market "
    'will resolve to "Bucks". If the Raptors win, the market will resolve to "Raptors". If the '
    "game is postponed, this market will remain open until the game has been completed. If the "
    "game is canceled entirely, this market will resolve 50-50."
)
_LEAGUE = (
    "This market will resolve according to the team that wins the 2025-26 championship, 11:59 PM ET on June 30, 2026. "
    "The primary resolution source will be official information from the league. However, a consensus of credible "
    "reporting may also be used."
)
RULES: Final[tuple[RiskRule, ...]] = (
    RiskRule(
        code="ACTIVE_DISPUTE",
        severity=Severity.CRITICAL,
        why="The proposed outcome is under dispute at the oracle: settlement waits for a vote and can go either way.",
        base_rate=0.0017,
        weight=0.60,
        predicate=_active_dispute,
        fires=(
            _case(_GAME, oracle_status="disputed"),
            _case(_LEAGUE, oracle_status="challenged", oracle_history=("proposed", "challenged")),
            _case(_SUIT, oracle_history=("proposed", "disputed")),
        ),
        silent=(
            _case(_GAME, oracle_status="resolved", oracle_history=("proposed", "disputed", "proposed")),
            _case(_GAME, oracle_status="proposed", oracle_history=("proposed", "disputed")),
            _case("The disputed territory decides: this market resolves to Yes if the line moves before May 31, 2026."),
        ),
    ),
    RiskRule(
        code="ANNOUNCEMENT_TRIGGER",
        severity=Severity.MEDIUM,
        why="An announcement decides, so that the market can settle differently from what happens in fact.",
        base_rate=0.0368,
        weight=0.05,
        phrases=(
            Phrase(
                r"\b(?:announcements?|statements?|declarations?) …(?:will|would|shall|does|is|are) (?:also |be "
                "|alone ){0,2}(?:suffice|sufficient|count|qualify|enough)",
                "announcement declaration statement statements",
            ),
            Phrase(
                r"\b(?:officially|formally|publicly) (?:announce[sd]?|declare[sd]?)\b",
                "announce announces announced declare declares declared",
                lead=12,
            ),
            Phrase(
                r"\b(?:announces?|declares?) (?:that |an? |the |its |their |they )",
                "announce announces declare declares",
            ),
        ),
        unless=_NEGATION,
        fires=(
            _case("An official announcement of a deal will qualify, whether or not it is signed."),
            _case("This market resolves to Yes if OPM publicly announces the end of the shutdown by January 31, 2026."),
            _case("Resolves to Yes if both governments announce that they have reached an agreement."),
        ),
        silent=(
            _case("An announcement alone will not qualify; the law has to be in force."),
            _case("The band plays at noon. Its members were named last year."),
            _case(_GAME),
        ),
    ),
    RiskRule(
        code="CONSENSUS_ONLY",
        severity=Severity.MEDIUM,
        why="A consensus of reporting is the only source: nobody in particular says what happened.",
        base_rate=0.0686,
        weight=0.06,
        raised_by=("UNDEFINED_KEY_TERM",),
        raised_weight=0.15,
        predicate=_consensus_only,
        mitigated_by=("EXPLICIT_DEFINITION", "EXCLUSIONS"),
        fires=(
            _case(_SUIT),
            _case("The resolution source for this market will be a consensus of credible reporting."),
            _case("This market will be resolved by a consensus of credible sources."),
        ),
        silent=(
            _case(_LEAGUE),
            _case(
                "The primary resolution source will be official information from the government of Japan, however a "
                "consensus of credible reporting may also be used."
            ),
            _case(_SUIT, settlement_source="https://example.org/wardrobe"),
        ),
    ),
    RiskRule(
        code="DEADLINE_MISMATCH",
        severity=Severity.HIGH,
        why=(
            "The date in the title is not the one in the text, or the market ends before it: one of them will not hold."
        ),
        base_rate=0.0167,
        weight=0.12,
        predicate=_deadline_mismatch,
        fires=(
            _case("Resolves to Yes if it happens by April 30, 2026, 11:59 PM ET.", title="Will it happen by March 31?"),
            _case("Yes if they meet before 2026-07-15.", title="Meeting before June 1, 2026?"),
            _case(
                "Resolves by the usual rules.", title="Ceasefire by May 31, 2026?", venue_close_time=1_777_000_000_000
            ),
        ),
        silent=(
            _case("Resolves to Yes by March 31, 2026, 11:59 PM ET.", title="Will it happen by March 31?"),
            _case("Counts until 1 April 2026, 5:00 AM UTC.", title="By March 31?", venue_close_time=1_777_000_000_000),
            _case("Resolves to Yes by April 30, 2026.", title="Will the May report be late?"),
        ),
    ),
    RiskRule(
        code="DEATH_OR_EXIT_CARVEOUT",
        severity=Severity.HIGH,
        why="The question is whether somebody leaves a post, and the text does not say what death, incapacity or a "
        "later effective date means.",
        base_rate=0.0159,
        weight=0.12,
        predicate=_death_or_exit,
        mitigated_by=("EXPLICIT_DEFINITION",),
        fires=(
            _case("Resolves to Yes if he is not in the post on June 30, 2026.", title="Minister out by June 30?"),
            _case(
                "Resolves to Yes if the leader leaves the country's top post.", title="Supreme Leader out before May?"
            ),
            _case("This market resolves to Yes if the CEO resigns by May 31, 2026, 11:59 PM ET. Otherwise, No."),
        ),
        silent=(
            _case(
                "Yes if she ceases to be minister for any reason, including death.", title="Minister out by June 30?"
            ),
            _case("Any departure counts, regardless of the reason.", title="CEO out in 2026?"),
            _case("Yes if the song is out on Spotify.", title="Will the album be released in 2026?"),
        ),
    ),
    RiskRule(
        code="EARLY_CLOSE_ASYMMETRY",
        severity=Severity.LOW,
        why="One side can settle at any moment, the other only at the deadline.",
        base_rate=0.1498,
        weight=0.0,
        phrases=(
            Phrase(r"\bimmediately resolve\b|\bresolves? immediately\b|\bmay immediately\b", "immediately", lead=14),
        ),
        fires=(
            _case('If it becomes impossible, this market will resolve immediately to "No".'),
            _case('If the team is eliminated, the market may immediately resolve to "No".'),
            _case('This market will immediately resolve to "Yes" once the threshold is crossed.'),
        ),
        silent=(
            _case("The immediate cause is of no importance."),
            _case(_GAME),
            _case(_LEAGUE),
        ),
    ),
    RiskRule(
        code="EVENT_VS_DISCLOSURE_CLOCK",
        severity=Severity.HIGH,
        why=(
            "The act has a deadline but is proved by a filing or report that can come after it, and "
            "the text does not say whether late proof counts."
        ),
        base_rate=0.0025,
        weight=0.20,
        predicate=_event_vs_disclosure,
        mitigated_by=("FALLBACK_SOURCE", "EXPLICIT_DEFINITION"),
        fires=(
            _case(
                "Resolves to Yes if Strategy sells any Bitcoin by May 31, 2026, 11:59 PM ET. The primary "
                "resolution source will be SEC filings and official announcements by the company.",
                title="Strategy sells Bitcoin by May 31?",
            ),
            _case(
                "This market resolves to Yes if the fund buys shares before June 30, 2026, as shown by its 13F filing."
            ),
            _case("Yes if Tesla acquires the firm by December 31, 2026. Source: company disclosures."),
        ),
        silent=(
            _case(
                "Resolves to Yes if the company sells any Bitcoin by May 31, 2026, regardless of when the "
                "sale is announced in filings.",
            ),
            _case("This market resolves by the CPI report of the BLS for March 2026.", title="CPI in March?"),
            _case(
                "Yes if the company sells any coins. Press releases alone will not count; trades by May 31, 2026 do."
            ),
        ),
    ),
    RiskRule(
        code="EVIDENCE_STANDARD",
        severity=Severity.HIGH,
        why="A standard of proof decides, and whoever votes has to judge whether the evidence reaches it.",
        base_rate=0.0335,
        weight=0.22,
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
            Phrase(r"\bconfirmed by (?:an? |the |both |multiple |at least )", "confirmed"),
            Phrase(r"\boverwhelming consensus\b", "overwhelming"),
        ),
        unless=_NEGATION,
        mitigated_by=("EXPLICIT_DEFINITION",),
        fires=(
            _case("Resolves to Yes if the preponderance of evidence suggests that he was involved in the token."),
            _case("Resolves to Yes if conclusive, definitive evidence emerges that the two are one person."),
            _case("Yes if it is shown that the vessel sank before the search began."),
        ),
        silent=(
            _case("Rumors, even with convincing evidence, will not qualify."),
            _case("Resolves to the album Definitive Edition if it charts first. Results confirmed by July 31, 2026."),
            _case("If the results are not known definitively by June 30, 2027, this market resolves to Other."),
        ),
    ),
    RiskRule(
        code="INTENT_OR_CONTROL",
        severity=Severity.HIGH,
        why="The outcome turns on what somebody intends or on who is in control, which nobody can look up.",
        base_rate=0.0218,
        weight=0.20,
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
        unless=_NEGATION,
        mitigated_by=("EXPLICIT_DEFINITION", "EXCLUSIONS"),
        fires=(
            _case(
                "Yes if the US commences a military offensive intended to establish control over any "
                "portion of Venezuela."
            ),
            _case(
                "This market resolves to the person who officially holds the office of president on December 31, 2026."
            ),
            _case("Yes if the rebels take full control of the capital, with the aim of forming a government."),
        ),
        silent=(
            _case("The source is the Centers for Disease Control and Prevention (CDC)."),
            _case("Resolves to the party that has control of the House after the election."),
            _case("Exercises that are intended to deter an attack will not qualify."),
        ),
    ),
    RiskRule(
        code="MENTION_MECHANICS",
        severity=Severity.MEDIUM,
        why="Words or posts are counted: plurals, compounds, pronunciation and the transcript used can decide.",
        base_rate=0.0033,
        weight=0.03,
        predicate=_mention_mechanics,
        mitigated_by=("EXPLICIT_DEFINITION", "EXCLUSIONS"),
        fires=(
            _case(
                "Resolves to Yes if he says the listed term. Pluralization of the term counts.",
                title='Will he say "Tariff"?',
            ),
            _case("Only main feed posts, quote posts and reposts count.", title="Elon Musk # of tweets February 3-10?"),
            _case("Any usage of the word counts. Compound words count. The transcript decides."),
        ),
        silent=(
            _case(_GAME),
            _case("The ministry is said to publish the number on Friday.", title="Rate above 3%?"),
            _case("Posts by the team are no source.", title="Will the team post a profit?"),
        ),
    ),
    RiskRule(
        code="NEGATED_OR_DOUBLE",
        severity=Severity.LOW,
        why="The title is negated, so that Yes means that something does not happen: check the side twice.",
        base_rate=0.0126,
        weight=0.0,
        predicate=_negated_title,
        fires=(
            _case(_LEAGUE, title="Will he no longer be the richest person?"),
            _case(_LEAGUE, title="Will the bill fail to pass?"),
            _case(_LEAGUE, title="Fewer than three hikes in 2026?"),
        ),
        silent=(
            _case("This is not a title."),
            _case(_GAME, title="Bucks vs. Raptors"),
            _case(_GAME, title="Will Nottingham win?"),
        ),
    ),
    RiskRule(
        code="NEGRISK_OTHER",
        severity=Severity.MEDIUM,
        why="This outcome stands for names that can still be added to the event.",
        base_rate=0.0008,
        weight=0.05,
        predicate=_negrisk_other,
        fires=(
            _case(_LEAGUE, title="Will another team win the league?", neg_risk=True),
            _case(_LEAGUE, title="Will Person B be the nominee?", neg_risk=True),
            _case(_LEAGUE, title="Winner: Other", neg_risk=True),
        ),
        silent=(
            _case(_LEAGUE, title="Will another team win the league?", neg_risk=False),
            _case(_LEAGUE, title="Will another team win the league?"),
            _case(_LEAGUE, title="Will the Bucks win the league?", neg_risk=True),
        ),
    ),
    RiskRule(
        code="NO_CLOCK_OR_ZONE",
        # Medium within two days of the deadline in the taxonomy; a judgement is made once and knows no clock.
        severity=Severity.LOW,
        why="A date stands without time of day and time zone: the last hours belong to whoever reads it.",
        base_rate=0.1925,
        weight=0.03,
        predicate=_no_clock_or_zone,
        fires=(
            _case("Resolves to Yes if it happens by March 31, 2026. Otherwise, No."),
            _case("Yes if the film is released before 2026-05-01."),
            _case("The match of 5 May decides."),
        ),
        silent=(
            _case(_SUIT),
            _case("Yes if it happens by March 31, 2026 at noon."),
            _case("This market may also be used by 12 people; nobody knows when."),
        ),
    ),
    RiskRule(
        code="NO_RULES",
        severity=Severity.CRITICAL,
        why="There is no rule text to speak of: what decides, who says so and until when is missing.",
        base_rate=0.0,
        weight=0.50,
        predicate=_no_rules,
        fires=(
            _case(""),
            _case("Will it rain tomorrow?"),
            _case(
                "Will the very long title of this market be repeated? " * 4,
                title="Will the very long title of this market be repeated? " * 4,
            ),
        ),
        silent=(
            _case(_GAME),
            _case("If the Bucks win, the market resolves to Bucks; if the game is canceled, 50-50."),
            _case(_SUIT, title="President in a suit before July?"),
        ),
    ),
    RiskRule(
        code="OFFICIAL_ACT_STAGES",
        severity=Severity.MEDIUM,
        why=(
            "The act has several stages (filed, passed, signed, in force, live) and the text does not "
            "say which one counts."
        ),
        base_rate=0.0151,
        weight=0.07,
        predicate=_act_stages,
        mitigated_by=("EXPLICIT_DEFINITION",),
        fires=(
            _case(
                "Yes if the SEC approves a spot Ethereum ETF by May 31, 2024.", title="Ethereum ETF approved by May 31?"
            ),
            _case("Yes if TikTok is banned in the US by May 1, 2025.", title="TikTok banned in the US before May?"),
            _case("Yes if the shutdown is over by January 31, 2026.", title="Government shutdown over by January 31?"),
        ),
        silent=(
            _case(
                "Yes if the bill is passed and signed into law by May 1, 2026.", title="Will the bill pass by May 1?"
            ),
            _case("Yes if the fund begins trading by May 31.", title="ETF approved by May 31?"),
            _case("The average of polls decides.", title="Approval rating of 40%?"),
        ),
    ),
    RiskRule(
        code="PARTIAL_FULFILMENT",
        severity=Severity.MEDIUM,
        why="It can happen in part, and the text does not say whether a part is enough.",
        base_rate=0.0,
        weight=0.06,
        predicate=_partial_fulfilment,
        mitigated_by=("EXPLICIT_DEFINITION", "EXCLUSIONS", "ANY_OR_ALL"),
        fires=(
            _case(
                "Yes if the sub is found. If pieces of it are located, that is open.",
                title="Submersible found by Friday?",
            ),
            _case("Yes if Russia captures the town by November 30.", title="Will Russia capture Myrnohrad?"),
            _case("Yes if the site is destroyed.", title="Enrichment site destroyed?"),
        ),
        silent=(
            _case("Yes if Russia captures any part of the town.", title="Will Russia capture the town?"),
            _case("Yes if the entire site is destroyed.", title="Enrichment site destroyed?"),
            _case("Yes if the partial results favour her.", title="Will she win?"),
        ),
    ),
    RiskRule(
        code="PLATFORM_DISCRETION",
        severity=Severity.MEDIUM,
        why="The platform keeps the right to decide by itself.",
        base_rate=0.0,
        weight=0.08,
        phrases=(
            Phrase(
                r"\b(?:sole|absolute|own|full) …discretion\b|\bat (?:its|their|our) discretion\b",
                "discretion",
                lead=95,
            ),
            Phrase(
                r"\bin (?:its|their|our|the) (?:sole )?(?:judge?ment|opinion)\b",
                "judgment judgement opinion",
                lead=16,
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
        unless=Phrase(r"\bno discretion\b"),
        fires=(
            _case("The exchange may determine the outcome at its sole discretion."),
            _case("Polymarket reserves the right to resolve this market early."),
            _case("The result is subject to an outcome review process."),
        ),
        silent=(
            _case("The court has discretionary powers in sentencing."),
            _case("Votes may also be used to decide the winner."),
            _case(_LEAGUE),
        ),
    ),
    RiskRule(
        code="REPROPOSED",
        severity=Severity.MEDIUM,
        why="An outcome was proposed more than once: an earlier proposal was disputed or came too early.",
        base_rate=0.0,
        weight=0.15,
        predicate=_reproposed,
        fires=(
            _case(_GAME, oracle_status="proposed", oracle_history=("proposed", "disputed", "proposed")),
            _case(_LEAGUE, oracle_history=("proposed", "proposed")),
            _case(_SUIT, oracle_status="proposed", oracle_history=("proposed", "disputed")),
        ),
        silent=(
            _case(_GAME, oracle_status="proposed", oracle_history=("proposed",)),
            _case(_GAME, oracle_status="disputed", oracle_history=("proposed", "disputed", "proposed", "disputed")),
            _case("The outcome was proposed twice, it is said."),
        ),
    ),
    RiskRule(
        code="REVISION_RISK",
        severity=Severity.MEDIUM,
        why="The number is one that gets revised, and the text does not say which print counts.",
        base_rate=0.0075,
        weight=0.03,
        predicate=_revision_risk,
        mitigated_by=("FALLBACK_SOURCE",),
        fires=(
            _case("Resolves by the Nielsen viewership of the ceremony."),
            _case("Resolves by the opening weekend box office; estimates may be preliminary."),
            _case("Resolves by the advance estimate of GDP."),
        ),
        silent=(
            _case("Resolves by GDP growth, regardless of later revisions."),
            _case("Resolves by the box office figure; revisions made later will not be considered."),
            _case(_GAME),
        ),
    ),
    RiskRule(
        code="RULES_TRUNCATED",
        severity=Severity.HIGH,
        why="The text was longer than what is stored: the missing end has not been judged.",
        base_rate=0.0,
        weight=0.25,
        predicate=_rules_truncated,
        fires=(_case(_GAME, truncated=True), _case("", truncated=True), _case(_SUIT, truncated=True)),
        silent=(_case(_GAME), _case("The list is truncated.", truncated=False), _case(_LEAGUE)),
    ),
    RiskRule(
        code="SCALAR_BOUNDARY",
        severity=Severity.MEDIUM,
        why=(
            "The title asks for a number, and the text says nothing of rounding, precision or hitting "
            "the border exactly."
        ),
        base_rate=0.0318,
        weight=0.04,
        predicate=_scalar_boundary,
        mitigated_by=("TIE_RULE",),
        fires=(
            _case("Resolves by the reading of the station.", title="Highest temperature between 60 and 62?"),
            _case("Resolves by the number shown.", title="Opening weekend above $50m?"),
            _case("Resolves by the figure.", title="Inflation 2.5-2.9% in March?"),
        ),
        silent=(
            _case("Resolves to the higher range if exactly between two brackets.", title="Between 60 and 62?"),
            _case("Rounded to one decimal.", title="Rate above 3%?"),
            _case(_LEAGUE, title="2025-26 league winner?"),
        ),
    ),
    RiskRule(
        code="SINGLE_SOURCE_NO_FALLBACK",
        severity=Severity.MEDIUM,
        why="One source decides, and the text does not say what counts when it is late, gone or changed.",
        base_rate=0.0828,
        weight=0.05,
        predicate=_single_source,
        fires=(
            _case("The resolution source for this market is https://www.bls.gov/cpi/."),
            _case("The resolution source will be the official website of the agency."),
            _case("Resolves by the number published at https://example.org/data on Friday."),
        ),
        silent=(
            _case("The resolution source is https://www.bls.gov/; if it is unavailable, another report decides."),
            _case("The resolution source is https://www.nba.com/.", category="sports"),
            _case(_LEAGUE),
        ),
    ),
    RiskRule(
        code="SOURCE_CONFLICT",
        severity=Severity.HIGH,
        why=(
            "The first source is a party to the event and the second is press consensus: they can say different things."
        ),
        base_rate=0.0025,
        weight=0.15,
        predicate=_source_conflict,
        fires=(
            _case(
                "The primary resolution source will be official information from the National Electoral Council (CNE), "
                "however a consensus of credible reporting will also be used."
            ),
            _case(
                "The resolution source is the Russian government. However, a consensus of credible "
                "reporting may also be used."
            ),
            _case("Official information from the IDF decides, but a consensus of credible reporting will suffice."),
        ),
        silent=(
            _case(_LEAGUE),
            _case("Resolves by the Electoral Council's certification."),
            _case(
                "The Electoral Council meets. The source is the BLS; a consensus of credible reporting may "
                "also be used."
            ),
        ),
    ),
    RiskRule(
        code="SUBJECTIVE_STANDARD",
        severity=Severity.MEDIUM,
        why="A word of degree without a measure decides.",
        base_rate=0.0192,
        weight=0.06,
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
        unless=Phrase(_NEGATION.pattern + r"|\bdefined as\b|\bdefined by\b|\bhttps?://"),
        mitigated_by=("EXPLICIT_DEFINITION", "EXCLUSIONS", "EXAMPLES"),
        fires=(
            _case("Yes if there is a significant escalation of fighting."),
            _case("Yes if the government is effectively closed by January 31."),
            _case("Yes if a major attack happens in a reasonable time."),
        ),
        silent=(
            _case("Source: Major League Baseball; the Attorney General decides nothing."),
            _case("A significant drop alone will not qualify."),
            _case("A “major closure” is defined as one of more than 12 hours."),
        ),
    ),
    RiskRule(
        code="TAMPERABLE_SOURCE",
        severity=Severity.HIGH,
        why="One person or community can edit the source at the moment that decides.",
        base_rate=0.0285,
        weight=0.18,
        phrases=(
            Phrase(r"\b(?:isw|institute for the study of war)\b", "isw institute"),
            Phrase(
                r"\b(?:interactive|live|deepstate|ukraine|conflict|control) ?(?:ua)?map\b|\bliveuamap\b"
                r"|\bon (?:the|its|their) map\b",
                "map uamap liveuamap deepstatemap livemap",
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
        mitigated_by=("PERSISTENCE", "FALLBACK_SOURCE"),
        fires=(
            _case("Yes if the railway station is shaded red on the ISW map by November 15, 2025."),
            _case("The resolution source is the page on Wikipedia."),
            _case("Resolves to the model on top of the Chatbot Arena LLM Leaderboard when checked at noon."),
        ),
        silent=(
            _case("Swiss voters decide; the mapping of districts is unchanged."),
            _case("The golf leaderboard of the PGA Tour names the winner."),
            _case(_LEAGUE),
        ),
    ),
    RiskRule(
        code="UNDEFINED_KEY_TERM",
        severity=Severity.HIGH,
        why="The word that decides the question is nowhere defined in the text.",
        base_rate=0.041,
        weight=0.25,
        predicate=_undefined_key_term,
        mitigated_by=("EXAMPLES",),
        fires=(
            _case(_SUIT, title="Will Zelenskyy wear a suit before July?"),
            _case(
                "Yes if the US and Ukraine reach an agreement on minerals by March 31.",
                title="Ukraine minerals deal by March 31?",
            ),
            _case("This market resolves to Yes if Iran strikes Israel by May 31, 2026, 11:59 PM ET. Otherwise, No."),
        ),
        silent=(
            _case("A suit is defined as a jacket with matching trousers.", title="Will Zelenskyy wear a suit?"),
            _case("Drones that are shot down will not qualify.", title="Will Iran strike Israel?"),
            _case(_GAME, title="Bucks vs. Raptors: more than 8 three-pointers?"),
        ),
    ),
    RiskRule(
        code="VOID_OR_POSTPONE",
        severity=Severity.MEDIUM,
        why="A void or postponement clause can pay half or tie up the money; it does not make a dispute likelier.",
        base_rate=0.1816,
        weight=0.0,
        phrases=(
            Phrase(r"\b50 ?[-/] ?50\b", "50"),
            Phrase(
                r"\b(?:postponed|cancell?ed|rescheduled|abandoned|suspended|forfeit\w{0,3}|walkover|no contest"
                r"|no-contest|voided)\b",
                "postponed cancelled canceled rescheduled abandoned suspended forfeit forfeits walkover contest voided",
                lead=5,
            ),
        ),
        fires=(
            _case(_GAME),
            _case("If the race is cancelled, this market resolves 50\u201350."),
            _case("A fight that ends as a no contest resolves to No."),
        ),
        silent=(
            _case(_SUIT),
            _case("The average of 1950-505 counts."),
            _case(_LEAGUE),
        ),
    ),
)
"""All flags, by code."""

MITIGATORS: Final[tuple[Mitigator, ...]] = (
    Mitigator(
        code="ANY_OR_ALL",
        why="The text says whether a part is enough.",
        base_rate=0.118,
        credit=0.2,
        phrases=(_ANY_OR_ALL,),
        fires=(_case("over any portion of the island"), _case("at least one of them"), _case("the entire city")),
        silent=(_case("anybody can win"), _case("a part of the game"), _case("")),
    ),
    Mitigator(
        code="DEADLINE_DEFAULT",
        why="The text says what happens when nothing happens until the deadline.",
        base_rate=0.5607,
        credit=0.1,
        phrases=(
            Phrase(r"\botherwise,? …\bresolves? (?:to |in favou?r of )?\"?(?:no|yes|other)\b", "otherwise"),
            Phrase(r"\bif (?:no|none|neither)\b …\b(?:by|before|until)\b"),
        ),
        fires=(
            _case('Otherwise, this market will resolve to "No".'),
            _case("If no winner is declared by April 30, 2026, this market will resolve to Other."),
            _case("Otherwise it resolves to No"),
        ),
        silent=(_case("It was otherwise a quiet day."), _case("if at all"), _case("")),
    ),
    Mitigator(
        code="EXAMPLES",
        why="The text gives examples.",
        base_rate=0.272,
        credit=0.1,
        phrases=(
            Phrase(r"\be\.g\."),
            Phrase(r"\bfor example\b|\bsuch as\b|\bexamples? (?:of|include)", "example examples such", lead=6),
        ),
        fires=(_case("for example a drone"), _case("(e.g. a ship)"), _case("acts such as shelling")),
        silent=(_case("an exemplary life"), _case("such a pity"), _case("")),
    ),
    Mitigator(
        code="EXCLUSIONS",
        why="The text says what does not count.",
        base_rate=0.1908,
        credit=0.2,
        phrases=(_EXCLUSION,),
        fires=(_case("rumors will not qualify"), _case("that doesn't count"), _case("a plan is not sufficient")),
        silent=(_case("this will count"), _case("a notable quality"), _case("")),
    ),
    Mitigator(
        code="EXPLICIT_DEFINITION",
        why="The text defines a term.",
        base_rate=0.2594,
        credit=0.3,
        phrases=(_DEFINITION,),
        fires=(_case("a strike is defined as"), _case("The term refers to any"), _case("will be considered to have")),
        silent=(_case("This market refers to the game"), _case("by no mean feat"), _case("")),
    ),
    Mitigator(
        code="FALLBACK_SOURCE",
        why="The text names what counts when the source is missing.",
        base_rate=0.4117,
        credit=0.2,
        phrases=(
            Phrase(
                r"\b(?:unavailable|not available|offline|goes down|ceases to)\b|\b(?:may|will|can) also be used\b"
                r"|\banother …source\b|\balternat\w{1,6} …source\b|\bambigu(?:ous|ity)\b",
                "unavailable available offline goes ceases also another alternative alternate ambiguous ambiguity",
                lead=6,
            ),
        ),
        fires=(
            _case("if the page is unavailable"),
            _case("a consensus of credible reporting may also be used"),
            _case("another credible source"),
        ),
        silent=(_case("the source is available"), _case("used cars"), _case("")),
    ),
    Mitigator(
        code="LATE_DISCLOSURE_COVERED",
        why="The text says whether later disclosure counts.",
        base_rate=0.0343,
        credit=0.3,
        phrases=(_LATE_DISCLOSURE,),
        fires=(
            _case("regardless of when the sale is announced"),
            _case("sales disclosed after the deadline do not count"),
            _case("within 48 hours of this market's end date"),
        ),
        silent=(_case("announced before June"), _case("regardless of the weather"), _case("")),
    ),
    Mitigator(
        code="PERSISTENCE",
        why="A change at the source has to last before it counts.",
        base_rate=0.0259,
        credit=0.3,
        phrases=(_PERSISTENCE,),
        fires=(
            _case("must persist through the next full ISW daily update cycle"),
            _case("the shading persists until the following day"),
            _case("will remain open until the leaderboard comes back online"),
        ),
        silent=(_case("a persistent rumor"), _case("the game remains open"), _case("")),
    ),
    Mitigator(
        code="REVISION_CLAUSE",
        why="The text says whether revisions count.",
        base_rate=0.0201,
        credit=0.2,
        phrases=(_REVISION_CLAUSE,),
        fires=(
            _case("Revisions made later will not be considered."),
            _case("regardless of whether later revisions are made"),
            _case("the first published figure counts"),
        ),
        silent=(_case("he was first"), _case("an updated map"), _case("")),
    ),
    Mitigator(
        code="TIE_RULE",
        why="The text says what a tie or a number between two brackets means.",
        base_rate=0.1498,
        credit=0.2,
        phrases=(_TIE_RULE,),
        fires=(
            _case("first in alphabetical order"),
            _case("resolves to the higher bracket"),
            _case("in case of a tie"),
        ),
        silent=(_case("he wore a tie"), _case("a wide range"), _case("")),
    ),
    Mitigator(
        code="ZONE_AND_CLOCK",
        why="The deadline has time of day and zone.",
        base_rate=0.4536,
        credit=0.1,
        phrases=(
            Phrase(
                r"\b\d{1,2}:\d\d ?(?:[ap]\.?m\.?)? ?\(?(?:et|est|edt|utc|gmt|pt|pst|pdt|ct|cet|cest|ist|jst|kst"
                r"|local|eastern)\b",
            ),
        ),
        fires=(_case("11:59 PM ET"), _case("by 12:00 UTC"), _case("7:30PM ET")),
        silent=(_case("11:59 PM"), _case("ratio 1:20"), _case("")),
    ),
)
"""All mitigators, by code."""
