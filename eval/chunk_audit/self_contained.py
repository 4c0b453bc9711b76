"""Whether a chunk can be understood without what stood before it: rules on how it begins and what it points to.

Of a language that is not known the English words are looked for. A chunk that begins with its own heading has its subject
there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ragline.types import Chunk

PROSE = frozenset({"paragraph", "list", "quote"})
"""Kinds of chunks that are sentences; a table, code or a record is not read so."""


@dataclass(frozen=True, slots=True)
class Words:
    """``pronouns`` stand for what was named before; ``pointers`` do so before a verb (``verbs``), and not before a noun.

    ``connectives`` go on from the sentence before. ``references`` is a pattern of what points to another place of the text.
    """

    pronouns: frozenset[str]
    pointers: frozenset[str]
    verbs: frozenset[str]
    connectives: frozenset[str]
    references: str


_ENGLISH = Words(
    frozenset({"it", "its", "they", "them", "their", "he", "she", "his", "him", "her"}),
    frozenset({"this", "that", "these", "those", "such"}),
    frozenset(
        [
            "is",
            "are",
            "was",
            "were",
            "has",
            "have",
            "had",
            "means",
            "may",
            "can",
            "could",
            "will",
            "would",
            "must",
            "should",
            "does",
            "do",
            "did",
            "makes",
            "allows",
            "applies",
        ]
    ),
    frozenset(
        [
            "however",
            "therefore",
            "moreover",
            "furthermore",
            "thus",
            "hence",
            "consequently",
            "also",
            "additionally",
            "but",
            "and",
            "or",
            "otherwise",
            "instead",
            "nevertheless",
            "nonetheless",
            "besides",
            "similarly",
            "likewise",
            "meanwhile",
            "conversely",
            "still",
            "then",
            "accordingly",
        ]
    )
    | {
        "in addition",
        "as a result",
        "on the other hand",
        "for example",
        "for instance",
        "in contrast",
        "after that",
        "in that case",
    },
    r"(?:as|see|described|mentioned|shown|given|listed|stated|explained) (?:\w+ )?(?:above|earlier|before|previously)"
    r"|the (?:former|latter|aforementioned|above[- ]mentioned)|(?:previous|preceding) (?:section|chapter|paragraph|page)",
)
_GERMAN = Words(
    frozenset({"er", "sie", "es", "ihm", "ihn", "ihnen", "sein", "seine"}),
    frozenset({"dies", "dieser", "diese", "dieses", "das", "solche"}),
    frozenset(
        [
            "ist",
            "sind",
            "war",
            "waren",
            "hat",
            "haben",
            "hatte",
            "bedeutet",
            "kann",
            "können",
            "darf",
            "muss",
            "müssen",
            "soll",
            "sollen",
            "wird",
            "werden",
            "gilt",
            "gelten",
        ]
    ),
    frozenset(
        [
            "jedoch",
            "daher",
            "deshalb",
            "deswegen",
            "außerdem",
            "ferner",
            "zudem",
            "somit",
            "folglich",
            "aber",
            "und",
            "oder",
            "sonst",
            "andernfalls",
            "stattdessen",
            "dennoch",
            "trotzdem",
            "ebenso",
            "auch",
            "dann",
            "danach",
            "hingegen",
            "dagegen",
        ]
    )
    | {"zum beispiel", "in diesem fall", "darüber hinaus", "im gegensatz dazu"},
    r"(?:wie|siehe) (?:\w+ )?(?:oben|zuvor|vorher)|(?:letztere|erstere|obige|obengenannte|vorgenannte)\w*"
    r"|(?:vorige|vorangehende|vorherige)\w* (?:abschnitt|kapitel|absatz|seite)",
)
_FRENCH = Words(
    frozenset({"il", "elle", "ils", "elles", "lui", "leur", "leurs"}),
    frozenset({"cela", "ceci", "ce", "ces", "celui-ci", "celle-ci", "ceux-ci"}),
    frozenset(
        [
            "est",
            "sont",
            "était",
            "étaient",
            "a",
            "ont",
            "peut",
            "peuvent",
            "doit",
            "doivent",
            "signifie",
            "permet",
            "sera",
            "seront",
        ]
    ),
    frozenset(
        ["cependant", "donc", "toutefois", "ensuite", "mais", "et", "ou", "sinon", "ainsi", "aussi", "néanmoins", "pourtant"]
    )
    | {"en outre", "de plus", "par conséquent", "par exemple", "en revanche", "dans ce cas"},
    r"(?:voir|comme) (?:\w+ )?(?:ci-dessus|plus haut|précédemment)|ci-dessus|susmentionné\w*"
    r"|(?:section|chapitre|paragraphe|page) précédente?",
)
_SPANISH = Words(
    frozenset({"él", "ella", "ellos", "ellas", "lo", "les"}),
    frozenset({"esto", "este", "esta", "estos", "estas", "eso"}),
    frozenset(
        ["es", "son", "era", "eran", "ha", "han", "puede", "pueden", "debe", "deben", "significa", "permite", "será", "serán"]
    ),
    frozenset(["además", "pero", "y", "o", "entonces", "también", "asimismo", "luego"])
    | {"sin embargo", "por lo tanto", "por tanto", "por ejemplo", "en cambio", "en ese caso"},
    r"(?:véase|ver|como) (?:\w+ )?(?:arriba|anteriormente|antes)|antes mencionad\w*"
    r"|(?:sección|capítulo|párrafo|página) anterior",
)
LANGUAGES: Mapping[str, Words] = {"en": _ENGLISH, "de": _GERMAN, "fr": _FRENCH, "es": _SPANISH}

_MARKUP = re.compile(r"^[\s>*_`\-•+]*(?:\d+[.)]\s+)?[*_`\"'“„«(]*")
_WORD = re.compile(r"[\w'’-]+")
_AUXILIARY_START = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "can",
        "could",
        "will",
        "would",
        "must",
        "should",
        "may",
        "does",
        "do",
        "did",
    ]
)


def dangling(chunk: Chunk, language: str | None = None) -> str:
    """Why a chunk cannot be understood alone, as "pronoun", "connective", "reference" or "no subject"; empty where it can.

    ``pronoun``: it begins with one, or with "this" and a verb. ``connective``: it begins by going on ("However", "for
    example"). ``no subject``: it begins with an auxiliary verb and asks nothing. ``reference``: it points to another place of
    the text ("see above", "the latter"), except to a heading that it has itself.
    """
    if chunk.kind not in PROSE:
        return ""
    words = LANGUAGES.get((language or "en")[:2], _ENGLISH)
    text = chunk.text.lstrip()
    if not text.startswith("#"):
        found = _begins(text, words)
        if found:
            return found
    return "reference" if re.search(rf"\b(?:{words.references})\b", text, re.IGNORECASE) else ""


def _begins(text: str, words: Words) -> str:
    first = [match[0].casefold() for match in _WORD.finditer(_MARKUP.sub("", text, count=1)[:200])][:4]
    if not first:
        return ""
    if first[0] in words.pronouns:
        return "pronoun"
    if first[0] in words.pointers and len(first) > 1 and first[1] in words.verbs:
        return "pronoun"
    if first[0] in words.connectives or any(" ".join(first[:n]) in words.connectives for n in (2, 3, 4)):
        return "connective"
    sentence = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
    if words is _ENGLISH and first[0] in _AUXILIARY_START and not sentence.rstrip().endswith("?"):
        return "no subject"
    return ""
