"""Blocks of a Markdown text as elements: what the Markdown reader found, with exact spans and with cells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ingestion.elements import Element, Table
from ingestion.parsers.lines import Lines
from ragline.types import ElementKind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ANCHOR = re.compile(r"\s*\{:?\s*[#.:][^{}]*\}\s*\Z")
_LANGUAGE = re.compile(r"\{?\.?([\w+#-]+)")
# What has no meaning in running text: then it need not be read for markup, which takes most of the time of a full parse.
_MARKUP = re.compile(r"[*_`\[\]<>&\\!~]")
# A heading longer than this is no heading to read; its inline markup (quadratic to parse in the worst case) is left alone.
_MAX_INLINE_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Blocks:
    """The tokens of each top-level block, and where the link definitions of the text lead to."""

    blocks: list[list["Token"]]
    environment: Mapping[str, Any]

    @property
    def targets(self) -> list[str]:
        return [reference["href"] for reference in self.environment.get("references", {}).values()]


def read_blocks(body: str, *, has_jsx: bool) -> Blocks:
    """The top-level blocks. In MDX nothing is code by its indent."""
    environment: dict[str, Any] = {}
    blocks: list[list[Token]] = []
    for token in _block_reader(has_jsx).parse(body, environment):
        if token.level == 0 and token.nesting >= 0 and token.map is not None:
            blocks.append([token])
        elif blocks:
            blocks[-1].append(token)
    return Blocks(blocks, environment)


def block_element(
    block: Sequence["Token"], kind: ElementKind, lines: Lines, path: tuple[str, ...], environment: Mapping[str, Any]
) -> Element:
    """The element of a block that is no heading."""
    token = block[0]
    first, last = token.map or (0, 0)
    start, end = lines.span(first, last, keep_indent=kind == "code")
    if kind == "table":
        header = next((lines.span(*row.map) for row in block if row.type == "thead_open" and row.map), None)
        body = [row.map for row in block if row.type == "tr_open" and row.map and row.map[0] > first]
        rows = tuple(lines.span(*row) for row in body)
        return Element(kind, start, end, 0, path, rows=rows, header=header, table=_table(block, environment))
    if kind == "list":
        # Any block inside the list may begin a row: a chunk can then start at an item, or at the code below a step.
        starts = sorted({inner.map[0] for inner in block if inner.map and inner.nesting >= 0})
        rows = tuple(lines.span(a, b) for a, b in zip(starts, [*starts[1:], last], strict=True))
        return Element(kind, start, end, 0, path, rows=tuple(row for row in rows if row[0] < row[1]))
    language = _LANGUAGE.match(token.info.strip()) if token.type == "fence" else None
    return Element(kind, start, end, 0, path, language=language.group(1) if language else None)


def heading_title(block: Sequence["Token"], environment: Mapping[str, Any]) -> str:
    """The words of a heading, without markup and without a trailing ``{#anchor}``."""
    content = next((token.content for token in block if token.type == "inline"), "")
    return inline_text(_ANCHOR.sub("", content), environment)


def inline_text(content: str, environment: Mapping[str, Any]) -> str:
    """The words of running text: links by their text, images by their alternative text, no marks."""
    if len(content) > _MAX_INLINE_CHARS:
        return content[:_MAX_INLINE_CHARS]
    if not _MARKUP.search(content):
        return " ".join(content.split())
    children = _inline_reader().parseInline(content, dict(environment))[0].children or []
    words = [" " if token.type.endswith("break") else token.content for token in children if token.type != "html_inline"]
    return "".join(words).strip()


def _table(block: Sequence["Token"], environment: Mapping[str, Any]) -> Table:
    rows: list[list[str]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(" ".join(inline_text(token.content, environment).split()))
    names = tuple(name or f"column {number}" for number, name in enumerate(rows[0], 1))
    return Table(names, tuple(tuple(row) for row in rows[1:]))


@cache
def _block_reader(has_jsx: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable("table").disable("inline")
    return reader.disable("code") if has_jsx else reader


@cache
def _inline_reader() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")
