"""What MDX adds to Markdown: imports of JavaScript, comments in braces, tags of components. Lines are 0-based."""

import re
from collections.abc import Sequence

_JSX = re.compile(r"\s*</?(?:[A-Z][\w.]*|>)")
_JSX_CLOSING = re.compile(r"^ {0,3}(?:</[A-Z][\w.]*>|<[A-Z][\w.]*[^<>\n]*/>)[^\S\n]*$", re.MULTILINE)
_READABLE = re.compile(r"\b(?:title|label|alt|value|description|summary|caption|name|heading|question|path)=[{\"'`]")
_MODULE = re.compile(
    r"import\s+(?:[\w*{},\s$]+\s+from\s+)?['\"]|import\s+(?:[\w$]+\s*,\s*)?\{[^}]*\Z"
    r"|export\s+(?:(?:const|let|var|function|class)\s+\w|default\s|async\s|[{*])"
)
_EXPRESSION = re.compile(r"\s*\{/\*")
# An import, a tag with its attributes or a comment ends within this many lines and characters, or is none.
_MAX_LINES = 200
_MAX_TAG_CHARS = 4_000


def is_mdx(text: str) -> bool:
    """True for text with JSX components; a file says it with its suffix, other text with a component on a line of its own."""
    return _JSX_CLOSING.search(text) is not None


def has_words(tags: str) -> bool:
    """True for tags with an attribute that a reader sees, such as a title."""
    return _READABLE.search(tags) is not None


def module_end(lines: Sequence[str], at: int) -> int | None:
    """The last line of an ``import`` or ``export`` of JavaScript: where its brackets are closed."""
    if not _MODULE.match(lines[at]):
        return None
    depth = 0
    for number in range(at, min(at + _MAX_LINES, len(lines))):
        text = lines[number]
        depth += sum(text.count(char) for char in "{([") - sum(text.count(char) for char in "})]")
        is_ended = text.rstrip().endswith((";", "'", '"'))
        if depth <= 0 and (is_ended or number + 1 == len(lines) or not lines[number + 1][:1].isspace()):
            return number
    return None


def expression_end(lines: Sequence[str], at: int) -> int | None:
    """The last line of a comment ``{/* ... */}``."""
    if not _EXPRESSION.match(lines[at]):
        return None
    for number in range(at, min(at + _MAX_LINES, len(lines))):
        if "*/}" in lines[number]:
            return number if lines[number].rstrip().endswith("*/}") else None
    return None


def tags_end(lines: Sequence[str], at: int) -> int | None:
    """The last line of one or more tags of components, where nothing else stands on their lines."""
    if not _JSX.match(lines[at]):
        return None
    number, column = at, len(lines[at]) - len(lines[at].lstrip())
    while True:
        rest = lines[number][column:]
        if not rest.strip():
            return number
        if not _JSX.match(rest):
            return None
        end = _tag_end(lines, number, column)
        if end is None:
            return None
        number, column = end


def _tag_end(lines: Sequence[str], number: int, column: int) -> tuple[int, int] | None:
    """Behind the ``>`` of a tag: not one in a string or between braces; none where another tag begins before it."""
    quote, depth, room, begun = "", 0, _MAX_TAG_CHARS, 0
    for line in range(number, min(number + _MAX_LINES, len(lines))):
        text = lines[line]
        room -= len(text)
        if room < 0:
            return None
        for at in range(column if line == number else 0, len(text)):
            char = text[at]
            if quote:
                quote = "" if char == quote else quote
            elif char in "\"'`":
                quote = char
            elif char in "{}":
                depth += 1 if char == "{" else -1
            elif char == "<" and depth <= 0:
                begun += 1
                if begun > 1:
                    return None
            elif char == ">" and depth <= 0:
                return line, at + 1
    return None
