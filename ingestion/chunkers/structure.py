"""The structure-aware chunker: sections first, then elements, then sentences, then words."""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from ingestion.chunkers.atoms import Atom, Strength, countable
from ingestion.chunkers.base import ChunkSpan, TokenCounter
from ingestion.chunkers.breaks import TARGET_SHARE, cheapest_starts
from ingestion.chunkers.cohesion import anchors, join_costs
from ingestion.chunkers.context import context_parts, join_context, shorten_left, shorten_right
from ingestion.chunkers.counting import Counting, run_together, together
from ingestion.chunkers.fitting import Piece, fitting, full
from ingestion.chunkers.overlap import overlap_beginning
from ingestion.chunkers.runs import Run, run_atoms, runs
from ingestion.chunkers.sections import Section, leading_headings, sections
from ingestion.chunkers.sizes import checked_overlap, checked_size, context_limit
from ingestion.chunkers.spans import ElementMap
from ingestion.chunkers.tables import Summarise, TablePlace, row_chunks, summary_chunk
from ingestion.elements import ParsedDocument
from ragline.types import ElementKind

# Prose has about this many characters a token. A longer section is split at once instead of being counted whole first;
# where it did fit after all, its pieces come together again.
_USUAL_CHARS_PER_TOKEN = 4.5
# Longer running text is cut at its anchors in any case: its parts are then divided each for itself, and an edit is felt in its
# own part only. Shorter text is divided best as a whole.
_LONG_CHUNKS = 8


