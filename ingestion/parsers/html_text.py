"""The words of HTML nodes, and a collector for running text."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ingestion.parsers.html_skip import BLOCKS, is_hidden, is_unread

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

# Files that were written into the page as text, of no use to a reader: with their scheme, or as one long word.
_ENCODED = re.compile(
    r"data:[\w.+-]+/[\w.+-]+;base64,\s*(?:[A-Za-z0-9+/]{16,}={0,2}\s*)+(?:[A-Za-z0-9+/]+={1,2})?|[A-Za-z0-9+/]{300,}={0,2}"
)
_MIXED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9+/])", re.DOTALL)
_LANGUAGE_CLASS = re.compile(
    r"(?:^|\s)(?:(?:language|lang|highlight-source|highlight)-|brush:\s*|sourceCode\s+)([A-Za-z][\w+#-]*)"
)
# What stands where a language would, and is none.
_NO_LANGUAGES = frozenset(
    {"default", "none", "notranslate", "text", "plaintext", "txt", "highlight", "wrapper", "code", "block"}
)


def children(node: "LexborNode") -> Iterator["LexborNode"]:
    """The direct children, texts included."""
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def without_encoded(text: str) -> str:
    """``text`` without base64 that nobody reads."""
    if len(text) < 64:
        return text
    return _ENCODED.sub(lambda found: " " if _MIXED.match(found.group()) else found.group(), text)


def flat_text(node: "LexborNode", *, keep_breaks: bool = False) -> str:
    """The words below a node on one line, or with the line breaks of ``pre``. Images count with their alternative text."""
    parts: list[str] = []
    top = node.mem_id
    pending = [node]
    while pending:
        current = pending.pop()
        if current.is_text_node:
            parts.append(current.text_content or "")
            continue
        if not current.is_element_node:
            continue
        tag = current.tag or ""
        if tag in {"img", "math"}:
            parts.append(f" {alternative_text(current)} ")
        if tag == "br":
            parts.append("\n")
        if (is_unread(tag) or is_hidden(current) or _is_mark(current)) and current.mem_id != top:
            continue
        if tag in BLOCKS and not keep_breaks:
            parts.append(" ")
        pending.extend(reversed(list(children(current))))
    text = without_encoded("".join(parts))
    return text if keep_breaks else " ".join(text.split()).rstrip("¶").rstrip()


def alternative_text(node: "LexborNode") -> str:
    """What an image or a formula says to those who do not see it."""
    attributes = node.attributes
    text = attributes.get("alttext") if node.tag == "math" else attributes.get("alt")
    if text is None and node.tag == "math":
        text = node.text()
    return " ".join((text or "").split())


def code_text(node: "LexborNode") -> str:
    """The text of ``pre`` without blank lines around it."""
    lines = flat_text(node, keep_breaks=True).split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines).rstrip()


def code_language(node: "LexborNode") -> str | None:
    """The language that ``pre``, the ``code`` in it or one of two elements around it names in its class."""
    inner = node.css_first("code")
    around = node.parent
    outside = around.parent if around is not None else None
    for part in (inner, node, around, outside):
        if part is None or part.tag == "body":
            continue
        attributes: Mapping[str, str | None] = part.attributes
        named = attributes.get("data-lang") or attributes.get("data-language") or ""
        for language in (named, *_LANGUAGE_CLASS.findall(attributes.get("class") or "")):
            if language and str(language).lower() not in _NO_LANGUAGES:
                return str(language).lower()
    return None


class Inline:
    """Collects running text: blanks collapse, breaks and verbatim parts do not."""

    def __init__(self) -> None:
        self.prefix = ""
        self._line: list[str] = []
        self._lines: list[str] = []

    def add(self, text: str) -> None:
        self._line.append(without_encoded(text))

    def add_break(self) -> None:
        line = " ".join("".join(self._line).split())
        if line:
            self._lines.append(line)
        self._line = []

    def add_verbatim(self, text: str) -> None:
        self.add_break()
        if text:
            self._lines.append(text)

    def take(self) -> str:
        """The text so far, empty when it is only blank; the collector is empty afterwards."""
        self.add_break()
        text = "\n".join(self._lines)
        text = self.prefix + text if text else ""
        self.prefix = ""
        self._lines = []
        return text


def _is_mark(node: "LexborNode") -> bool:
    return "headerlink" in (node.attributes.get("class") or "")
