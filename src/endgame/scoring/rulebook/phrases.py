"""Phrases that several rules and mitigators share."""

from __future__ import annotations

from endgame.scoring.reading import Phrase

NEGATION = Phrase(
    r"\b(?:will|would|do|does|shall|should|is|are|need|must|may)(?: not|n't)\b|\bcannot\b|\bcan't\b"
    r"|\bwon't\b|\bexclud(?:e|es|ed|ing)\b|\bexamples?\b|\bfor instance\b|\be\.g\.",
)

# What is said of something that is no source: "a post on it will not be used".
NOT_A_SOURCE = Phrase(
    r"\b(?:not|never) (?:be )?(?:used|relied|accepted|consulted|a (?:\w{3,12} )?source|count(?:ed)? as|qualify as)\b"
    r"|\bno (?:\w{3,12} )?source\b",
)

DEFINITION = Phrase(
    r"\b(?:defined as|understood as|definition of|(?<!market |match |question )refers? to(?! only)"
    r"|means|constitutes?|(?<=\b(?:be|is|are) )considered|considered (?:to|as|a|an|if)"
    r"|within the meaning)\b",
    "defined definition understood refers refer means constitutes constitute considered within",
)

EXCLUSION = Phrase(
    r"\b(?:will|would|does|do|shall|should|is|are)(?: not|n't) (?:alone |itself |necessarily "
    r"|be )?(?:qualify|count|suffice|sufficient|considered|constitute|eligible|enough)\b|\bexcluding\b"
    r"|\bare excluded\b",
    "qualify count suffice sufficient considered constitute eligible enough excluding excluded",
    lead=40,
)

LATE_DISCLOSURE = Phrase(
    r"\bregardless of (?:when|whether) …(?:announce|publish|disclos|report|confirm|file|known|public"
    r"|reveal|release|effect)|\b(?:announced|published|disclosed|reported|confirmed|filed"
    r"|revealed) (?:after|later)\b|\bwithin \d{1,3} (?:hours|days) (?:of|after) (?:this|the) (?:market"
    "|deadline|end|resolution)",
    "regardless announced published disclosed reported confirmed filed revealed within",
)

REVISION_CLAUSE = Phrase(
    r"\b(?:revis\w{2,5}|updates?|corrections?|restatements?|adjustments?) …(?:not be considered"
    "|not be used|no bearing|not count|not affect|not be taken|disregard|ignored|will not)"
    r"|\bregardless of …(?:revis|restate|correct|adjust)\w{0,6}|\bany (?:subsequent |later "
    r"|further )revis|\bfirst (?:published|released|reported|official) (?:figure|number|value|data"
    r"|results?)\b|\boverturned\b|\bonly the (?:first|initial|final)\b|\bonce …finali[sz]ed\b|\bfinali[sz]ed (?:data"
    "|figure|value)",
    "revised revise revisions revision update updates correction restatement adjustment adjusted "
    "regardless any first only once finalized finalised overturned",
)

ANY_OR_ALL = Phrase(
    r"\bany (?:portion|part|territory|amount|area|piece|length of time|period of time)\b"
    r"|\ball (?:of|parts|portions) \w|\bentire(?:ty|ly)?\b|\bmajority of\b",
    "any all entire entirety entirely majority",
)
AT_LEAST_OR_FULL = Phrase(
    r"\bat least (?:one|part|half)\b|\bin full\b|\bin whole or\b",
    "least full whole",
    lead=5,
)
