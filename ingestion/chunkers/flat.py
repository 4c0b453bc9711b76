"""What the chunkers have in common that look at the text alone, not at its sections."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from ingestion.chunkers.atoms import Atom, Splitter, Strength, countable, split_span, with_gaps
from ingestion.chunkers.base import ChunkSpan, TokenCounter
from ingestion.chunkers.context import context_parts, shorten_left
from ingestion.chunkers.counting import Counting, run_together, together
from ingestion.chunkers.fitting import Piece, fitting
from ingestion.chunkers.overlap import overlap_beginning, whole_beginning
from ingestion.chunkers.sections import stretches
from ingestion.chunkers.sizes import checked_overlap, checked_size, context_limit
from ingestion.chunkers.spans import ElementMap
from ingestion.elements import Element, ParsedDocument


class FlatChunker(ABC):
    """Splits what stands between two page ends, rules or parts of a file, however many sections it holds.

    The context of every chunk is the document's title; its section path are the headings that all of it stands under. A
    chunk repeats about ``overlap * size_tokens`` tokens of the one before it, where both have the same section path. Sizes
    are in the tokens of ``counter``, which is no part of the fingerprint: the embedder has its own.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    repeats_whole_atoms: ClassVar[bool] = False
    """Whether an overlap begins where an atom does, else where a sentence or a word does."""

    def __init__(self, counter: TokenCounter, *, size_tokens: int | None = None, overlap: float = 0.15) -> None:
        """Raises :class:`SettingsError` for a size below 16 or above what the counter's embedder reads, or a bad overlap."""
        self.size_tokens = checked_size(counter, size_tokens)
        self.overlap = checked_overlap(overlap)
        self.fingerprint = f"{self.name}/{self.version} size={self.size_tokens} overlap={self.overlap!r}"
        self.counter = counter

    def chunk(self, parsed: ParsedDocument) -> list[ChunkSpan]:
        """The chunks of one document, ordered by start; none for a document without text."""
        return self.chunk_many([parsed])[0]

    def chunk_many(self, documents: Sequence[ParsedDocument]) -> list[list[ChunkSpan]]:
        """The chunks of each document, the same as one by one, with far fewer calls of the counter."""
        return run_together(self.counter, [self._plan(parsed) for parsed in documents])

    @abstractmethod
    def _splitters(self) -> Iterable[Splitter]:
        """How elements become atoms, from coarse to fine."""

    @abstractmethod
    def _starts(self, stretch: "Stretch") -> list[int]:
        """Indices of the atoms that begin a chunk; the first is 0."""

    def _joins(self, stretches: Sequence[Sequence[str]]) -> list[Sequence[float]]:
        """For each stretch the costs of not cutting in front of its atoms, whose texts are given."""
        return [[0.0] * len(atoms) for atoms in stretches]

    def _plan(self, parsed: ParsedDocument) -> Counting[list[ChunkSpan]]:
        found = stretches(parsed.text, parsed.elements)
        if not found:
            return []
        context = yield from shorten_left(context_parts(parsed.title, ()), context_limit(self.size_tokens))
        (context_tokens,) = yield [context]
        budget = self.size_tokens - context_tokens - 1  # the line end behind the context may be a token
        overlap = min(round(self.size_tokens * self.overlap), budget // 2)
        split = yield from together([self._atoms(parsed.text, stretch, budget - overlap) for stretch in found])
        packed = []
        for atoms, joins in zip(split, self._joins([_texts(parsed.text, atoms) for atoms in split]), strict=True):
            repeats = [0] + [overlap] * (len(atoms) - 1)
            stretch = Stretch(atoms, repeats, joins, budget)
            packed.append(self._pieces(parsed.text, stretch, overlap, context))
        fits = yield from together([fitting(parsed.text, pieces, self.size_tokens) for pieces in packed])
        return [span for elements, pieces in zip(found, fits, strict=True) for span in _spans(ElementMap(elements), pieces)]

    def _atoms(self, text: str, elements: Sequence[Element], cap: int) -> Counting[list[Atom]]:
        spans = [(element.start, element.end) for element in elements]
        stops = [*(start for start, _ in spans[1:]), spans[-1][1]]
        counts = yield countable(text, spans, stops[-1])
        plans = [
            split_span(text, span, tokens, cap, stop, self._splitters(), grain=0, is_flowing=True)
            for span, tokens, stop in zip(spans, counts, stops, strict=True)
        ]
        parts = yield from together(plans)
        for before, element, atoms in zip([None, *elements], elements, parts, strict=False):
            if element.kind == "heading":
                atoms[0] = atoms[0]._replace(strength=Strength.SECTION)
            elif before is not None and before.kind == "heading":
                atoms[0] = atoms[0]._replace(strength=Strength.WORD)
        return with_gaps(text, [atom for atoms in parts for atom in atoms])

    def _pieces(self, text: str, stretch: "Stretch", overlap: int, context: str) -> list[Piece]:
        atoms = stretch.atoms
        starts = self._starts(stretch)
        pieces = []
        for number, (at, end) in enumerate(pairwise([*starts, len(atoms)])):
            tokens = sum(atom.tokens for atom in atoms[at:end])
            room = min(overlap, stretch.budget - tokens)
            before = atoms[starts[number - 1] : at] if number and room > 0 else []
            beginning = whole_beginning if self.repeats_whole_atoms else overlap_beginning
            begin = beginning(text, before, atoms[at].start, room)
            # Every joint of two atoms may cost a token more than the atoms apart.
            estimate = tokens + (end - at) + begin.tokens + self.size_tokens - stretch.budget
            pieces.append(Piece(begin.start, atoms[at].start, atoms[end - 1].end, context, estimate))
        return pieces


@dataclass(frozen=True, slots=True)
class Stretch:
    """Atoms to be packed; what a chunk that begins with each repeats, in tokens; the costs of not cutting in front of them."""

    atoms: Sequence[Atom]
    repeats: Sequence[int]
    joins: Sequence[float]
    budget: int

    @property
    def tokens(self) -> list[int]:
        return [atom.tokens for atom in self.atoms]

    @property
    def strengths(self) -> list[Strength]:
        return [atom.strength for atom in self.atoms]


def _texts(text: str, atoms: Sequence[Atom]) -> list[str]:
    return [text[atom.start : atom.end] for atom in atoms]


def _spans(elements: ElementMap, pieces: Sequence[Piece]) -> list[ChunkSpan]:
    """The chunks, without the overlaps of those that begin in another section than the one before."""
    spans: list[ChunkSpan] = []
    for piece in pieces:
        path = elements.path(piece.core, piece.end)
        start = piece.start if spans and spans[-1].section_path == path else piece.core
        spans.append(elements.chunk(start, piece.end, path, piece.context))
    return spans
