"""Sentence spans of a chunk: exact offsets, and what kind of line each one is.

Works on plain characters and on the line shapes of Markdown, FAQs and tables, because that is what chunks of most formats
look like; inside a paragraph :mod:`ingestion.sentences` finds the sentences. It never changes a character: what is quoted is
always a slice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ingestion.sentences import sentence_spans as prose_sentences
from ragline.types import ElementKind

SpanKind = Literal["sentence", "question", "lead_in", "heading", "header", "row", "code"]

# A paragraph without any sentence end that is longer than this is taken for one item per line (an address, a listing).
MAX_UNPUNCTUATED = 400

# A record (a JSON object as lines "path: value") up to this many characters is one span: its lines explain each other.
MAX_RECORD = 600

_LINE = re.compile(r"[^\n\r\x0b\x0c\u0085\u2028\u2029]+")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"\s{0,3}(?:=+|-{2,})\s*$")
_ITEM = re.compile(r"\s*(?:[-*+•‣◦–]|\(?\d{1,3}[.)]|[A-Za-z]\))\s+(?:\[[ xX]\]\s+)?(?=\S)")
_QUOTE = re.compile(r"\s{0,3}>[ \t]?(?=\S)")
_ASKED = re.compile(r"\s*[*_]{0,2}(?:Q|Question|问|問|س)\s*\d{0,3}\s*[.:：][*_]{0,2}\s*(?=\S)", re.IGNORECASE)
_REPLIED = re.compile(r"\s*[*_]{0,2}(?:A|Answer|答|ج)\s*\d{0,3}\s*[:：][*_]{0,2}\s*(?=\S)", re.IGNORECASE)
_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n")
_LABELLED = re.compile(r"\s*[^\W\d_][^.:!?|]{0,40}:\s+\S")
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*$|\s*\|\s*:?-+:?\s*\|\s*$")
_CLOSERS = r"[\"'”’»)\]*_」』）】]*"
_QUESTION_END = re.compile(rf"[?？؟]{_CLOSERS}$")


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """``text[start:end]``, with no white space at either end.

    ``kind`` is ``lead_in`` for a sentence that ends with a colon. ``lead`` is the span that tells what this one is about: the
    question that it replies to, the lead-in of a list, the heading above; for a row the table's header. ``None`` where there
    is none in the text.
    """

    start: int
    end: int
    kind: SpanKind
    lead: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    gap: bool  # a blank line stands before


def sentence_spans(text: str, kind: ElementKind = "paragraph", *, header_above: bool = False) -> tuple[SentenceSpan, ...]:
    """The sentences, rows and lines of ``text``, in order, without overlap; spans without a letter or digit are left out.

    ``kind`` is the kind of the chunk: in ``code`` each line is a span, in ``table`` each line is a row, in ``record`` each
    record is one. ``header_above`` says that the table's header is not in ``text``, because the table was split.
    """
    spans = [span for span in _spans(text, kind, header_above) if any(map(str.isalnum, text[span.start : span.end]))]
    return tuple(_with_leads(text, spans))


def _spans(text: str, kind: ElementKind, header_above: bool) -> Iterator[SentenceSpan]:
    lines = _lines(text)
    index, fenced = 0, False
    while index < len(lines):
        line = lines[index]
        if _FENCE.match(line.text):
            fenced = not fenced
        elif fenced or kind == "code":
            yield _trimmed(text, line.start, line.end, "code")
        elif kind == "heading":
            yield _trimmed(text, line.start, line.end, "heading")
        elif _RULE.match(line.text) or _UNDERLINE.match(line.text):
            pass
        elif kind == "record":
            stop = next((i for i in range(index + 1, len(lines)) if lines[i].gap), len(lines))
            yield from _record(text, lines[index:stop])
            index = stop - 1
        elif kind == "table" or _is_row(lines, index):
            is_header = _is_header(lines, index, header_above=header_above)
            yield _trimmed(text, line.start, line.end, "header" if is_header else "row")
        elif heading := _HEADING.match(line.text):
            yield _trimmed(text, line.start + heading.start("text"), line.start + heading.end("text"), "heading")
        else:
            stop = _block_end(lines, index)
            yield from _block(text, lines[index:stop], underlined=stop < len(lines) and _underlines(lines, stop))
            index = stop - 1
        index += 1


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    last = 0
    for match in _LINE.finditer(text):
        if match.group().strip():
            lines.append(_Line(match.start(), match.end(), match.group(), text.count("\n", last, match.start()) > 1))
            last = match.end()
    return lines


def _is_row(lines: list[_Line], index: int) -> bool:
    """A line between pipes, or one of two neighbours that have the same number of separators."""
    stripped = lines[index].text.strip()
    if stripped.startswith("|") and stripped.count("|") > 1:
        return True
    width = _separators(stripped)
    neighbours = lines[max(0, index - 1) : index] + lines[index + 1 : index + 2]
    return width > 0 and any(_separators(n.text.strip()) == width or _RULE.match(n.text) for n in neighbours)


def _is_header(lines: list[_Line], index: int, *, header_above: bool) -> bool:
    """A row with a rule below it; or, where rows have no rules, the first of several, if it has names only."""
    line = lines[index]
    if index + 1 == len(lines):
        return False
    if _RULE.match(lines[index + 1].text):
        return True
    first = index == 0 or line.gap or not _separators(lines[index - 1].text)
    names = _separators(line.text) > 0 and ": " not in line.text and not any(map(str.isdigit, line.text))
    return first and names and not header_above and _separators(lines[index + 1].text) == _separators(line.text)


def _separators(line: str) -> int:
    return max(line.count(" | "), line.count("\t"))


def _underlines(lines: list[_Line], index: int) -> bool:
    return not lines[index].gap and bool(_UNDERLINE.match(lines[index].text))


def _block_end(lines: list[_Line], first: int) -> int:
    """The index after the last line of the paragraph, item, question or reply that begins at ``first``."""
    for index in range(first + 1, len(lines)):
        line = lines[index]
        starts = (_FENCE, _HEADING, _ITEM, _ASKED, _REPLIED, _RULE, _UNDERLINE)
        if line.gap or any(shape.match(line.text) for shape in starts) or _is_row(lines, index):
            return index
        if _LABELLED.match(line.text) and _LABELLED.match(lines[index - 1].text):
            return index
    return len(lines)


def _record(text: str, lines: list[_Line]) -> Iterator[SentenceSpan]:
    if lines[-1].end - lines[0].start <= MAX_RECORD:
        yield _trimmed(text, lines[0].start, lines[-1].end, "row")
    else:
        yield from (_trimmed(text, line.start, line.end, "row") for line in lines)


def _block(text: str, lines: list[_Line], *, underlined: bool) -> Iterator[SentenceSpan]:
    start, end, first = lines[0].start, lines[-1].end, lines[0].text
    if underlined and len(lines) == 1 and not _LABELLED.match(first):
        yield _trimmed(text, start, end, "heading")
        return
    if asked := _ASKED.match(first):
        yield _trimmed(text, start + asked.end(), end, "question")
        return
    marker = _REPLIED.match(first) or _ITEM.match(first) or _QUOTE.match(first)
    body = start + (marker.end() if marker else 0)
    pieces = prose_sentences(text, body, end)
    if len(pieces) == 1 and end - body > MAX_UNPUNCTUATED and len(lines) > 1:
        pieces = [(max(body, line.start), line.end) for line in lines]
    for piece_start, piece_end in pieces:
        span = _trimmed(text, piece_start, piece_end, "sentence")
        if _QUESTION_END.search(text[span.start : span.end]):
            yield replace(span, kind="question")
        else:
            yield replace(span, kind="lead_in") if text[span.end - 1] in ":：" else span


def _trimmed(text: str, start: int, end: int, kind: SpanKind) -> SentenceSpan:
    part = text[start:end]
    return SentenceSpan(start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip()), kind)


def _with_leads(text: str, spans: list[SentenceSpan]) -> Iterator[SentenceSpan]:
    """Give each span what governs it: a row its header; a sentence the question or lead-in before it, else the heading.

    A question or lead-in reaches to the end of the paragraph that follows it.
    """
    heading: tuple[int, int] | None = None
    near: tuple[int, int] | None = None
    header: tuple[int, int] | None = None
    last, replied = 0, False
    for span in spans:
        if replied and _PARAGRAPH_BREAK.search(text, last, span.start):
            near = None
        header = header if span.kind in ("row", "header") else None
        yield replace(span, lead=header if span.kind == "row" else near or heading)
        place = (span.start, span.end)
        if span.kind == "heading":
            heading, near = place, None
        elif span.kind == "header":
            header = place
        elif span.kind in ("question", "lead_in"):
            near = place
        last, replied = span.end, span.kind not in ("question", "lead_in")
