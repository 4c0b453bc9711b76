"""The smallest pieces that chunks are packed from: elements, rows, lines, sentences, words."""

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from itertools import chain, pairwise, repeat
from typing import NamedTuple

from ingestion.chunkers.counting import Counting
from ingestion.elements import Element
from ingestion.graphemes import is_grapheme_boundary
from ingestion.sentences import Span, line_spans, sentence_spans, trim, word_spans, written_line_spans
from ragline.types import ElementKind

# Text of these kinds reads on from piece to piece, so a chunk may repeat the end of the one before it.
FLOWING: frozenset[ElementKind] = frozenset({"paragraph", "list", "quote", "caption"})
# Each says one thing, and is whole where it fits.
UNITS: frozenset[ElementKind] = frozenset({"qa", "definition", "change"})
# A blank line.
_GAP_CHARS = 2
# Single words would be too many atoms; so many groups of them to a chunk leave room to cut where it is best.
_WORD_GROUPS = 8


class Strength(IntEnum):
    """How much a place between two atoms parts them."""

    WORD = 0
    SENTENCE = 1
    LINE = 2
    BLOCK = 3
    SECTION = 4


class Atom(NamedTuple):
    """A piece ``text[start:end]`` whose text up to ``counted_end``, in the gap behind it, has ``tokens`` tokens.

    ``strength`` is that of the place in front of it.
    """

    start: int
    end: int
    counted_end: int
    tokens: int
    is_flowing: bool
    strength: Strength = Strength.BLOCK


class Splitter(NamedTuple):
    """A way to split a text. A fine one is used on pieces above the grain already, another only on those that do not fit.

    Of a grouping one the parts are put together again to an eighth of what fits.
    """

    split: Callable[[str, int, int], Sequence[Span]]
    strength: Strength
    is_fine: bool = False
    is_grouping: bool = False


WORDS = Splitter(word_spans, Strength.WORD, is_grouping=True)
FINE_WORDS = Splitter(word_spans, Strength.WORD, is_fine=True)
SENTENCES = Splitter(sentence_spans, Strength.SENTENCE)
LINES = Splitter(line_spans, Strength.SENTENCE)
WRITTEN_LINES = Splitter(written_line_spans, Strength.LINE)
FINE_SENTENCES = SENTENCES._replace(is_fine=True)
FINE_LINES = WRITTEN_LINES._replace(is_fine=True)


def split_element(
    text: str, element: Element, tokens: int, cap: int, stop: int, *, grain: int | None = None
) -> Counting[list[Atom]]:
    """The atoms of one element of ``tokens`` tokens, each of at most ``cap`` tokens (a single character may have more).

    ``stop`` is where the next element begins. Running text is split into sentences, lists into items, where they have more
    than ``grain`` tokens (``cap`` by default): the finer the atoms are, the more choice there is where to cut.
    """
    is_flowing = element.kind in FLOWING or (element.kind in UNITS and tokens > cap)
    span = (element.start, element.end)
    grain = cap if grain is None else grain
    return (yield from split_span(text, span, tokens, cap, stop, _splitters(element), grain=grain, is_flowing=is_flowing))


