"""Blocks of reStructuredText as elements, from top to bottom."""

from dataclasses import replace

from ingestion.elements import Element, Table
from ingestion.parsers.canonical import CanonicalText, SectionStack
from ingestion.parsers.grid import add_table
from ingestion.parsers.lines import Lines
from ingestion.parsers.rst_directives import (
    CODE,
    DROPPED,
    IMAGES,
    NOTE,
    SUBSTITUTION,
    TABLES,
    TARGET,
    Directive,
    read_directive,
)
from ingestion.parsers.rst_inline import plain_text
from ingestion.parsers.rst_lines import RstLines, adornment, begins_field, begins_item, begins_verse, underlines
from ingestion.parsers.rst_tables import GRID_RULE, SIMPLE_RULE, RstTable, csv_table, grid_table, list_table, simple_table
from ragline.types import ElementKind

# Blocks inside blocks deeper than this are text.
_MAX_DEPTH = 30


class RstReader:
    """``elements`` in order, the document's ``title``, and ``targets``: the lines that name the addresses of links."""

    def __init__(self, text: str) -> None:
        self.elements: list[Element] = []
        self.title = ""
        self.targets = ""
        self._text = text
        self._lines = RstLines(text)
        self._spans = Lines(text)
        self._sections = SectionStack()
        self._styles: list[str] = []
        self._language: str | None = None
        self._waiting: int | None = None

    def read(self) -> None:
        self._read(0, len(self._lines), 0)

    def _read(self, first: int, last: int, depth: int, kind: ElementKind = "paragraph") -> None:
        """All blocks of the lines; ``kind`` is that of running text."""
        at = self._lines.next_filled(first, last)
        indent = self._lines.indents[at] if at < last else 0
        while at < last:
            indent = min(indent, self._lines.indents[at])
            at = self._read_block(at, last, indent, depth, kind)
            at = self._lines.next_filled(at, last)

    def _read_block(self, at: int, last: int, indent: int, depth: int, kind: ElementKind) -> int:
        """Reads the block that begins at a line; returns the line behind it."""
        line = self._lines.texts[at].strip()
        if self._lines.indents[at] > indent:
            end = self._lines.indented_end(at, last, indent)
            self._read_inside(at, end, depth, "quote")
            return end
        if line == ".." or line.startswith(".. "):
            return self._read_explicit(at, last, indent, depth, kind)
        if depth == 0 and (end := self._read_heading(at, last)):
            return end
        if GRID_RULE.match(line) or SIMPLE_RULE.match(line):
            return self._read_drawn_table(at, last, line)
        if line.startswith(">>> "):
            end = self._lines.paragraph_end(at, last)
            self._add("code", at, end, language="pycon")
            return end
        if line.startswith("__ "):
            return at + 1
        if begins_item(line) or begins_field(line):
            return self._read_list(at, last, indent)
        return self._read_text(at, last, indent, depth, "quote" if begins_verse(line) else kind)

    def _read_inside(self, first: int, last: int, depth: int, kind: ElementKind) -> None:
        if depth < _MAX_DEPTH:
            self._read(first, last, depth + 1, kind)
        else:
            self._add(kind, first, last)

    def _read_heading(self, at: int, last: int) -> int:
        """Behind the heading that begins at a line, 0 where none does. A rule of one character divides, and is no text."""
        texts = self._lines.texts
        over = adornment(texts[at].strip()) if len(texts[at].strip()) > 1 else ""
        if over and at + 2 < last and texts[at + 1].strip() and adornment(texts[at + 2]) == over:
            title, end, style = at + 1, at + 3, over * 2
        elif not over and at + 1 < last and not texts[at][:1].isspace() and underlines(texts[at], texts[at + 1]):
            title, end, style = at, at + 2, adornment(texts[at + 1])
        elif len(texts[at].strip()) >= 4 and over:
            self._end_marks()
            return at + 1
        else:
            return 0
        words = plain_text(texts[title])
        if style not in self._styles:
            self._styles.append(style)
        level = min(self._styles.index(style) + 1, 6)
        self._end_marks()
        span = self._spans.span(at, end)
        self.elements.append(Element("heading", *span, level, self._sections.enter(level, words)))
        self.title = self.title or (words if level == 1 else "")
        return end

    def _read_explicit(self, at: int, last: int, indent: int, depth: int, kind: ElementKind) -> int:
        """A directive, a note, a target or a comment: what begins with two dots."""
        end = max(at + 1, self._lines.indented_end(at + 1, last, indent))
        directive = read_directive(self._lines.texts[at:end])
        line = self._lines.texts[at].strip()
        if directive is not None:
            self._read_directive(directive, at, end, depth, kind)
        elif NOTE.match(line):
            self._add("paragraph", at, end)
        elif TARGET.match(line):
            self.targets += "\n".join(text.strip() for text in self._lines.texts[at:end]) + "\n"
        elif not SUBSTITUTION.match(line):
            self._end_marks()
            # What is indented below an empty comment belongs to it only without a blank line (docutils, "Comments").
            if line == ".." and at + 1 < end and self._lines.is_blank(at + 1):
                return at + 1
        return end

    def _read_directive(self, directive: Directive, at: int, end: int, depth: int, kind: ElementKind) -> None:
        content = self._lines.next_filled(at + directive.content, end)
        if directive.name in DROPPED:
            if directive.name == "highlight":
                self._language = directive.argument or None
            self._end_marks()
        elif directive.name in CODE:
            language = directive.argument.split()[0] if directive.argument else self._language
            self._add("code", at, end, language=language if directive.name != "math" else "latex")
        elif directive.name in TABLES and (table := self._directive_table(directive, content, end)):
            self._add_table(at, end, content, table)
        elif directive.name in IMAGES:
            if content < end or directive.options.get("alt"):
                self._add("caption", at, end)
        elif content < end:
            # The line of a box, a tab or a function belongs to the first block inside.
            self._waiting = at if self._waiting is None else self._waiting
            self._read_inside(content, end, depth, kind)
            self._end_marks()
        elif directive.argument:
            self._add(kind, at, end)

    def _directive_table(self, directive: Directive, content: int, end: int) -> RstTable | None:
        lines = self._lines.dedented(content, end)
        caption = plain_text(directive.argument)
        if directive.name == "list-table":
            return list_table(lines, header_rows=directive.number("header-rows"), caption=caption)
        header = directive.options.get("header", "")
        return csv_table(lines, header=header, header_rows=directive.number("header-rows"), caption=caption)

    def _read_drawn_table(self, at: int, last: int, line: str) -> int:
        if GRID_RULE.match(line):
            end = self._lines.paragraph_end(at, last)
            table = grid_table(self._lines.dedented(at, end))
        else:
            end = self._simple_table_end(at, last)
            table = simple_table(self._lines.dedented(at, end))
        if table is None:
            self._add("paragraph", at, end)
        else:
            self._add_table(at, end, at, table)
        return end

    def _simple_table_end(self, at: int, last: int) -> int:
        """Behind the rule that a blank line follows."""
        rules = [index for index in range(at, last) if SIMPLE_RULE.match(self._lines.texts[index].strip())]
        ends = (index + 1 for index in rules[1:] if index + 1 >= last or self._lines.is_blank(index + 1))
        return next(ends, at + 1)

    def _read_list(self, at: int, last: int, indent: int) -> int:
        """Items, or fields, up to a line at their indent that is none."""
        is_same = begins_item if begins_item(self._lines.texts[at].strip()) else begins_field
        end, rows = at, []
        while end < last and self._lines.indents[end] == indent and is_same(self._lines.texts[end].strip()):
            item_end = max(end + 1, self._lines.indented_end(end + 1, last, indent))
            rows += self._item_rows(end, item_end)
            end = item_end
            following = self._lines.next_filled(end, last)
            if following == last:
                break
            if self._lines.indents[following] == indent and is_same(self._lines.texts[following].strip()):
                end = following
        spans = [self._spans.span(first, stop) for first, stop in zip(rows, [*rows[1:], end], strict=True)]
        self._add("list", at, end, rows=tuple(span for span in spans if span[0] < span[1]))
        return end

    def _item_rows(self, first: int, last: int) -> list[int]:
        """Lines where a row begins: the item, items inside, and what follows a blank line."""
        return [
            index
            for index in range(first, last)
            if index == first
            or (not self._lines.is_blank(index) and self._lines.is_blank(index - 1))
            or (self._lines.indents[index] > self._lines.indents[first] and begins_item(self._lines.texts[index].strip()))
        ]

    def _read_text(self, at: int, last: int, indent: int, depth: int, kind: ElementKind) -> int:
        """A paragraph, with the literal block that it announces by ``::``; or a term with its meaning indented below."""
        end = self._lines.paragraph_end(at, last)
        is_term = end == at + 1 and end < last and not self._lines.is_blank(end) and self._lines.indents[end] > indent
        announces = self._lines.texts[end - 1].rstrip().endswith("::")
        if is_term and not announces:
            return self._read_definition(at, self._lines.indented_end(end, last, indent), depth)
        if announces:
            first = self._lines.next_filled(end, last)
            stop = self._lines.indented_end(first, last, indent)
            if self._lines.texts[at].strip() == "::" and stop > first:
                self._add("code", at, stop, language=self._language)
                return stop
            self._add(kind, at, end)
            if stop > first:
                self._add("code", first, stop, language=self._language)
            return max(end, stop)
        self._add(kind, at, end)
        return end

    def _read_definition(self, at: int, end: int, depth: int) -> int:
        inside = [line.strip() for line in self._lines.texts[at + 1 : end]]
        if any(line.startswith(".. ") or line.endswith("::") for line in inside):
            self._waiting = at if self._waiting is None else self._waiting
            self._read_inside(at + 1, end, depth, "paragraph")
            self._end_marks()
        else:
            self._add("definition", at, end)
        return end

    def _add_table(self, at: int, end: int, content: int, table: RstTable) -> None:
        written = CanonicalText()
        add_table(written, table.grid)
        cells: Table | None = next((each.table for each in written.elements if each.table is not None), None)
        spans = [self._spans.span(content + first, content + last) for first, last in table.rows]
        rows = tuple(span for span in spans if span[0] < span[1])
        header = self._spans.span(content, content + table.rows[0][0]) if table.rows and table.rows[0][0] else None
        is_known = cells is not None and len(rows) == len(cells.cells)
        has_header = is_known and header is not None and header[0] < header[1]
        self._add("table", at, end, rows=rows if is_known else (), header=header if has_header else None, table=cells)

    def _add(
        self,
        kind: ElementKind,
        first: int,
        last: int,
        *,
        language: str | None = None,
        rows: tuple[tuple[int, int], ...] = (),
        header: tuple[int, int] | None = None,
        table: Table | None = None,
    ) -> None:
        start, end = self._spans.span(first, last, keep_indent=kind == "code")
        if start >= end:
            return
        element = Element(kind, start, end, 0, self._sections.path, rows=rows, header=header, language=language, table=table)
        if self._waiting is not None:
            element = replace(element, start=self._spans.span(self._waiting, self._waiting + 1)[0])
            self._waiting = None
        self.elements.append(element)

    def _end_marks(self) -> None:
        """A line that waited for a block inside is text where none came."""
        if self._waiting is not None:
            at, self._waiting = self._waiting, None
            self._add("paragraph", at, at + 1)
