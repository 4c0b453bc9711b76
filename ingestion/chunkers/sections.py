"""Groups elements into sections: what may share a chunk."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.elements import Element

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


def sections(text: str, elements: Sequence[Element]) -> list[Section]:
    """The sections in order. Elements that are empty or blank are left out.

    A heading joins the text below it. A heading with nothing below it before the next one of its level or above is a
    section of its own. Text that is no element (a rule between two paragraphs) separates sections too, so that a chunk
    holds nothing but elements; and so does the end of a page, so that all of a chunk is on the page it names.
    """
    found: list[Section] = []
    group: list[Element] = []
    for element in elements:
        if element.start >= element.end or text[element.start : element.end].isspace():
            continue
        if group and not _continues(text, group, element):
            found.append(_section(group))
            group = []
        group.append(element)
    if group:
        found.append(_section(group))
    return found


def leading_headings(elements: Sequence[Element]) -> int:
    """Number of headings at the beginning."""
    for index, element in enumerate(elements):
        if element.kind != "heading":
            return index
    return len(elements)


def _continues(text: str, group: list[Element], element: Element) -> bool:
    last = group[-1]
    if element.page != last.page:
        return False  # a chunk is cited with one page
    gap = text[last.end : element.start]
    is_clear = not gap or gap.isspace()
    if last.kind == "heading":
        is_below = element.kind != "heading" or element.level > last.level
        return is_below and (is_clear or len(gap) <= _MAX_GAP_CHARS)
    return is_clear and element.kind != "heading" and element.section_path == last.section_path


def _section(group: list[Element]) -> Section:
    return Section(group[-1].section_path, tuple(group))
