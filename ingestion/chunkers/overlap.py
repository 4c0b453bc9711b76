"""Where a chunk begins when it repeats the end of the chunk before it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ingestion.chunkers.atoms import Atom
from ingestion.graphemes import is_grapheme_boundary
from ingestion.sentences import second_sentence

# Thai, Lao, Myanmar, Khmer, and from the CJK radicals on: scripts that put no blanks between words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")


class Beginning(NamedTuple):
    """Where a chunk begins, and what it repeats: no more than ``tokens`` tokens."""

    start: int
    tokens: int


def overlap_beginning(text: str, before: Sequence[Atom], cut: int, tokens: int) -> Beginning:
    """The beginning of the chunk behind ``cut`` when it repeats about ``tokens`` tokens of the chunk made of ``before``.

    It is the beginning of a sentence when that repeats at least half of what was asked, else of a word; inside a single long
    word (scripts that do not separate words) it is a place between two graphemes. It is ``cut`` itself where nothing can be
    repeated: never the whole chunk before, nor a table or a code block in it.
    """
    nothing = Beginning(cut, 0)
    if tokens <= 0 or not before:
        return nothing
    lowest, bound = cut, 0
    for index in range(len(before) - 1, -1, -1):
        atom = before[index]
        if not atom.is_flowing or bound >= tokens:
            break
        end = before[index + 1].start if index + 1 < len(before) else cut
        # Within one atom tokens are taken to be evenly spread.
        share = min((tokens - bound) / max(atom.tokens, 1), 1.0)
        lowest = end - int((end - atom.start) * share)
        bound += atom.tokens
    start = _word_start(text, max(lowest, before[0].start + 1), cut)
    sentence = second_sentence(text, start, cut)
    if sentence is not None and 2 * (cut - sentence) >= cut - lowest:
        start = sentence
    return Beginning(start, bound) if start < cut else nothing


def whole_beginning(text: str, before: Sequence[Atom], cut: int, tokens: int) -> Beginning:  # noqa: ARG001 - as the other
    """The beginning of the chunk behind ``cut`` when it repeats whole atoms: at most ``tokens`` tokens, and not all of them."""
    start, bound = cut, 0
    for atom in reversed(before[1:]):
        if bound + atom.tokens > tokens:
            break
        start, bound = atom.start, bound + atom.tokens
    return Beginning(start, bound)


def _word_start(text: str, lowest: int, cut: int) -> int:
    """The first beginning of a word at or after ``lowest``.

    Where there is none, or in a script without blanks none in the first half, a place inside a word.
    """
    inside = cut
    for index in range(lowest, cut):
        if text[index].isspace() or not is_grapheme_boundary(text, index):
            continue
        if text[index - 1].isspace():
            is_late = 2 * (cut - index) < cut - lowest
            return inside if is_late and inside < cut and _UNSPACED.match(text, inside) else index
        inside = min(inside, index)
    return inside
