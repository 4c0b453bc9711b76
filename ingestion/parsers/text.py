"""Plain text: paragraphs, underlined and numbered headings, lists, and units. The source is the canonical text."""

import re
from dataclasses import dataclass, field, replace

from ingestion.decode import decode
from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.canonical import SectionStack
from ingestion.parsers.front_matter import language_of, read_front_matter
from ingestion.parsers.units import begins_question, with_units

_BLOCK = re.compile(r"\S[^\n]*(?:\n[^\S\n]*+\S[^\n]*)*")
_LINE = re.compile(r"[^\S\n]*(\S[^\n]*)")
_UNDERLINE = re.compile(r"([=\-~^\"'#*+`])\1{2,}\s*\Z")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,5})\.?[^\S\n]+(\S[^\n]*)")
_BULLET = re.compile(r"(?:[-*+•–]|\(?\d{1,3}[.)])[^\S\n]+\S")
# Longer lines are sentences, whatever number they begin with.
_MAX_HEADING_CHARS = 80
_MAX_HEADING_WORDS = 12

Span = tuple[int, int]


class TextParser:
    """Every non-space character of the source belongs to an element."""

    name = "text"
    version = 5
    suffixes: tuple[str, ...] = (".txt", ".text", ".log")

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        parsed = parse_plain_text(decoded.text, warnings=decoded.warnings)
        return replace(parsed, metadata={**decoded.metadata, **parsed.metadata}, source_map=decoded.source_map)


def parse_plain_text(text: str, *, warnings: tuple[str, ...] = ()) -> ParsedDocument:
    """The structure of ``text``, which stays as it is, character for character.

    The title is a level-1 underlined heading at the very start, else empty. Front matter is read as in Markdown, but it stays
    an element: in plain text it may as well be what the text is about. A broken head is text, unless it names an acl.
    """
    if "\n" not in text:
        body = text.strip()
        start = len(text) - len(text.lstrip())
        elements = (Element("paragraph", start, start + len(body)),) if body else ()
        return ParsedDocument(text=text, elements=elements, warnings=warnings)
    front = read_front_matter(text)
    reader = _Reader(text)
    blocks = [match.span() for match in _BLOCK.finditer(text, front.end)]
    for index, block in enumerate(blocks):
        reader.read_block(block, blocks[index + 1] if index + 1 < len(blocks) else None)
    head = text[: front.end].strip()
    start = text.index("---") if head else 0
    return ParsedDocument(
        text=text,
        elements=((Element("paragraph", start, start + len(head)),) if head else ()) + with_units(text, reader.elements),
        title=front.title or reader.title,
        metadata=front.metadata,
        language=language_of(front.metadata),
        acl=front.acl,
        warnings=warnings + (front.warnings if front.acl is not None else ()),
    )


@dataclass(slots=True)
class _Reader:
    text: str
    elements: list[Element] = field(default_factory=list)
    title: str = ""
    sections: SectionStack = field(default_factory=SectionStack)
    styles: list[str] = field(default_factory=list)

    def read_block(self, block: Span, following: Span | None) -> None:
        """One run of lines without a blank line between them."""
        lines = [match.span(1) for match in _LINE.finditer(self.text, *block)]
        while lines:
            used = self._underlined_heading(lines) or self._numbered_heading(lines, following)
            if not used:
                break
            lines = lines[used:]
        if lines:
            self._body(lines)

    def _underlined_heading(self, lines: list[Span]) -> int:
        """Number of lines of a heading such as ``Title`` over ``=====``, with or without a line above; else 0."""
        over = _UNDERLINE.match(self._line(lines[0]))
        if over and len(lines) > 2 and self._line(lines[2]).rstrip() == self._line(lines[0]).rstrip():
            title, used, style = lines[1], 3, over.group(1) * 2
        elif len(lines) > 1 and not over:
            title, used = lines[0], 2
            style = self._underline_of(self._line(title), self._line(lines[1]))
        else:
            return 0
        words = self._line(title).strip()
        if not style or not any(char.isalnum() for char in words):
            return 0
        if style not in self.styles:
            # As in reStructuredText, levels are the order in which the styles are first met.
            self.styles.append(style)
        level = min(self.styles.index(style) + 1, 6)
        if level == 1 and not self.elements:
            self.title = " ".join(words.split())
        self._add_heading((lines[0][0], lines[used - 1][1]), level, words)
        return used

    def _underline_of(self, title: str, line: str) -> str:
        match = _UNDERLINE.match(line)
        if match is None or len(title) > 2 * _MAX_HEADING_CHARS or 2 * len(line.rstrip()) < len(title.rstrip()):
            return ""
        return match.group(1)

    def _numbered_heading(self, lines: list[Span], following: Span | None) -> int:
        """1 for a line such as ``1.2 Scope``, else 0.

        With a single number (``1. Introduction``) it must stand alone, with something else than the next number below it:
        otherwise it is an item of a list.
        """
        match = _NUMBERED.match(self.text, *lines[0])
        if match is None or not _looks_like_title(match.group(2).rstrip()):
            return 0
        level = match.group(1).count(".") + 1
        if level == 1:
            if len(lines) > 1 or following is None:
                return 0
            sibling = _NUMBERED.match(self.text, *following)
            if sibling is not None and "." not in sibling.group(1):
                return 0
        self._add_heading(lines[0], min(level, 6), self._line(lines[0]))
        return 1

    def _body(self, lines: list[Span]) -> None:
        if any(begins_question(self.text, *line) for line in lines):
            self._add_paragraph(lines)
            return
        bullets = [index for index, line in enumerate(lines) if _BULLET.match(self.text, *line)]
        if len(bullets) > 1:
            firsts = bullets if bullets[0] == 0 else [0, *bullets]
            rows = [(lines[a][0], lines[b - 1][1]) for a, b in zip(firsts, [*firsts[1:], len(lines)], strict=True)]
            self.elements.append(Element("list", rows[0][0], rows[-1][1], 0, self.sections.path, rows=tuple(rows)))
        else:
            self._add_paragraph(lines)

    def _add_heading(self, span: Span, level: int, title: str) -> None:
        self.elements.append(Element("heading", *span, level, self.sections.enter(level, title)))

    def _add_paragraph(self, lines: list[Span]) -> None:
        self.elements.append(Element("paragraph", lines[0][0], lines[-1][1], 0, self.sections.path))

    def _line(self, span: Span) -> str:
        return self.text[span[0] : span[1]]


def _looks_like_title(words: str) -> bool:
    return (
        len(words) <= _MAX_HEADING_CHARS
        and words[0].isalpha()
        and not words[0].islower()
        and words[-1] not in ".,;:!?"
        and len(words.split()) <= _MAX_HEADING_WORDS
    )
