"""The flow of text from column to column and from page to page: footnotes out of its way, paragraphs and words made whole."""

import re
from collections.abc import Sequence
from itertools import pairwise

from ingestion.parsers.pdf.blocks import Block, is_sentence_end
from ingestion.parsers.pdf.characters import SOFT_HYPHEN
from ingestion.parsers.pdf.lines import TableBlock

Part = Block | TableBlock

# Footnotes are set smaller than the text, by this much.
_SMALLER = 0.93
_NOTE_MARK = re.compile(r"(?:\d{1,3}|[*†‡§¶∗]+|\(?[a-z]\))[.)\]]?\s*\S")
_MAX_NOTES = 12
# Lines of one paragraph are set in one size.
_SAME_SIZE = 0.05
_DIVIDED = re.compile(r"[^\W\d_]{2}[-" + SOFT_HYPHEN + r"]\Z")
_REST = re.compile(r"([^\W\d_]+[^\w\s]*)\s+(?=\S)")


def in_flow(parts: Sequence[Part], body_size: float) -> list[Part]:
    """The blocks of a page with footnotes behind the text, and paragraphs that go on in the next column in one piece.

    The first one has the direction of most of the page's text; what runs in others comes last.
    """
    text: list[Part] = []
    notes: list[Part] = []
    aside: list[Part] = []
    for column in _columns(parts):
        if turn_of(column[0]) != turn_of(parts[0]):
            aside += column  # what runs up the margin
            continue
        begin = _notes_begin(column, body_size)
        text += column[:begin]
        notes += column[begin:]
    joined: list[Part] = []
    for part in text:
        last = joined[-1] if joined else None
        if isinstance(last, Block) and isinstance(part, Block) and _goes_on(last, part):
            last.lines.extend(part.lines)
        else:
            joined.append(part)
    return joined + notes + aside


def close_words(pages: Sequence[list[Part]]) -> None:
    """A word divided at the end of a page is made whole there: no element spans two pages, and the word is found."""
    for above, below in pairwise(pages):
        last = next((part for part in reversed(above) if isinstance(part, Block) and not part.first.is_repeated), None)
        first = next((part for part in below if isinstance(part, Block) and not part.first.is_repeated), None)
        if last is None or first is None or last.is_code or first.first.heading or first.is_item:
            continue
        line, next_line = last.lines[-1], first.first
        rest = _REST.match(next_line.text)
        if (
            rest is not None
            and next_line.text[0].islower()
            and _DIVIDED.search(line.text)
            and _same_size(line.size, next_line.size)
        ):
            line.text = line.text[:-1] + rest.group(1)
            next_line.text = next_line.text[rest.end() :]


def turn_of(part: Part) -> int | None:
    """The direction of a block's text."""
    return part.turn if isinstance(part, TableBlock) else part.first.turn


def _columns(parts: Sequence[Part]) -> list[list[Part]]:
    columns: list[list[Part]] = []
    region = None
    for part in parts:
        own = part.region if isinstance(part, TableBlock) else part.first.region
        if own != region:
            columns.append([])
            region = own
        columns[-1].append(part)
    return columns


def _notes_begin(column: list[Part], body_size: float) -> int:
    """The index of the first footnote at the foot of a column; its length when it has none."""
    begin = len(column)
    while begin > 0 and len(column) - begin < _MAX_NOTES:
        part = column[begin - 1]
        if (
            not isinstance(part, Block)
            or part.first.turn is None
            or max(line.size for line in part.lines) > _SMALLER * body_size
        ):
            break
        begin -= 1
    while begin < len(column):
        part = column[begin]
        if isinstance(part, Block) and _NOTE_MARK.match(part.first.text):
            break
        begin += 1
    return begin if begin > 0 else len(column)


def _goes_on(last: Block, part: Block) -> bool:
    """Whether ``part``, at the top of a column, goes on with the sentence at the foot of the one before."""
    above, line = last.lines[-1], part.first
    return (
        above.region != line.region
        and above.turn == line.turn
        and not (above.heading or line.heading or above.is_repeated or line.is_repeated or part.is_item)
        and not (last.is_code or part.is_code or last.is_bold or part.is_bold)
        and _same_size(above.size, line.size)
        and line.baseline < above.baseline
        and line.text[0].islower()
        and not is_sentence_end(above.text)
    )


def _same_size(a: float, b: float) -> bool:
    return abs(a - b) <= _SAME_SIZE * max(a, b)
