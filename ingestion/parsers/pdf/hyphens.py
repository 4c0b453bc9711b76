"""Lines of one paragraph put together: words that were divided at a line's end become whole.

The rule, for a line that ends in a hyphen behind a letter or a digit:

- before a small letter the hyphen goes and the word is closed (``exam-`` + ``ple``), unless the hyphen is the word's own: the
  same compound stands elsewhere in the document within a line, the word has another hyphen already (``state-of-the-`` +
  ``art``), or it is part of an address (``https://a.example/get-`` + ``started``);
- before *and*, *or* and their like in other languages the hyphen is suspended and stays, with the line end (``pre-`` + ``and
  post-war``);
- before a capital or a digit it stays and the word is closed (``COVID-`` + ``19``).

A soft hyphen goes before any letter.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from ingestion.parsers.pdf.characters import SOFT_HYPHEN

_LAST = re.compile(r"(\S*\w)[-" + SOFT_HYPHEN + r"]\Z")
_NEXT = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+\Z")
_COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")
_SUSPENDING = frozenset(
    ("and", "or", "nor", "to", "und", "oder", "bis", "sowie", "bzw", "et", "ou", "y", "e", "o", "u", "en", "of", "och", "og")
)


def join_lines(lines: Sequence[str], compounds: Collection[str] = (), *, gap: str = "\n") -> str:
    """``lines`` as one text, with ``gap`` between them where no word goes on."""
    text = lines[0] if lines else ""
    for line in lines[1:]:
        text = _closed(text, line, compounds, gap) if text.endswith(("-", SOFT_HYPHEN)) else f"{text}{gap}{line}"
    return text.replace(SOFT_HYPHEN, "-") if SOFT_HYPHEN in text else text


def compounds_of(texts: Iterable[str]) -> set[str]:
    """Words with a hyphen that stand within a line, in small letters."""
    return {match.lower() for text in texts if "-" in text for match in _COMPOUND.findall(text)}


def _closed(text: str, line: str, compounds: Collection[str], gap: str) -> str:
    last, after = _LAST.search(text), _NEXT.match(line)
    if last is None or after is None:
        return f"{text}{gap}{line}"
    if text.endswith(SOFT_HYPHEN):
        return text[:-1] + ("" if line[0].isalpha() else "-") + line
    if not line[0].islower():
        return text + line
    if after.group() in _SUSPENDING:
        return f"{text}{gap}{line}"
    word, letters = last.group(1), _LETTERS.search(last.group(1))
    if letters is None:  # a number or a formula: 12-fold
        return text + line
    is_own = (
        "-" in word or "://" in word or word.startswith("www.") or f"{letters.group()}-{after.group()}".lower() in compounds
    )
    return text + line if is_own else text[:-1] + line
