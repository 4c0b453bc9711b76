"""What a chunk is, told from the elements that it is made of."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import takewhile

from ingestion.chunkers.base import ChunkSpan
from ingestion.elements import Element


class ElementMap:
    """The elements of a part of a document, none of them blank, to be asked for those that a span touches."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._elements = elements
        self._starts = [element.start for element in elements]

    def touched(self, start: int, end: int) -> Sequence[Element]:
        """The elements that ``start`` to ``end`` reaches into, at least one."""
        first = max(bisect_right(self._starts, start) - 1, 0)
        return self._elements[first : bisect_left(self._starts, end)]

    def path(self, start: int, end: int) -> tuple[str, ...]:
        """The headings that all the text between ``start`` and ``end`` stands under."""
        touched = self.touched(start, end)
        paths = [element.section_path for element in touched if element.kind != "heading"]
        levels = zip(*(paths or [element.section_path for element in touched]), strict=False)
        return tuple(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels))

    def chunk(self, start: int, end: int, section_path: tuple[str, ...], context: str) -> ChunkSpan:
        """The chunk with the kind of its longest element (headings aside) and the page of them all."""
        touched = self.touched(start, end)
        bodies = [element for element in touched if element.kind != "heading"] or touched
        longest = max(bodies, key=lambda element: min(element.end, end) - max(element.start, start))
        return ChunkSpan(start, end, longest.kind, section_path, touched[0].page, context)
