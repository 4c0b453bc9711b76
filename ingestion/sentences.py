"""Sentences, words and lines as spans, for any script, without a model.

The spans returned are in order, do not overlap, hold every non-space character, begin at no blank (save one that carries a
combining mark) and never inside a grapheme.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from ingestion.graphemes import is_grapheme_boundary

Span = tuple[int, int]

# Candidates for the end of a sentence: its marks, closing quotes and the blank space behind them; or a line end. One leading
# character class and possessive repeats keep the search fast, also in long runs of dots.
_END = re.compile(r"[.!?…؟۔।॥。！？｡\n][.!?…؟۔।॥。！？｡]*+[\"'”’»)\]」』）]*+\s*+")
_FULL_WIDTH = frozenset("。！？｡")
_WORD = re.compile(r"\S+")
_LINE = re.compile(r"[^\n]+")
_LAST_WORD = re.compile(r"[\w.]++\Z")
_LOOK_BACK_CHARS = 16
_ABBREVIATION_CHARS = 7  # no abbreviation has so many letters in a row
# Editors and mail programs wrap at 72 to 100 characters; longer lines are paragraphs.
_MAX_WRAP_CHARS = 120
_ABBREVIATIONS = frozenset(
    {"e.g", "i.e", "cf", "vs", "etc", "al", "no", "nos", "vol", "fig", "figs", "eq", "eqs", "sec", "ch", "pp", "approx", "resp"}
    | {"mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "inc", "ltd", "co", "corp", "dept", "est", "u.s", "u.k", "ph.d"}
    | {"z.b", "d.h", "bzw", "ca", "nr", "abb", "vgl", "usw", "p.ej", "sra", "m", "mme"}
)


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of ``text[start:end]``.

    One ends at its mark and closing quotes when blank space follows, at a full-width mark in any case, and at a blank line;
    not behind abbreviations, initials and numbers of list items.
    """
    end = len(text) if end is None else end
    cuts = list(_cuts(text, start, end))
    first = trim(text, start, cuts[0] if cuts else end)
    # No blank stands behind a cut, and no grapheme is cut there, so that the others begin where they are cut.
    others = [(cut, cut + len(text[cut:after].rstrip())) for cut, after in pairwise([*cuts, end])]
    return others if first is None else [first, *others]


def second_sentence(text: str, start: int, end: int) -> int | None:
    """Where the second sentence of ``text[start:end]`` begins, ``None`` where there is one only."""
    for cut in _cuts(text, start, end):
        if not text[start:cut].isspace():
            rest = trim(text, cut, end)
            return None if rest is None else rest[0]
    return None


def word_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """What stands between blank space in ``text[start:end]``."""
    words: list[Span] = []
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        first, last = match.span()
        if is_grapheme_boundary(text, first):
            words.append((first, last))
        elif words:  # a combining mark behind a blank: the blank is its base
            words[-1] = (words[-1][0], last)
        else:
            words.append((_with_base(text, start, first), last))
    return words


def line_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The lines of ``text[start:end]`` that are not blank. Unlike the others they keep the blank space that indents them."""
    end = len(text) if end is None else end
    return [match.span() for match in _LINE.finditer(text, start, end) if not match.group().isspace()]


def written_line_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The lines of ``text[start:end]`` that the writer ended; lines that were only wrapped at a width stay together.

    A line end is taken for a wrap when the first word of the next line would not have fitted into the widest line. Where that
    is wider than a page, or no more than half of the ends are such, nothing was wrapped.
    """
    end = len(text) if end is None else end
    if text.find("\n", start, end) < 0:
        span = trim(text, start, end)
        return [] if span is None else [span]
    lines = line_spans(text, start, end)
    width = max((last - first for first, last in lines), default=0)
    words = [_WORD.search(text, *line) for line in lines[1:]]
    wraps = [
        word is not None and last - first + 1 + len(word.group()) > width
        for (first, last), word in zip(lines, words, strict=False)
    ]
    is_wrapped = width <= _MAX_WRAP_CHARS and 2 * sum(wraps) > len(wraps)
    joined = lines[:1]
    for line, is_wrap in zip(lines[1:], wraps, strict=True):
        if is_wrapped and is_wrap:
            joined[-1] = (joined[-1][0], line[1])
        else:
            joined.append(line)
    return [span for each in joined if (span := trim(text, *each)) is not None]


def trim(text: str, start: int, end: int) -> Span | None:
    """The span without blank space at its ends, ``None`` when nothing is left."""
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    return None if lead == len(piece) else (_with_base(text, start, start + lead), start + len(piece.rstrip()))


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Where sentences are parted, the ends of the text aside."""
    is_plain = text.isascii()  # then only a line end can be inside a grapheme, and none is cut as blanks are taken together
    for match in _END.finditer(text, start, end):
        cut = match.end()
        if cut < end and _ends_sentence(text, start, match, cut) and (is_plain or is_grapheme_boundary(text, cut)):
            yield cut


def _ends_sentence(text: str, start: int, match: re.Match[str], cut: int) -> bool:
    mark = match.group()
    if mark == ". ":  # nearly all of them
        return not text[cut].islower() and not _is_abbreviation(text, start, match)
    if mark[0] == "\n":
        return mark.count("\n") > 1
    if mark[0] in _FULL_WIDTH:
        return True
    if not mark[-1].isspace():
        return False
    if mark.count("\n") > 1:
        return True
    return not text[cut].islower() and (mark[0] != "." or mark[1] == "." or not _is_abbreviation(text, start, match))


def _is_abbreviation(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match.start()
    if mark - start >= _ABBREVIATION_CHARS and text[mark - _ABBREVIATION_CHARS : mark].isalnum():
        return False
    word = _LAST_WORD.search(text[max(start, mark - _LOOK_BACK_CHARS) : mark])
    if word is None:
        return False
    last = word.group()
    is_initial = len(last) == 1 and last.isupper()
    return (
        is_initial
        or last.casefold() in _ABBREVIATIONS
        or (last.isdecimal() and len(last) <= 2 and _begins_line(text, match, last))
    )


def _begins_line(text: str, match: re.Match[str], last: str) -> bool:
    before = match.start() - len(last)
    return before == 0 or text[before - 1] == "\n"


def _with_base(text: str, lowest: int, index: int) -> int:
    """``index``, or where the grapheme begins that it lies in: a combining mark may stand on a blank."""
    while index > lowest and not is_grapheme_boundary(text, index):
        index -= 1
    return index
