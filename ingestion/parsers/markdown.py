"""Markdown: CommonMark with GitHub tables, front matter, MDX and admonitions. The source is the canonical text."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ingestion.decode import decode
from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.canonical import SectionStack
from ingestion.parsers.front_matter import language_of, read_front_matter
from ingestion.parsers.lines import Lines
from ingestion.parsers.links import links_metadata
from ingestion.parsers.markdown_blocks import Blocks, block_element, heading_title, read_blocks
from ingestion.parsers.markdown_html import has_words, html_element, is_unread
from ingestion.parsers.markdown_jsx import is_mdx
from ingestion.parsers.markdown_links import link_targets
from ingestion.parsers.markdown_marks import Marks, read_marks
from ingestion.parsers.markdown_parts import with_definitions, without_encoded
from ingestion.parsers.units import with_units
from ragline.types import ElementKind

_KINDS: dict[str, ElementKind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "blockquote_open": "quote",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
    "html_block": "paragraph",
}
_LINK_TARGET = re.compile(r" {0,3}\[[^\]\n]+\]:\s+\S*[/.#@]\S*")


class MarkdownParser:
    """Elements are spans of whole source lines; link targets, rules, comments, imports and front matter are no elements.

    Marks such as ``<Tab>`` and ``:::note`` belong to the block that they open or close. Links are in the metadata.
    """

    name = "markdown"
    version = 4
    suffixes: tuple[str, ...] = (".md", ".markdown", ".mdown", ".mkd", ".mdx")

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        text = decoded.text
        front = read_front_matter(text)
        # Blank lines in place of the front matter keep the line numbers.
        body = "\n" * text.count("\n", 0, front.end) + text[front.end :]
        has_jsx = source.name.lower().endswith(".mdx") or is_mdx(body)
        marks = read_marks(body, has_jsx=has_jsx)
        blocks = read_blocks("\n".join(marks.lines), has_jsx=has_jsx)
        reader = _Reader(text, marks, blocks.environment)
        reader.read(blocks, text.count("\n", 0, front.end))
        elements = without_encoded(text, with_units(text, with_definitions(text, reader.elements)))
        texts = (text[element.start : element.end] for element in elements if element.kind != "code")
        return ParsedDocument(
            text=text,
            elements=elements,
            title=front.title or reader.title,
            metadata={**decoded.metadata, **links_metadata(link_targets(texts, blocks.targets)), **front.metadata},
            language=language_of(front.metadata),
            acl=front.acl,
            warnings=decoded.warnings + front.warnings,
            source_map=decoded.source_map,
        )


class _Reader:
    """Turns blocks into elements, line by line from top to bottom."""

    def __init__(self, text: str, marks: Marks, environment: Mapping[str, Any]) -> None:
        self.elements: list[Element] = []
        self.title = ""
        self._text = text
        self._marks = marks
        self._environment = environment
        self._lines = Lines(text)
        self._sections = SectionStack()
        self._waiting: list[int] = []

    def read(self, blocks: Blocks, covered: int) -> None:
        """``covered`` lines at the head are no text."""
        for block in blocks.blocks:
            token = block[0]
            first, last = token.map or (covered, covered)
            self._add_unread(covered, first)
            covered = last
            kind = _KINDS.get(token.type)
            if token.type == "html_block":
                self._add_html(token.content, first, last)
            elif kind == "heading":
                self._end_marks()
                self._add_heading(int(token.tag[1:]), heading_title(block, self._environment), first, last)
            elif kind is None:
                self._end_marks()
            else:
                self._add(block_element(block, kind, self._lines, self._sections.path, self._environment))
        self._add_unread(covered, len(self._lines))
        self._end_marks()

    def _add_heading(self, level: int, title: str, first: int, last: int) -> None:
        start, end = self._lines.span(first, last)
        if start < end:
            self.elements.append(Element("heading", start, end, level, self._sections.enter(level, title)))
            self.title = self.title or (title if level == 1 else "")

    def _add_html(self, html: str, first: int, last: int) -> None:
        if first in self._marks.opening or first in self._marks.closing:
            self._waiting.append(first)
        elif first in self._marks.dropped or is_unread(html):
            self._end_marks()
        elif has_words(html):
            element = Element("paragraph", *self._lines.span(first, last), 0, self._sections.path)
            self._add(html_element(self._text, element))
        else:
            (self._marks.closing if html.lstrip().startswith("</") else self._marks.opening).update(range(first, last))
            self._waiting += range(first, last)

    def _add_unread(self, first: int, last: int) -> None:
        """Lines that the Markdown reader kept to itself. They are text, except targets of links.

        ``[Note]: broken`` is a link definition to Markdown and a sentence to its author.
        """
        for line in range(first, last):
            start, end = self._lines.span(line, line + 1)
            if start == end or line in self._marks.dropped:
                continue
            if _LINK_TARGET.match(self._text[start:end]):
                self._end_marks()
            else:
                self._add(Element("paragraph", start, end, 0, self._sections.path))

    def _add(self, element: Element) -> None:
        """The element with the marks above it: those that close belong to what stands above them."""
        if element.start >= element.end:  # a vertical tab is text to CommonMark, and blank space to everyone else
            return
        self._close_marks()
        if self._waiting:
            start, _ = self._lines.span(self._waiting[0], self._waiting[0] + 1)
            element = replace(element, start=start)
        self._waiting = []
        self.elements.append(element)

    def _close_marks(self) -> None:
        closing = 0
        while closing < len(self._waiting) and self._waiting[closing] in self._marks.closing:
            closing += 1
        above = self.elements[-1] if self.elements else None
        if closing and above is not None and above.kind != "heading":
            _, end = self._lines.span(self._waiting[closing - 1], self._waiting[closing - 1] + 1)
            self.elements[-1] = replace(above, end=end)
        del self._waiting[:closing]

    def _end_marks(self) -> None:
        """Marks with nothing below them in their section: those with words are text, the others go."""
        self._close_marks()
        for line in self._waiting:
            if line in self._marks.worded:
                span = self._lines.span(line, line + 1)
                self.elements.append(Element("paragraph", *span, 0, self._sections.path))
        self._waiting = []
