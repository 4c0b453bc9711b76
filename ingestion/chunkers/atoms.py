"""The smallest pieces that chunks are packed from: elements where they fit, else rows, lines, sentences, words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat

from ingestion.chunkers.counting import Counting
from ingestion.elements import Element
from ingestion.graphemes import is_grapheme_boundary
from ingestion.sentences import Span, line_spans, sentence_spans, trim, word_spans
from ragline.types import ElementKind

Splitter = Callable[[str, int, int], Sequence[Span]]

# Text of these kinds reads on from piece to piece, so a chunk may repeat the end of the one before it.
FLOWING: frozenset[ElementKind] = frozenset({"paragraph", "list", "quote", "caption", "qa"})
# A blank line.
_GAP_CHARS = 2


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece ``text[start:end]`` whose text up to ``counted_end``, in the gap behind it, has ``tokens`` tokens."""

    start: int
    end: int
    counted_end: int
    tokens: int
    is_flowing: bool


def split_element(text: str, element: Element, tokens: int, cap: int, stop: int) -> Counting[list[Atom]]:
    """The atoms of one element of ``tokens`` tokens, each of at most ``cap`` tokens (a single character may have more).

    ``stop`` is where the next element begins.
    """
    spans = [(element.start, element.end)]
    counts = {spans[0]: tokens}
    for split in chain(_splitters(element), repeat(halve)):
        wide = {span for span in spans if counts[span] > cap and span[1] - span[0] > 1}
        if not wide:
            break
        spans = [part for span in spans for part in (split(text, *span) if span in wide else [span])]
        new = [(span, piece) for span, piece in zip(spans, countable(text, spans, stop), strict=True) if span not in counts]
        fresh = yield [piece for _, piece in new]
        counts.update(zip((span for span, _ in new), fresh, strict=True))
    is_flowing = element.kind in FLOWING
    return [
        Atom(start, end, counted_end, counts[start, end], is_flowing)
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
        rest = text[atom.counted_end : following.start] if following is not None else ""
        counted.append(replace(atom, tokens=atom.tokens + len(rest.encode("utf-8", "surrogatepass"))) if rest else atom)
    return counted


def _counted_ends(spans: Sequence[Span], stop: int) -> list[int]:
    nexts = [*(start for start, _ in spans[1:]), stop]
    return [max(end, min(end + _GAP_CHARS, following)) for (_, end), following in zip(spans, nexts, strict=True)]


def halve(text: str, start: int, end: int) -> list[Span]:
    """Two halves of one long word, cut between graphemes; inside one only when it is all there is."""
    middle = (start + end) // 2
    nearest = (cut for distance in range(end - start) for cut in (middle - distance, middle + distance))
    cut = next((cut for cut in nearest if start < cut < end and is_grapheme_boundary(text, cut)), max(middle, start + 1))
    return [span for piece in ((start, cut), (cut, end)) if (span := trim(text, *piece)) is not None]


def _splitters(element: Element) -> Iterable[Splitter]:
    """From coarse to fine; each is used for the pieces that the one before it left too large."""
    if element.kind == "table":
        return (_row_splitter(element.rows), line_spans, word_spans)
    if element.kind == "code":
        return (line_spans, word_spans)
    if element.kind in {"list", "record"}:
        return (_row_splitter(element.rows), line_spans, sentence_spans, word_spans)
    return (sentence_spans, word_spans)


def _row_splitter(rows: Sequence[Span]) -> Splitter:
    """Splits before every row but the first, which stays with the header above it."""

    def split(text: str, start: int, end: int) -> list[Span]:
        cuts = [cut for cut, _ in rows[1:] if start < cut < end and is_grapheme_boundary(text, cut)]
        pieces = zip([start, *cuts], [*cuts, end], strict=True)
        return [span for piece in pieces if (span := trim(text, *piece)) is not None]

    return split