class StructureChunker:
    """Splits documents along their structure.

    Elements of one section are merged up to the size, never across sections or pages. A section that is too long is split
    into pieces of about two thirds of the size, at strong places rather than weak ones (:mod:`ingestion.chunkers.breaks`):
    between elements, and there rather where the words change than where neighbours share them
    (:mod:`ingestion.chunkers.cohesion`), between list items, lines and sentences, where these do not fit between words, then
    graphemes. Tables and code are
    whole where they fit, else filled evenly: tables between rows (with the header in the context of the later pieces), code
    between functions, then lines. Where running text is split, the next chunk repeats about ``overlap * size_tokens`` tokens.
    Headings belong to the text of the chunk that follows them. A single character with more tokens than fit is a chunk
    without context.

    Sizes are in the tokens of ``counter``, which is no part of the fingerprint: the embedder has its own.
    """

    name: ClassVar[str] = "structure"

    def __init__(
        self,
        counter: TokenCounter,
        *,
        size_tokens: int | None = None,
        overlap: float = 0.15,
        apart: frozenset[ElementKind] = frozenset(),
        rows: bool = False,
        summaries: bool = False,
        summarise: Summarise | None = None,
    ) -> None:
        """Elements of the kinds in ``apart`` are never merged with others.

        ``rows`` and ``summaries`` ask for further chunks of tables, see :mod:`ingestion.chunkers.tables`; with ``summarise``,
        which must give equal texts for equal tables, a model has its say in the summaries.

        Raises :class:`SettingsError` for a size below 16 or above what the counter's embedder reads, or a bad overlap.
        """
        self.size_tokens = checked_size(counter, size_tokens)
        self.overlap = checked_overlap(overlap)
        self.fingerprint = f"structure/8 size={self.size_tokens} overlap={self.overlap!r} "
        self.fingerprint += f" apart={','.join(sorted(apart))} rows={rows} summaries={summaries} model={summarise is not None}"
        self.counter = counter
        self._apart = apart
        self._rows = rows
        self._summaries = summaries
        self._summarise = summarise

    def chunk(self, parsed: ParsedDocument) -> list[ChunkSpan]:
        """The chunks of one document, ordered by start; none for a document without text."""
        return self.chunk_many([parsed])[0]

    def chunk_many(self, documents: Sequence[ParsedDocument]) -> list[list[ChunkSpan]]:
        """The chunks of each document, the same as one by one, with far fewer calls of the counter."""
        return run_together(self.counter, [self._plan(parsed) for parsed in documents])

    def _plan(self, parsed: ParsedDocument) -> Counting[list[ChunkSpan]]:
        found = sections(parsed.text, parsed.elements, apart=self._apart)
        if not found:
            return []
        parts = [context_parts(parsed.title, section.section_path) for section in found]
        contexts = [join_context(each) for each in parts]
        bodies = [self._countable(parsed.text, section) for section in found]
        counts = yield contexts + [full(context, body) for context, body in zip(contexts, bodies, strict=True)]
        plans = []
        for index, section in enumerate(found):
            context, size, total = contexts[index], counts[index], counts[len(found) + index]
            plans.append(self._section(parsed.text, section, parts[index], context, size, bodies[index], total))
        chunked = yield from together(plans)
        return [span for bodies, _ in chunked for span in bodies] + [span for _, extras in chunked for span in extras]

    def _section(
        self, text: str, section: Section, parts: Sequence[str], context: str, context_tokens: int, body: str, total: int
    ) -> Counting[tuple[list[ChunkSpan], list[ChunkSpan]]]:
        """The bodies of a section whose context and text have ``total`` tokens together, and what finds its tables."""
        if context_tokens > context_limit(self.size_tokens):
            context = yield from shorten_left(parts, context_limit(self.size_tokens))
            context_tokens, total = yield [context, full(context, body)]
        if body and total <= self.size_tokens:
            bodies = [ElementMap(section.elements).chunk(section.start, section.end, section.section_path, context)]
        else:
            bodies = yield from self._split(text, section, context, context_tokens)
        extras = yield from together(self._table_plans(text, section, context))
        return bodies, [span for spans in extras for span in spans]

    def _table_plans(self, text: str, section: Section, context: str) -> list[Counting[list[ChunkSpan]]]:
        """What finds the section's tables, where their cells are known."""
        plans = []
        for element in section.elements:
            if element.kind == "table" and element.table is not None:
                place = TablePlace(text, element, element.table, context, self.size_tokens)
                plans += [row_chunks(place)] if self._rows else []
                plans += [summary_chunk(place, self._summarise)] if self._summaries else []
        return plans

    def _countable(self, text: str, section: Section) -> str:
        """The section's text, empty where it is so long that it can hardly fit."""
        is_long = section.end - section.start > self.size_tokens * _USUAL_CHARS_PER_TOKEN
        return "" if is_long else text[section.start : section.end]

    def _split(self, text: str, section: Section, context: str, context_tokens: int) -> Counting[list[ChunkSpan]]:
        """The chunks of a section that does not fit into one."""
        budget = self.size_tokens - context_tokens - 1  # the line end behind the context may be a token
        elements = section.elements
        counts, heading_tokens = [budget + 1], 0  # a single element has been found too long, or is taken to be
        if len(elements) > 1:
            headings = leading_headings(elements)
            above = text[section.start : elements[headings].start] if 0 < headings < len(elements) else ""
            bodies = countable(text, [(element.start, element.end) for element in elements], section.end)
            heading_tokens, *counts = yield [above, *bodies]
        found = runs(elements, counts, heading_tokens, budget)
        split = yield from together([self._split_run(text, run, context, budget) for run in found])
        fits = yield from fitting(text, [piece for pieces in split for piece in pieces], self.size_tokens)
        chunks = ElementMap(elements)
        return [chunks.chunk(piece.start, piece.end, section.section_path, piece.context) for piece in fits]

    def _split_run(self, text: str, run: Run, context: str, budget: int) -> Counting[list[Piece]]:
        repeated_context, repeat_tokens = context, 0
        header = run.elements[-1].header
        if run.stands_alone and header is not None:
            line = yield from shorten_right(text[slice(*header)], context_limit(self.size_tokens))
            if line:
                repeated_context = f"{context}\n{line}" if context else line
                (repeat_tokens,) = yield [f"\n{line}"]
        budget -= repeat_tokens
        overlap = 0 if run.stands_alone else min(round(self.size_tokens * self.overlap), budget // 2)
        atoms = yield from run_atoms(text, run, budget, overlap)
        repeats = [0, *(overlap if before.is_flowing and atom.is_flowing else 0 for before, atom in pairwise(atoms))]
        starts = _starts(text, run, atoms, repeats, budget)
        pieces: list[Piece] = []
        for number, (at, end) in enumerate(pairwise([*starts, len(atoms)])):
            core_tokens = sum(atom.tokens for atom in atoms[at:end])
            before = atoms[starts[number - 1] : at] if number else []
            begin = overlap_beginning(text, before, atoms[at].start, min(repeats[at], budget - core_tokens))
            is_below_header = header is not None and atoms[at].start >= header[1]
            # Every joint of two pieces may cost a token more than the pieces apart.
            tokens = core_tokens + (end - at) + begin.tokens + self.size_tokens - budget
            own_context = repeated_context if is_below_header else context
            pieces.append(Piece(begin.start, atoms[at].start, atoms[end - 1].end, own_context, tokens))
        return pieces


def _starts(text: str, run: Run, atoms: Sequence[Atom], repeats: Sequence[int], budget: int) -> list[int]:
    """Indices of the atoms that begin a chunk. Blocks are filled evenly, running text is cut rather between topics."""
    tokens, strengths = [atom.tokens for atom in atoms], [atom.strength for atom in atoms]
    if run.stands_alone:
        return cheapest_starts(tokens, repeats, strengths, [0.0] * len(atoms), budget, budget)
    paragraphs = [at for at, strength in enumerate(strengths) if at and strength >= Strength.BLOCK]
    if not paragraphs:
        return cheapest_starts(tokens, repeats, strengths, [0.0] * len(atoms), budget, TARGET_SHARE * budget)
    pieces = [text[atom.start : atom.end] for atom in atoms]
    joins = join_costs(pieces, paragraphs)
    is_long = sum(tokens) > _LONG_CHUNKS * budget
    parts = pairwise([0, *(anchors(joins, pieces, tokens, paragraphs, budget) if is_long else ()), len(atoms)])
    starts = []
    for first, end in parts:
        part = slice(first, end)
        found = cheapest_starts(tokens[part], repeats[part], strengths[part], joins[part], budget, TARGET_SHARE * budget)
        starts += [first + at for at in found]
    return starts
