"""The lines of a reStructuredText document: how far they are indented, and what they begin."""

import re

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*\Z")
_BULLET = re.compile(r"[-*+•‣⁃](?:[ \t]+\S|[ \t]*\Z)")
_NUMBER = r"(?:\d{1,4}|#|[A-Za-z]|[ivxlcdmIVXLCDM]{1,7})"
_NUMBERED = re.compile(rf"(?:\(?{_NUMBER}\)|{_NUMBER}\.)[ \t]+\S")
_FIELD = re.compile(r":(?![:\s])(?:[^:\n`]|:(?=[^\s`]))+:(?:[ \t]|\Z)")
_OPTION = re.compile(r"(?:--?[A-Za-z][\w-]*|/[A-Z])(?:[ =]<?[\w.-]+>?)?(?:, --?[\w-]+(?:[ =]<?[\w.-]+>?)?)*(?:  +\S|\Z)")
_LINE_BLOCK = re.compile(r"\|(?: |\Z)")
# An underline shorter than its title is still one from here on (docutils warns).
_MIN_UNDERLINE = 4


class RstLines:
    """Lines with their indents in columns, tabs at every eighth (docutils). Blank lines have no indent of their own."""

    def __init__(self, text: str) -> None:
        self.texts = text.split("\n")
        self.indents = [_indent(line) for line in self.texts]

    def __len__(self) -> int:
        return len(self.texts)

    def is_blank(self, at: int) -> bool:
        return not self.texts[at].strip()

    def next_filled(self, at: int, last: int) -> int:
        """The first line from ``at`` that is not blank, ``last`` where there is none."""
        while at < last and self.is_blank(at):
            at += 1
        return at

    def indented_end(self, at: int, last: int, indent: int) -> int:
        """Behind the last line from ``at`` that is indented deeper than ``indent``; blank lines in between count."""
        end = at
        for index in range(at, last):
            if self.is_blank(index):
                continue
            if self.indents[index] <= indent:
                break
            end = index + 1
        return end

    def paragraph_end(self, at: int, last: int) -> int:
        """Behind the paragraph that begins at a line: up to a blank line or another indent."""
        end = at + 1
        while end < last and not self.is_blank(end) and self.indents[end] == self.indents[at]:
            end += 1
        return end

    def dedented(self, first: int, last: int) -> list[str]:
        """The lines without the indent that they share."""
        indent = min((self.indents[at] for at in range(first, last) if not self.is_blank(at)), default=0)
        return [line.expandtabs(8)[indent:] for line in self.texts[first:last]]


def adornment(line: str) -> str:
    """The character that a line consists of, empty where it holds anything else."""
    found = _ADORNMENT.match(line)
    return found.group(1) if found else ""


def underlines(title: str, line: str) -> bool:
    """True where ``line`` is long enough to be the underline of ``title``."""
    length = len(line.rstrip())
    return bool(adornment(line)) and (length >= len(title.rstrip()) or length >= _MIN_UNDERLINE)


def begins_item(line: str) -> bool:
    """True for an item of a bullet list or a numbered list."""
    return _BULLET.match(line) is not None or _NUMBERED.match(line) is not None


def begins_field(line: str) -> bool:
    """True for ``:name: value`` and for an option of a program with its meaning."""
    return _FIELD.match(line) is not None or _OPTION.match(line) is not None


def begins_verse(line: str) -> bool:
    """True for a line of a line block, ``| text``."""
    return _LINE_BLOCK.match(line) is not None


def _indent(line: str) -> int:
    expanded = line.expandtabs(8) if "\t" in line else line
    return len(expanded) - len(expanded.lstrip())
