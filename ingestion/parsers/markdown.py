"""Markdown: CommonMark with GitHub tables and YAML front matter. The source is the canonical text."""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from ingestion.decode import decode
from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.canonical import SectionStack
from ingestion.parsers.front_matter import language_of, read_front_matter
from ingestion.parsers.units import with_units
from ragline.types import ElementKind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

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
_COMMENT = re.compile(r"\s*<!--(?:(?!-->).)*-->\s*\Z", re.DOTALL)
_LINK_TARGET = re.compile(r" {0,3}\[[^\]\n]+\]:\s+\S*[/.#@]\S*")
_ANCHOR = re.compile(r"\s*\{#[^{}\s]+\}\s*\Z")
# A heading longer than this is no heading to read; its inline markup (quadratic to parse in the worst case) is left alone.
_MAX_INLINE_CHARS = 1_000

Span = tuple[int, int]


class MarkdownParser:
    """Elements are spans of whole source lines; link targets, rules, comments and front matter are no elements."""

    name = "markdown"
    version = 2
    suffixes: tuple[str, ...] = (".md", ".markdown", ".mdown", ".mkd", ".mdx")

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        text = decoded.text
        front = read_front_matter(text)
        lines = _Lines(text)
        sections = SectionStack()
        elements: list[Element] = []
        first_h1 = ""
        covered = text.count("\n", 0, front.end)
        # Blank lines in place of the front matter keep the line numbers.
        for block in _top_blocks("\n" * covered + text[front.end :]):
            token = block[0]
            first, last = token.map or (covered, covered)
            elements.extend(lines.uncovered(covered, first, sections.path))
            covered = last
            kind = _KINDS.get(token.type)
            if kind is None or (token.type == "html_block" and _COMMENT.match(token.content)):
                continue
            if kind == "heading":
                level, title = int(token.tag[1:]), _heading_title(block)
                start, end = lines.span(first, last)
                elements.append(Element("heading", start, end, level, sections.enter(level, title)))
                first_h1 = first_h1 or (title if level == 1 else "")
            else:
                elements.append(_element(block, kind, lines, sections.path))
        elements.extend(lines.uncovered(covered, len(lines), sections.path))
        return ParsedDocument(
            text=text,
            # A vertical tab is text to CommonMark, and blank space to everyone else.
            elements=with_units(text, [element for element in elements if element.start < element.end]),
            title=front.title or first_h1,
            metadata={**decoded.metadata, **front.metadata},
            language=language_of(front.metadata),
            acl=front.acl,
            warnings=decoded.warnings + front.warnings,
            source_map=decoded.source_map,
        )


class _Lines:
    """Line numbers to offsets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def __len__(self) -> int:
        return len(self._starts)

    def span(self, first: int, last: int, *, keep_indent: bool = False) -> Span:
        """Lines ``first`` to ``last`` (exclusive) without the blank space around them."""
        start = self._starts[min(first, len(self) - 1)]
        end = self._starts[last] if last < len(self) else len(self._text)
        block = self._text[start:end]
        indent = 0 if keep_indent else len(block) - len(block.lstrip())
        return start + indent, start + max(len(block.rstrip()), indent)

    def uncovered(self, first: int, last: int, path: tuple[str, ...]) -> list[Element]:
        """Lines that the Markdown reader kept to itself. They are text, except targets of links.

        ``[Note]: broken`` is a link definition to Markdown and a sentence to its author.
        """
        elements = []
        for line in range(first, last):
            start, end = self.span(line, line + 1)
            if start < end and not _LINK_TARGET.match(self._text[start:end]):
                elements.append(Element("paragraph", start, end, 0, path))
        return elements


def _top_blocks(body: str) -> list[list["Token"]]:
    """The tokens of each top-level block."""
    blocks: list[list[Token]] = []
    for token in _block_reader().parse(body):
        if token.level == 0 and token.nesting >= 0 and token.map is not None:
            blocks.append([token])
        elif blocks:
            blocks[-1].append(token)
    return blocks


def _element(block: Sequence["Token"], kind: ElementKind, lines: _Lines, path: tuple[str, ...]) -> Element:
    token = block[0]
    first, last = token.map or (0, 0)
    start, end = lines.span(first, last, keep_indent=kind == "code")
    if kind == "table":
        header = next((lines.span(*row.map) for row in block if row.type == "thead_open" and row.map), None)
        body = [row.map for row in block if row.type == "tr_open" and row.map and row.map[0] > first]
        return Element(kind, start, end, 0, path, rows=tuple(lines.span(*row) for row in body), header=header)
    if kind == "list":
        # Any block inside the list may begin a row: a chunk can then start at an item, or at the code below a step.
        starts = sorted({inner.map[0] for inner in block if inner.map and inner.nesting >= 0})
        rows = [lines.span(a, b) for a, b in zip(starts, [*starts[1:], last], strict=True)]
        return Element(kind, start, end, 0, path, rows=tuple(row for row in rows if row[0] < row[1]))
    language = token.info.split()[0] if token.type == "fence" and token.info.split() else None
    return Element(kind, start, end, 0, path, language=language)


def _heading_title(block: Sequence["Token"]) -> str:
    """The words of a heading, without markup and without a trailing ``{#anchor}``."""
    content = next((token.content for token in block if token.type == "inline"), "")
    content = _ANCHOR.sub("", content)
    if len(content) > _MAX_INLINE_CHARS:
        return content[:_MAX_INLINE_CHARS]
    children = _inline_reader().parseInline(content)[0].children or []
    words = [" " if token.type.endswith("break") else token.content for token in children if token.type != "html_inline"]
    return "".join(words).strip()


@cache
def _block_reader() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # Only headings need their inline markup read, and most of the time of a full parse goes there.
    return MarkdownIt("commonmark").enable("table").disable("inline")


@cache
def _inline_reader() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")
