"""What the styles of a Word document say of its paragraphs: heading levels, quotes, captions, code."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ingestion.parsers.office.ooxml import find, first, qualified
from ragline.types import ElementKind

_BODY_LEVEL = 9
"""``w:outlineLvl`` 0 to 8 are headings, 9 is body text (ISO 29500-1, 17.3.1.20)."""
_HEADING = re.compile(r"heading ([1-9])\Z", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc \d|toc heading|table of figures)\Z", re.IGNORECASE)
# Built-in style names, which are the same in the files of every language, and those of other common writers.
_KINDS: tuple[tuple[re.Pattern[str], ElementKind], ...] = (
    (re.compile(r"(?:intense )?quote\Z|block ?text\Z", re.IGNORECASE), "quote"),
    (re.compile(r"caption\Z|(?:image|table) caption\Z", re.IGNORECASE), "caption"),
    (re.compile(r"macro(?: text)?\Z|html preformatted\Z|plain text\Z|source ?code|code(?: block)?\Z", re.IGNORECASE), "code"),
)


@dataclass(frozen=True, slots=True)
class StyleMeaning:
    """What a paragraph style says. ``level`` is 1 to 9 for headings; ``is_title`` for the title of the document."""

    level: int = 0
    kind: ElementKind | None = None
    is_title: bool = False
    is_subtitle: bool = False
    is_contents: bool = False


class WordStyles:
    """The styles of one document, by their ids; a paragraph without one has the default style."""

    def __init__(self, styles: Any) -> None:
        self._styles = {style.get(qualified("w:styleId"), ""): style for style in find(styles, "./w:style")}
        self._known: dict[str, StyleMeaning] = {}
        self._ids = {_name(style).casefold(): key for key, style in self._styles.items() if _is_of_paragraphs(style)}

    def id_of(self, name: str) -> str | None:
        """The id of the paragraph style called ``name``; case does not matter, as Word writes built-in names in lower case."""
        return self._ids.get(name.casefold())

    def add(self, name: str, style_id: str) -> None:
        """Note a style that has been made."""
        self._ids[name.casefold()] = style_id

    @property
    def heading_ids(self) -> frozenset[str]:
        """The ids of all styles that make headings."""
        return frozenset(style for style in self._styles if self.meaning(style).level)

    @property
    def table_header_ids(self) -> frozenset[str]:
        """The ids of table styles in which the first row looks different."""
        path = "./w:tblStylePr[@w:type='firstRow'][.//w:b or .//w:shd or .//w:tblHeader]"
        return frozenset(style for style, element in self._styles.items() if first(element, path) is not None)

    def meaning(self, style_id: str) -> StyleMeaning:
        """What the style or the nearest of those that it is based on says."""
        if style_id not in self._known:
            self._known[style_id] = self._read(self._chain(style_id))
        return self._known[style_id]

    def paragraph_level(self, paragraph: Any) -> int:
        """The heading level of a paragraph by its own outline level, else by its style; 0 for none."""
        own = first(paragraph, "./w:pPr/w:outlineLvl/@w:val")
        if own is not None and own.isdecimal():
            return 0 if int(own) >= _BODY_LEVEL else int(own) + 1
        return self.meaning(style_of(paragraph)).level

    def _chain(self, style_id: str) -> list[Any]:
        chain: dict[str, Any] = {}
        while style_id in self._styles and style_id not in chain:
            chain[style_id] = self._styles[style_id]
            style_id = first(chain[style_id], "./w:basedOn/@w:val") or ""
        return list(chain.values())

    def _read(self, chain: Iterable[Any]) -> StyleMeaning:
        for style in chain:
            name = _name(style)
            heading = _HEADING.match(name)
            kind = next((kind for pattern, kind in _KINDS if pattern.match(name)), None)
            outline = first(style, "./w:pPr/w:outlineLvl/@w:val")
            level = int(heading.group(1)) if heading else 0
            if not level and outline is not None and outline.isdecimal():
                level = int(outline) + 1 if int(outline) < _BODY_LEVEL else 0
            meaning = StyleMeaning(
                level,
                kind,
                is_title=name.casefold() == "title",
                is_subtitle=name.casefold() == "subtitle",
                is_contents=_CONTENTS.match(name) is not None,
            )
            if meaning != StyleMeaning() or outline is not None:
                return meaning
        return StyleMeaning()


def _name(style: Any) -> str:
    return " ".join((first(style, "./w:name/@w:val") or "").split())


def _is_of_paragraphs(style: Any) -> bool:
    return bool(style.get(qualified("w:type")) == "paragraph")


def style_of(paragraph: Any) -> str:
    """The id of a paragraph's style, empty for the default."""
    return str(first(paragraph, "./w:pPr/w:pStyle/@w:val") or "")
