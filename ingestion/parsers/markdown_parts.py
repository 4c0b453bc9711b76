"""Paragraphs that are definitions, and files that are written into the text."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ingestion.elements import Element

# ``: meaning`` below a line with the term (PHP Markdown Extra, Pandoc).
_MEANING = re.compile(r" {0,3}:[ \t]+\S")
# Base64 of at least this length is a file, of no use to a reader.
_ENCODED = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/=]{64,}")

Span = tuple[int, int]


def with_definitions(text: str, elements: Sequence[Element]) -> list[Element]:
    """The elements, with every term and its meanings as one "definition"."""
    found: list[Element] = []
    for element in elements:
        if element.kind != "paragraph":
            found.append(element)
        elif _MEANING.match(text, element.start) and found and found[-1].kind in {"paragraph", "definition"}:
            # A blank line between the term and its meaning, or between two meanings.
            found[-1] = replace(found[-1], kind="definition", end=element.end)
        else:
            found += _definitions(text, element)
    return found


def _definitions(text: str, element: Element) -> list[Element]:
    lines: list[Span] = []
    at = element.start
    for line in text[element.start : element.end].split("\n"):
        lines.append((at, at + len(line)))
        at += len(line) + 1
    is_meaning = [_MEANING.match(text, *line) is not None for line in lines]
    if not any(is_meaning):
        return [element]
    # A term is a line behind a meaning that is none itself.
    firsts = [index for index in range(len(lines)) if index == 0 or (is_meaning[index - 1] and not is_meaning[index])]
    parts = zip(firsts, [*firsts[1:], len(lines)], strict=True)
    return [replace(element, kind="definition", start=lines[a][0], end=lines[b - 1][1]) for a, b in parts]


def without_encoded(text: str, elements: Sequence[Element]) -> tuple[Element, ...]:
    """The elements without embedded files in base64; one with a file inside becomes what stands around it."""
    found: list[Element] = []
    for element in elements:
        files = (
            [] if element.kind == "code" else [match.span() for match in _ENCODED.finditer(text, element.start, element.end)]
        )
        found += _around(text, element, files) if files else [element]
    return tuple(found)


def _around(text: str, element: Element, files: Sequence[Span]) -> list[Element]:
    pieces = []
    for start, end in zip(
        [element.start, *(end for _, end in files)], [*(start for start, _ in files), element.end], strict=True
    ):
        piece = _trimmed(text, start, end)
        if any(map(str.isalnum, text[slice(*piece)])):
            rows = (_trimmed(text, max(first, start), min(last, end)) for first, last in element.rows)
            pieces.append(replace(element, start=piece[0], end=piece[1], rows=tuple(filter(_is_filled, rows)), header=None))
    return pieces


def _trimmed(text: str, start: int, end: int) -> Span:
    if start >= end:
        return start, start
    block = text[start:end]
    start += len(block) - len(block.lstrip())
    return start, max(start, start + len(block.strip()))


def _is_filled(span: Span) -> bool:
    return span[0] < span[1]
