"""Questions with their answers, definitions, entries of a change log: what is only understood whole.

Formats have their own marks for some of these (``dl`` and ``details`` in HTML, ``: meaning`` in Markdown); what is found here
is told by the words, in the text of every format. Element spans stay exact: units are made by splitting lists and by joining
neighbours.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from ingestion.elements import Element
from ragline.types import ElementKind

_EMPHASIS = r"[*_]{0,3}"
_QUESTION = re.compile(rf"{_EMPHASIS}(?:Q|Question)[^\S\n]*\d*[^\S\n]*{_EMPHASIS}[:.)]{_EMPHASIS}[^\S\n]*\S", re.IGNORECASE)
_ANSWER = re.compile(rf"{_EMPHASIS}(?:A|Answer)[^\S\n]*\d*[^\S\n]*{_EMPHASIS}[:.)]{_EMPHASIS}[^\S\n]*\S", re.IGNORECASE)
_LINE = re.compile(r"[^\S\n]*(\S[^\n]*)")

# Headings of a release, as in Keep a Changelog (keepachangelog.com): a version with a date, or nothing but a version.
_VERSION = r"(?<![\d.])\d+(?:\.\d+){1,3}(?:[-.+]?(?:a|b|c|rc|alpha|beta|dev|post|pre|snapshot)[.\d]*)?(?![\d.])"
_DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}[. ]{1,2}[^\W\d_]{3,9}\.?[ ,]{1,2}\d{4}|[^\W\d_]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
)
_NAMED_VERSION = rf"[\[(]?(?:[\w.]+[-_ ]){{0,2}}v?{_VERSION}[\])]?"
_DATED_VERSION = re.compile(
    rf"{_NAMED_VERSION}(?:\s*\([^()]{{0,40}}\))?[\s,:;–—-]*\(?(?:released )?(?:on )?{_DATE}.{{0,20}}"
    rf"|{_DATE}[\s,:;–—-]+\(?{_NAMED_VERSION}\)?",
    re.IGNORECASE,
)
_BARE_VERSION = re.compile(
    rf"(?:(?:version|release)[ :]+v?{_VERSION}|\[v?{_VERSION}\]|v{_VERSION}|(?=\d+\.\d+\.\d){_VERSION})(?:\s*\(.{{0,40}}\))?",
    re.IGNORECASE,
)
_UNRELEASED = re.compile(r"\[?unreleased\]?(?:\W.*)?", re.IGNORECASE)
# A longer heading is about a release, not the heading of one.
_MAX_RELEASE_CHARS = 100

_GLOSSARY = re.compile(
    r"(?:.*\W)?(?:glossary|definitions|terminology|terms|abbreviations|acronyms|vocabulary|glossar|begriffe|abkürzungen"
    r"|definitionen|glossaire|définitions|glosario|definiciones|glossario|definizioni)(?: (?:and|of|und|&) .*)?",
    re.IGNORECASE,
)
# ``Term: meaning`` and ``Term - meaning``, the term in bold or in quotes if at all.
_TERM = re.compile(
    r"(?:[-*+•][^\S\n]+|\d{1,3}[.)][^\S\n]+)?[*_`\"“]{0,3}[^\W_][^:\n]{0,60}?[*_`\"”]{0,3}(?::[*_]{0,3}|[^\S\n]+[-–—])[^\S\n]+\S"
)
# So many of the items must read like definitions for a list in a glossary to be one.
_MIN_DEFINED_SHARE = 0.8

Span = tuple[int, int]


def with_units(text: str, elements: Sequence[Element]) -> tuple[Element, ...]:
    """The elements, with units as elements of their own.

    - A paragraph's lines from ``Q:`` on, up to the next question, with ``A:`` in them or at the start of the next paragraph,
      are a "qa"; a question without an answer stays a paragraph.
    - Below the heading of a release, items and paragraphs are each a "change".
    - Below a heading such as "Glossary", items and paragraphs that read ``term: meaning`` are each a "definition".
    """
    found: list[Element] = []
    for element in elements:
        if element.kind == "paragraph":
            found += _read_paragraph(text, element, found)
        elif element.kind == "list":
            found += _read_list(text, element)
        else:
            found.append(element)
    return tuple(found)


def begins_question(text: str, start: int = 0, end: int | None = None) -> bool:
    """True where ``text[start:end]`` begins like ``Q: ...``."""
    return _QUESTION.match(text, start, len(text) if end is None else end) is not None


def _read_paragraph(text: str, element: Element, before: list[Element]) -> list[Element]:
    span = element.start, element.end
    if before and _ANSWER.match(text, *span) and _is_open_question(text, before[-1]):
        question = before.pop()
        return [replace(question, kind="qa", end=element.end)]
    lines = [match.span(1) for match in _LINE.finditer(text, *span)]
    questions = [index for index, line in enumerate(lines) if _QUESTION.match(text, *line)]
    if questions:
        return _read_questions(text, element, lines, questions)
    if _is_release(element.section_path):
        return [replace(element, kind="change")]
    if _is_glossary(element.section_path) and _TERM.match(text, *span):
        return [replace(element, kind="definition")]
    return [element]


def _is_open_question(text: str, element: Element) -> bool:
    return element.kind == "paragraph" and begins_question(text, element.start, element.end)


def _read_questions(text: str, element: Element, lines: list[Span], questions: list[int]) -> list[Element]:
    parts = [lines[: questions[0]]] if questions[0] else []
    parts += [lines[first:last] for first, last in zip(questions, [*questions[1:], len(lines)], strict=True)]
    found = []
    for part in parts:
        is_answered = _QUESTION.match(text, *part[0]) and any(_ANSWER.match(text, *line) for line in part[1:])
        kind: ElementKind = "qa" if is_answered else "paragraph"
        found.append(replace(element, kind=kind, start=part[0][0], end=part[-1][1]))
    return found


def _read_list(text: str, element: Element) -> list[Element]:
    if _is_release(element.section_path):
        return _split(element, _items(text, element), "change")
    if _is_glossary(element.section_path):
        items = _items(text, element)
        defined = sum(_TERM.match(text, *item) is not None for item in items)
        if defined >= _MIN_DEFINED_SHARE * len(items):
            return _split(element, items, "definition")
    return [element]


def _items(text: str, element: Element) -> list[Span]:
    """The outermost items; what is indented below one belongs to it."""
    rows = element.rows or ((element.start, element.end),)
    indents = [_indent(text, start) for start, _ in rows]
    firsts = [index for index, indent in enumerate(indents) if indent <= indents[0]]
    ends = [rows[index - 1][1] for index in firsts[1:]] + [element.end]
    return [(rows[first][0], end) for first, end in zip(firsts, ends, strict=True)]


def _indent(text: str, start: int) -> int:
    """The column of the first character at or after ``start`` that is not blank."""
    line = text.rfind("\n", 0, start) + 1
    return next((at - line for at in range(start, len(text)) if text[at] not in " \t"), start - line)


def _split(element: Element, items: list[Span], kind: ElementKind) -> list[Element]:
    starts = [element.start, *(start for start, _ in items[1:])]
    ends = [end for _, end in items]
    return [replace(element, kind=kind, start=start, end=end, rows=()) for start, end in zip(starts, ends, strict=True)]


@lru_cache(maxsize=1024)
def _is_release(section_path: tuple[str, ...]) -> bool:
    return any(is_release_heading(heading) for heading in section_path)


@lru_cache(maxsize=1024)
def _is_glossary(section_path: tuple[str, ...]) -> bool:
    return bool(section_path) and _GLOSSARY.fullmatch(section_path[-1]) is not None


def is_release_heading(heading: str) -> bool:
    """True for ``[1.2.0] - 2024-01-01``, ``v2.1``, ``Version 3.0``, ``core 1.4 (3 May 2024)``, ``Unreleased``."""
    if len(heading) > _MAX_RELEASE_CHARS:
        return False
    if _BARE_VERSION.fullmatch(heading) or _UNRELEASED.fullmatch(heading):
        return True
    return _DATED_VERSION.fullmatch(heading) is not None
