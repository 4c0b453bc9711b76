"""Runs: the elements of a section that are packed together."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.chunkers.atoms import FLOWING, Atom, split_element, with_gaps
from ingestion.chunkers.counting import Counting, together
from ingestion.chunkers.sections import leading_headings
from ingestion.elements import Element
from ragline.types import ElementKind

# Blocks that are whole where they fit, and split alone, without overlap, where they do not.
_STANDING: frozenset[ElementKind] = frozenset({"table", "code", "record"})
# Paragraphs up to this part of a chunk are not looked into for a place to cut.
_GRAINS = 8


@dataclass(frozen=True, slots=True)
class Run:
    """Elements with their token counts. A run that stands alone is one block, and its pieces repeat nothing.

    ``heading_tokens`` counts the headings that it begins with and all that stands between them and the text below, 0 where
    it begins with none or has no text below.
    """

    elements: tuple[Element, ...]
    tokens: tuple[int, ...]
    stands_alone: bool
    heading_tokens: int = 0


def runs(elements: Sequence[Element], tokens: Sequence[int], heading_tokens: int, budget: int) -> list[Run]:
    """The runs of a section whose headings have ``heading_tokens``.

    A table, a code block or a record that does not fit is a run of its own, with the headings directly above it.
    """
    ends: list[tuple[int, bool]] = []
    first = 0
    for index, element in enumerate(elements):
        if element.kind in _STANDING and tokens[index] > budget:
            if leading_headings(elements[first:index]) < index - first:
                ends.append((index, False))
            ends.append((index + 1, True))
            first = index + 1
    if first < len(elements):
        ends.append((len(elements), False))
    starts = [0, *(end for end, _ in ends)]
    return [
        Run(tuple(elements[start:end]), tuple(tokens[start:end]), stands_alone, 0 if start else heading_tokens)
        for start, (end, stands_alone) in zip(starts, ends, strict=False)
    ]


def run_atoms(text: str, run: Run, budget: int, overlap: int) -> Counting[list[Atom]]:
    """The pieces that the run is packed from. Its headings are glued to the first piece below them, where that fits."""
    headings = leading_headings(run.elements)
    above = run.heading_tokens
    # Headings of more than a quarter of the space are text to be split like any other.
    is_glued = 0 < 4 * above <= budget
    plans = []
    for index, (element, tokens) in enumerate(zip(run.elements, run.tokens, strict=True)):
        if is_glued and index < headings:
            continue
        # A piece that may follow an overlap leaves room for it, the first one for its headings.
        cap = budget - overlap if element.kind in FLOWING else budget
        if is_glued and index == headings and (run.stands_alone or element.kind in FLOWING):
            cap -= above
        stop = run.elements[index + 1].start if index + 1 < len(run.elements) else element.end
        plans.append(split_element(text, element, tokens, cap, stop, grain=budget // _GRAINS))
    atoms = [atom for part in (yield from together(plans)) for atom in part]
    if is_glued:
        first = atoms[0]
        if above + first.tokens <= budget:
            atoms[0] = first._replace(start=run.elements[0].start, tokens=above + first.tokens)
        else:
            atoms.insert(0, Atom(run.elements[0].start, run.elements[headings - 1].end, first.start, above, is_flowing=False))
    return with_gaps(text, atoms)
