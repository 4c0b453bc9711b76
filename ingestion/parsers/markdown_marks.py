"""What documentation tools add to Markdown: JSX (MDX), ``:::note``, ``!!! note``, ``=== "Tab"``, footnotes.

CommonMark takes these marks for text, and what is indented below them for code. Here each line that is only a mark is replaced
by an empty comment, which separates blocks as the mark does, and what is indented below one moves to the left. The number of
lines stays, so every block that is then found is a block of the source.
"""

import re
from dataclasses import dataclass, field

from ingestion.parsers.markdown_jsx import expression_end, has_words, module_end, tags_end

COMMENT = "<!---->"

_FENCE = re.compile(r"[^\S\n]*(?:(?P<ticks>`{3,})[^`]*|(?P<waves>~{3,}).*)\Z")
_COLONS = re.compile(r"[^\S\n]*:{3,}[^\S\n]*(?P<name>\{?[.#]?[\w-]+)?(?P<rest>.*)\Z")
_INDENTING = re.compile(
    r"(?P<indent>[^\S\n]*)(?:!!!|\?\?\?\+?|===[+!]?)[^\S\n]+(?:[\w -]+?)?[^\S\n]*(?P<title>\"[^\"\n]*\")?[^\S\n]*\Z"
)
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\]\s]+\]:")
_INDENT = 4
# What is indented below a mark begins within this many lines.
_MAX_LINES = 200
# A line that only opens a box is short.
_MAX_LINE_CHARS = 300


@dataclass(slots=True)
class Marks:
    """``lines`` are for the Markdown reader. Lines of the source, 0-based: ``opening`` begin something, ``closing`` end it.

    Those in ``worded`` say something to the reader (a title, a label); lines in ``dropped`` say nothing and mark nothing.
    """

    lines: list[str] = field(default_factory=list)
    opening: set[int] = field(default_factory=set)
    closing: set[int] = field(default_factory=set)
    worded: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)


def read_marks(text: str, *, has_jsx: bool) -> Marks:
    """The marks of a text and the lines as the Markdown reader is to see them."""
    return _MarkReader(text.split("\n"), has_jsx=has_jsx).read()


class _MarkReader:
    def __init__(self, lines: list[str], *, has_jsx: bool) -> None:
        self._lines = lines
        self._has_jsx = has_jsx
        self._marks = Marks()
        self._indents: list[int] = []
        self._fence = ""
        self._colons = 0

    def read(self) -> Marks:
        at = 0
        while at < len(self._lines):
            line = self._dedented(at)
            if self._is_in_fence(line):
                self._keep(line)
                at += 1
            else:
                at += self._read_mark(at, line)
        return self._marks

    def _read_mark(self, at: int, line: str) -> int:
        """Reads the mark that begins at a line, or keeps the line; returns the number of lines."""
        if self._has_jsx:
            unread = self._module_end(at) if line[:1] in {"i", "e"} else expression_end(self._lines, at)
            if unread is not None:
                return self._mask(at, unread, line, self._marks.dropped)
            tags = tags_end(self._lines, at)
            if tags is not None:
                return self._mask(at, tags, line, self._marks.opening)
        if ":::" in line and (colons := _COLONS.match(line)):
            return self._read_colons(at, line, colons)
        is_boxed = len(line) <= _MAX_LINE_CHARS and line.lstrip()[:3] in {"!!!", "???", "==="}
        indenting = _INDENTING.match(line) if is_boxed else None
        if indenting and self._is_indented_below(at, line):
            self._mark(at, line, self._marks.opening, is_worded=indenting["title"] is not None)
            self._indent(line)
            return 1
        if _FOOTNOTE.match(line):
            # As it stands, a footnote of one word would be the target of a link.
            line = line.replace("[^", "(^", 1)
            if self._is_indented_below(at, line):
                self._indent(line)
        self._keep(line)
        return 1

    def _read_colons(self, at: int, line: str, colons: re.Match[str]) -> int:
        if colons["name"]:
            self._colons += 1
            self._mark(at, line, self._marks.opening, is_worded=any(map(str.isalpha, colons["rest"])))
        elif self._colons and not colons["rest"].strip():
            self._colons -= 1
            self._mark(at, line, self._marks.closing, is_worded=False)
        else:
            self._keep(line)
        return 1

    def _mask(self, first: int, last: int, line: str, target: set[int]) -> int:
        text = "\n".join(self._lines[first : last + 1])
        is_closing = target is self._marks.opening and text.lstrip().startswith("</")
        is_worded = target is self._marks.opening and has_words(text)
        for number in range(first, last + 1):
            self._mark(number, line, self._marks.closing if is_closing else target, is_worded=is_worded)
        return last - first + 1

    def _module_end(self, at: int) -> int | None:
        is_first = at == 0 or not self._lines[at - 1].strip() or at - 1 in self._marks.dropped
        return module_end(self._lines, at) if is_first else None

    def _mark(self, number: int, line: str, target: set[int], *, is_worded: bool) -> None:
        target.add(number)
        if is_worded:
            self._marks.worded.add(number)
        # With its indent, the comment stays inside the item of a list that the mark is in.
        self._keep(line[: len(line) - len(line.lstrip())] + COMMENT)

    def _keep(self, line: str) -> None:
        self._marks.lines.append(line)

    def _dedented(self, at: int) -> str:
        """The line as it reads inside the open marks; a line that is less indented closes them."""
        line = self._lines[at]
        if not self._indents or not line.strip():
            return line
        expanded = line.expandtabs(_INDENT) if line[:1] in " \t" else line
        indent = len(expanded) - len(expanded.lstrip())
        while self._indents and indent < self._indents[-1]:
            self._indents.pop()
            self._fence = ""
        return expanded[self._indents[-1] :] if self._indents else line

    def _indent(self, line: str) -> None:
        own = len(line) - len(line.lstrip())
        self._indents.append((self._indents[-1] if self._indents else 0) + own + _INDENT)

    def _is_indented_below(self, at: int, line: str) -> bool:
        least = (self._indents[-1] if self._indents else 0) + len(line) - len(line.lstrip()) + _INDENT
        for below in self._lines[at + 1 : at + _MAX_LINES]:
            if below.strip():
                expanded = below.expandtabs(_INDENT)
                return len(expanded) - len(expanded.lstrip()) >= least
        return False

    def _is_in_fence(self, line: str) -> bool:
        """True for the lines of fenced code, its first and last one included."""
        if self._fence:
            closing = line.strip()
            if closing.startswith(self._fence) and not closing.strip(self._fence[0]):
                self._fence = ""
            return True
        fence = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            self._fence = fence["ticks"] or fence["waves"]
        return fence is not None
