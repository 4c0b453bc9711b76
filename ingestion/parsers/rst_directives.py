"""Which directives of reStructuredText hold what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

# ``.. name:: argument`` (docutils, "Directives"), with a domain of Sphinx or a substitution in front.
DIRECTIVE = re.compile(r"\.\.[ \t]+(?:\|[^|]+\|[ \t]+)?(?P<name>[A-Za-z][\w.+:-]*?)::(?:[ \t]+(?P<argument>.*))?\Z")
TARGET = re.compile(r"\.\.[ \t]+(?:_|__(?:[ \t:]|\Z))")
NOTE = re.compile(r"\.\.[ \t]+\[[^\]\n]+\][ \t]")
SUBSTITUTION = re.compile(r"\.\.[ \t]+\|")
_OPTION = re.compile(r"[ \t]*:(?P<name>[\w-]+):(?:[ \t]+(?P<value>.*))?\Z")

CODE = frozenset(
    {"code-block", "code", "sourcecode", "parsed-literal", "ipython", "prompt", "productionlist", "doctest", "testcode"}
) | frozenset(
    {"testoutput", "testsetup", "graphviz", "digraph", "graph", "mermaid", "uml", "math", "jupyter-execute", "command-output"}
)
# What says nothing by itself: lists of links to other pages, settings, markup of other formats.
DROPPED = (
    frozenset({"toctree", "contents", "index", "meta", "include", "literalinclude", "raw", "highlight", "currentmodule"})
    | frozenset({"module", "py:currentmodule", "py:module", "rst-class", "role", "default-role", "sectnum", "header", "footer"})
    | frozenset({"section-numbering", "target-notes", "default-domain", "tabularcolumns", "sectionauthor", "codeauthor"})
    | frozenset({"replace", "unicode", "date"})
)
IMAGES = frozenset({"image", "figure"})
TABLES = frozenset({"list-table", "csv-table"})


@dataclass(frozen=True, slots=True)
class Directive:
    """``content`` is the line, counted from the directive's first, where what it holds begins."""

    name: str
    argument: str = ""
    options: dict[str, str] = field(default_factory=dict)
    content: int = 1

    def number(self, option: str) -> int:
        value = self.options.get(option, "")
        return int(value) if re.fullmatch(r"[0-9]{1,3}", value) else 0


def read_directive(lines: Sequence[str]) -> Directive | None:
    """The directive that begins in the first line; ``lines`` end with its content. Options follow directly below."""
    found = DIRECTIVE.match(lines[0].strip())
    if found is None:
        return None
    options: dict[str, str] = {}
    at = 1
    while at < len(lines) and (option := _OPTION.match(lines[at])):
        options[option["name"]] = (option["value"] or "").strip()
        at += 1
    return Directive(found["name"].lower(), (found["argument"] or "").strip(), options, at)