def split_span(
    text: str, whole: Span, tokens: int, cap: int, stop: int, splitters: Iterable[Splitter], *, grain: int, is_flowing: bool
) -> Counting[list[Atom]]:
    """The atoms of one span. ``splitters`` go from coarse to fine, each for what the one before it left too large."""
    spans = [whole]
    strengths = {whole: Strength.BLOCK}
    counts = {whole: tokens}
    for split, strength, is_fine, is_grouping in chain(splitters, repeat(Splitter(halve, Strength.WORD))):
        most = min(grain, cap) if is_fine else cap
        wide = {span for span in spans if counts[span] > most and span[1] - span[0] > 1}
        if not wide:
            if is_fine:
                continue
            break
        parts = [_split(text, span, split, strength, strengths) if span in wide else [span] for span in spans]
        spans = [span for part in parts for span in part]
        new = [(span, piece) for span, piece in zip(spans, countable(text, spans, stop), strict=True) if span not in counts]
        fresh = yield [piece for _, piece in new]
        counts.update(zip((span for span, _ in new), fresh, strict=True))
        if is_grouping:
            spans = _grouped(text, spans, counts, strengths, cap // _WORD_GROUPS)
    return [
        Atom(start, end, counted_end, counts[start, end], is_flowing, strengths[start, end])
        for (start, end), counted_end in zip(spans, _counted_ends(spans, stop), strict=True)
    ]


def countable(text: str, spans: Sequence[Span], stop: int) -> list[str]:
    """The text of each span with the first characters of the gap behind it; ``stop`` ends the last one's gap.

    Blank space has tokens too in some vocabularies, but a long stretch of it is no reason to cut the text before it.
    """
    return [text[start:end] for (start, _), end in zip(spans, _counted_ends(spans, stop), strict=True)]


def with_gaps(text: str, atoms: Sequence[Atom]) -> list[Atom]:
    """The atoms of a run with the rest of the gaps between them added: at most one token for each byte."""
    counted = []
    for atom, following in zip(atoms, [*atoms[1:], None], strict=True):
        rest = 0 if following is None else _gap_tokens(text, atom.counted_end, following.start)
        counted.append(atom._replace(tokens=atom.tokens + rest) if rest else atom)
    return counted


def halve(text: str, start: int, end: int) -> list[Span]:
    """Two halves of one long word, cut between graphemes; inside one only when it is all there is."""
    middle = (start + end) // 2
    nearest = (cut for distance in range(end - start) for cut in (middle - distance, middle + distance))
    cut = next((cut for cut in nearest if start < cut < end and is_grapheme_boundary(text, cut)), max(middle, start + 1))
    return [span for piece in ((start, cut), (cut, end)) if (span := trim(text, *piece)) is not None]


def _split(
    text: str, span: Span, split: Callable[[str, int, int], Sequence[Span]], strength: Strength, strengths: dict[Span, Strength]
) -> Sequence[Span]:
    """The parts of a span, their strengths noted; the first one begins where the span did."""
    parts = split(text, *span)
    first = strengths[span]
    for part in parts:
        strengths[part] = first if part is parts[0] else strength
    return parts


def _grouped(
    text: str, spans: Sequence[Span], counts: dict[Span, int], strengths: dict[Span, Strength], most: int
) -> list[Span]:
    """The spans with neighbouring words put together up to ``most`` tokens."""
    groups: list[Span] = []
    for span in spans:
        last = groups[-1] if groups else span
        tokens = counts[last] + _gap_tokens(text, min(last[1] + _GAP_CHARS, span[0]), span[0]) + counts[span]
        if groups and strengths[span] is Strength.WORD and tokens <= most:
            groups[-1] = (last[0], span[1])
            counts[groups[-1]] = tokens
            strengths[groups[-1]] = strengths[last]
        else:
            groups.append(span)
    return groups


def _gap_tokens(text: str, start: int, end: int) -> int:
    """The most tokens that the blank space ``text[start:end]`` can have."""
    return len(text[start:end].encode("utf-8", "surrogatepass"))


def _counted_ends(spans: Sequence[Span], stop: int) -> list[int]:
    nexts = [*(start for start, _ in spans[1:]), stop]
    return [max(end, min(end + _GAP_CHARS, following)) for (_, end), following in zip(spans, nexts, strict=True)]


def _splitters(element: Element) -> Iterable[Splitter]:
    """From coarse to fine, the fine ones first."""
    rows = Splitter(_row_splitter(element.rows), Strength.LINE)
    if element.kind == "table":
        return (rows, LINES, WORDS)
    if element.kind == "code":
        return (*_CODE_BLOCKS, LINES, WORDS)
    if element.kind == "list":
        return (rows._replace(is_fine=True), LINES, SENTENCES, WORDS)
    if element.kind in {"record", *UNITS}:
        return (rows, LINES, SENTENCES, WORDS)
    return (FINE_LINES, FINE_SENTENCES, WORDS)


def _row_splitter(rows: Sequence[Span]) -> Callable[[str, int, int], Sequence[Span]]:
    """Splits before every row but the first, which stays with the header above it."""

    def split(text: str, start: int, end: int) -> list[Span]:
        cuts = [cut for cut, _ in rows[1:] if start < cut < end and is_grapheme_boundary(text, cut)]
        pieces = zip([start, *cuts], [*cuts, end], strict=True)
        return [span for piece in pieces if (span := trim(text, *piece)) is not None]

    return split


def _code_block_spans(text: str, start: int, end: int) -> list[Span]:
    """What stands between blank lines, cut before the lines of the least indentation: functions, then what is inside them."""
    lines = line_spans(text, start, end)
    openings = [after for before, after in pairwise(lines) if text.count("\n", before[1], after[0]) > 1]
    least = min((_indentation(text, *line) for line in openings), default=0)
    cuts = [start, *(line[0] for line in openings if _indentation(text, *line) == least), end]
    return [(first, first + len(text[first:last].rstrip())) for first, last in pairwise(cuts)]


def _indentation(text: str, start: int, end: int) -> int:
    return len(text[start:end]) - len(text[start:end].lstrip())


# Three deep: classes, functions, paragraphs of a function.
_CODE_BLOCKS = (Splitter(_code_block_spans, Strength.LINE),) * 3
