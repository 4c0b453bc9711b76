"""Groups elements into sections: what may share a chunk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingestion.elements import Element
from ingestion.sentences import Span
from ragline.types import ElementKind

# Between a heading and its text small things may stand that are no elements (a rule, a comment, badges); more than this
# would crowd out the text.
_MAX_GAP_CHARS = 200


@dataclass(frozen=True, slots=True)
class Section:
    """Consecutive elements under the same headings, beginning with the headings themselves if there are any."""

    section_path: tuple[str, ...]
    elements: tuple[Element, ...]

    @property
    def start(self) -> int:
        return self.elements[0].start

    @property
    def end(self) -> int:
        return self.elements[-1].end


def sections(text: str, elements: Sequence[Element], *, apart: frozenset[ElementKind] = frozenset()) -> list[Section]:
    """The sections in order. Elements that are empty or blank are left out.

    A heading joins the text below it. A heading with nothing below it before the next one of its level or above is a
    section of its own. Text that is no element (a rule between two paragraphs) separates sections too, so that a chunk
    holds nothing but elements; and so does the end of a page, so that all of a chunk is on the page it names. An element of
    a kind in ``apart`` shares its section with nothing but the headings above it.
    """

    def continues(last: Element, element: Element) -> bool:
        most = _MAX_GAP_CHARS if last.kind == "heading" else 0
        is_apart = last.kind in apart or (element.kind in apart and last.kind != "heading")
        return not is_apart and _belongs(last, element) and _is_adjacent(text, last, element, most)

    return [Section(group[-1].section_path, group) for group in _groups(text, elements, continues)]


def stretches(text: str, elements: Sequence[Element]) -> list[tuple[Element, ...]]:
    """Elements with nothing but blank space between them, on one page and of one part of the file, whatever their sections."""
    return _groups(text, elements, lambda last, element: _is_adjacent(text, last, element, 0))


def section_bounds(text: str, elements: Sequence[Element]) -> list[Span]:
    """Where the sections begin and end, headings included, whatever pages and rules are inside; in order."""
    return [(group[0].start, group[-1].end) for group in _groups(text, elements, _belongs)]


def leading_headings(elements: Sequence[Element]) -> int:
    """Number of headings at the beginning."""
    for index, element in enumerate(elements):
        if element.kind != "heading":
            return index
    return len(elements)


def _groups(text: str, elements: Sequence[Element], continues: Callable[[Element, Element], bool]) -> list[tuple[Element, ...]]:
    """The elements that are not blank, cut before each that does not continue the one before it."""
    groups: list[list[Element]] = []
    for element in elements:
        if element.start >= element.end or text[element.start : element.end].isspace():
            continue
        if groups and continues(groups[-1][-1], element):
            groups[-1].append(element)
        else:
            groups.append([element])
    return list(map(tuple, groups))


def _belongs(last: Element, element: Element) -> bool:
    """Whether both are in one section."""
    if element.source != last.source:
        return False
    if last.kind == "heading":
        return element.kind != "heading" or element.level > last.level
    return element.kind != "heading" and element.section_path == last.section_path


def _is_adjacent(text: str, last: Element, element: Element, most: int) -> bool:
    """Whether both are on one page of one part, with blank space or at most ``most`` characters between them."""
    if element.page != last.page or element.source != last.source:
        return False
    gap = text[last.end : element.start]
    return len(gap) <= most or not gap or gap.isspace()
