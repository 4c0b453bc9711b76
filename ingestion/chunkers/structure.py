"""The structure-aware chunker: sections first, then elements, then sentences, then words."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingestion.chunkers.atoms import countable, halve
from ingestion.chunkers.base import ChunkSpan, TokenCounter
from ingestion.chunkers.context import context_parts, join_context, shorten_left, shorten_right
from ingestion.chunkers.counting import Counting, run_together
from ingestion.chunkers.overlap import overlap_beginning
from ingestion.chunkers.packing import pack
from ingestion.chunkers.runs import Run, run_atoms, runs
from ingestion.chunkers.sections import Section, leading_headings, sections
from ingestion.elements import ParsedDocument
from ingestion.sentences import trim, word_spans
from ragline.errors import SettingsError

# What sentence embedders are trained on; longer passages dilute the vector.
DEFAULT_SIZE_TOKENS = 256
# Below this the context and a few words fill a chunk.
MIN_SIZE_TOKENS = 16
MAX_OVERLAP = 0.5
# Titles and table headers may each take this part of a chunk, so that at least half is text.
_CONTEXT_SHARE = 0.25
# Prose has about this many characters a token. A longer section is split at once instead of being counted whole first;
# where it did fit after all, its pieces come together again.
_USUAL_CHARS_PER_TOKEN = 4.5
# A chunk is counted once more as a whole when the sum of its pieces comes this near to the size.
_NEAR_SHARE = 0.95


class StructureChunker:
    """Splits documents along their structure.

    Elements of one section are merged up to the size, never across sections or pages. A section that is too long is split into
    pieces of even size, between elements where they fit, tables between rows (with the header in the context of the
    later pieces), code between lines, the rest between sentences, then words, then graphemes. Where running text is
    split, the next chunk repeats about ``overlap * size_tokens`` tokens. Headings belong to the text of the chunk that
    follows them. A single character with more tokens than fit is a chunk without context.

    Sizes are in the tokens of ``counter``, which is no part of the fingerprint: the embedder has its own.
    """

    def __init__(self, counter: TokenCounter, *, size_tokens: int | None = None, overlap: float = 0.15) -> None:
        """Raises :class:`SettingsError` for a size below 16 or above what the counter's embedder reads, or a bad overlap."""
        limit = counter.max_tokens
        size = min(limit or DEFAULT_SIZE_TOKENS, DEFAULT_SIZE_TOKENS) if size_tokens is None else size_tokens
        if size < MIN_SIZE_TOKENS:
            raise SettingsError(f"chunk size {size} is too small; use at least {MIN_SIZE_TOKENS} tokens")
        if limit is not None and size > limit:
            raise SettingsError(
                f"chunk size {size} is more than the {limit} tokens that the embedder reads; use at most {limit}"
            )
        if not 0 <= overlap <= MAX_OVERLAP:
            raise SettingsError(f"overlap {overlap} is not a share of the chunk size; use a number from 0 to {MAX_OVERLAP}")
        self.size_tokens = size
        self.overlap = float(overlap)
        self.fingerprint = f"structure/2 size={size} overlap={self.overlap!r}"
        self.counter = counter

    def chunk(self, parsed: ParsedDocument) -> list[ChunkSpan]:
        """The chunks of one document, ordered by start; none for a document without text."""
        return self.chunk_many([parsed])[0]

    def chunk_many(self, documents: Sequence[ParsedDocument]) -> list[list[ChunkSpan]]:
        """The chunks of each document, the same as one by one, with far fewer calls of the counter."""
        return run_together(self.counter, [self._plan(parsed) for parsed in documents])

    def _plan(self, parsed: ParsedDocument) -> Counting[list[ChunkSpan]]:
        found = sections(parsed.text, parsed.elements)
        if not found:
            return []
        parts = [context_parts(parsed.title, section.section_path) for section in found]
        contexts = [join_context(each) for each in parts]
        bodies = [self._countable(parsed.text, section) for section in found]
        counts = yield contexts + [_full(context, body) for context, body in zip(contexts, bodies, strict=True)]
        spans: list[ChunkSpan] = []
        for index, section in enumerate(found):
            context, size, total = contexts[index], counts[index], counts[len(found) + index]
            if size > self._context_limit:
                context = yield from shorten_left(parts[index], self._context_limit)
                size, total = yield [context, _full(context, bodies[index])]
            if bodies[index] and total <= self.size_tokens:
                starts = [element.start for element in section.elements]
                spans.append(_chunk_span(section, starts, section.start, section.end, context))
            else:
                spans += yield from self._split(parsed.text, section, context, size)
        return spans

    @property
    def _context_limit(self) -> int:
        return int(self.size_tokens * _CONTEXT_SHARE)

    def _countable(self, text: str, section: Section) -> str:
        """The section's text, empty where it is so long that it can hardly fit."""
        is_long = section.end - section.start > self.size_tokens * _USUAL_CHARS_PER_TOKEN
        return "" if is_long else text[section.start : section.end]

    def _split(self, text: str, section: Section, context: str, context_tokens: int) -> Counting[list[ChunkSpan]]:
        """The chunks of a section that does not fit into one."""
        budget = self.size_tokens - context_tokens - 1  # the line end behind the context may be a token
        elements = section.elements
        starts = [element.start for element in elements]
        counts, heading_tokens = [budget + 1], 0  # a single element has been found too long, or is taken to be
        if len(elements) > 1:
            headings = leading_headings(elements)
            above = text[section.start : starts[headings]] if 0 < headings < len(elements) else ""
            bodies = countable(text, [(element.start, element.end) for element in elements], section.end)
            heading_tokens, *counts = yield [above, *bodies]
        pieces: list[_Piece] = []
        for run in runs(elements, counts, heading_tokens, budget):
            pieces += yield from self._split_run(text, run, context, budget)
        fitting = yield from self._fitting(text, pieces)
        return [_chunk_span(section, starts, piece.start, piece.end, piece.context) for piece in fitting]

    def _split_run(self, text: str, run: Run, context: str, budget: int) -> Counting[list["_Piece"]]:
        repeated_context, repeat_tokens = context, 0
        header = run.elements[-1].header
        if run.stands_alone and header is not None:
            line = yield from shorten_right(text[slice(*header)], self._context_limit)
            if line:
                repeated_context = f"{context}\n{line}" if context else line
                (repeat_tokens,) = yield [f"\n{line}"]
        budget -= repeat_tokens
        overlap = 0 if run.stands_alone else min(round(self.size_tokens * self.overlap), budget // 2)
        atoms = yield from run_atoms(text, run, budget, overlap)
        repeats = [0, *(overlap if before.is_flowing and atom.is_flowing else 0 for before, atom in pairwise(atoms))]
        starts = pack([atom.tokens for atom in atoms], repeats, budget)
        pieces: list[_Piece] = []
        for number, (at, end) in enumerate(pairwise([*starts, len(atoms)])):
            core_tokens = sum(atom.tokens for atom in atoms[at:end])
            before = atoms[starts[number - 1] : at] if number else []
            begin = overlap_beginning(text, before, atoms[at].start, min(repeats[at], budget - core_tokens))
            is_below_header = header is not None and atoms[at].start >= header[1]
            # Every joint of two pieces may cost a token more than the pieces apart.
            tokens = core_tokens + (end - at) + begin.tokens + self.size_tokens - budget
            own_context = repeated_context if is_below_header else context
            pieces.append(_Piece(begin.start, atoms[at].start, atoms[end - 1].end, own_context, tokens))
        return pieces

    def _fitting(self, text: str, pieces: Sequence["_Piece"]) -> Counting[list["_Piece"]]:
        """The pieces that fit as they will be embedded. One that is too large gives up its overlap, then is halved.

        The sum of the counts of its parts may differ from the count of a text, but only by what happens at the joints; a
        piece whose sum is not well below the size is counted whole.
        """
        is_sure = self.size_tokens * _NEAR_SHARE
        done = [piece for piece in pieces if piece.tokens <= is_sure]
        waiting = [piece for piece in pieces if piece.tokens > is_sure]
        while waiting:
            counts = yield [_full(piece.context, text[piece.start : piece.end]) for piece in waiting]
            pending, waiting = waiting, []
            for piece, count in zip(pending, counts, strict=True):
                if count <= self.size_tokens:
                    done.append(piece)
                elif piece.start < piece.core:
                    waiting.append(replace(piece, start=piece.core))
                elif piece.end - piece.core > 1:
                    waiting += _halves(text, piece)
                else:
                    done.append(replace(piece, context=""))
        return _uncovered(done)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A chunk in the making. What stands between ``start`` and ``core`` repeats the piece before; ``tokens`` is an estimate."""

    start: int
    core: int
    end: int
    context: str
    tokens: int


def _uncovered(pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces in order, without those that lie inside another: half of a piece can lie in the overlap of the next one."""
    kept: list[_Piece] = []
    for piece in sorted(pieces, key=lambda piece: (piece.start, -piece.end)):
        if not kept or piece.end > kept[-1].end:
            kept.append(piece)
    return kept


def _halves(text: str, piece: _Piece) -> list[_Piece]:
    words = word_spans(text, piece.core, piece.end)
    if len(words) > 1:
        middle = words[len(words) // 2][0]
        spans = [span for part in ((piece.core, middle), (middle, piece.end)) if (span := trim(text, *part)) is not None]
    else:
        spans = halve(text, piece.core, piece.end)
    return [replace(piece, start=start, core=start, end=end) for start, end in spans]


def _full(context: str, body: str) -> str:
    """What the embedder will read; empty for a body that is not to be counted."""
    return f"{context}\n{body}" if body else ""


def _chunk_span(section: Section, starts: Sequence[int], start: int, end: int, context: str) -> ChunkSpan:
    """The chunk with the kind of its longest element (headings aside) and the page of them all."""
    first = max(bisect_right(starts, start) - 1, 0)
    elements = section.elements[first : bisect_left(starts, end)]
    bodies = [element for element in elements if element.kind != "heading"] or elements
    longest = max(bodies, key=lambda element: min(element.end, end) - max(element.start, start))
    return ChunkSpan(start, end, longest.kind, section.section_path, elements[0].page, context)
