"""The documentation of eleven projects: every file is read, and every word that is no syntax is in an element."""

import re
from pathlib import Path

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.registry import parse

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]

# What is no text, told without the parser: comments, scripts, imports of MDX, tags, targets of links, marks of boxes.
SYNTAX = re.compile(
    r"<!--.*?-->|<(?P<tag>script|style)\b.*?</(?P=tag)>|\{/\*.*?\*/\}"
    r"|^import\s[^\n]*?(?:from\s+)?['\"][^'\"\n]+['\"];?$|^export\s+(?:const|default|function)\b[^\n]*$"
    r"|<[^<>]*>|^ {0,3}\[[^\]\n]+\]:\s+\S+.*?$|^\s*:{3,}.*?$",
    re.DOTALL | re.MULTILINE,
)
# In reStructuredText: targets, lists of pages and other files, and comments, with all that is indented below them.
RST_SYNTAX = re.compile(
    r"^[ \t]*\.\. (?:_|(?:toctree|contents|literalinclude|image|automodule|include)::|(?![\w:-]+::))[^\n]*"
    r"(?:\n[ \t]+[^\n]*|\n(?=\n*[ \t]))*",
    re.MULTILINE,
)
FRONT_MATTER = re.compile(r"---\n.*?\n---(?:\n|\Z)", re.DOTALL)
WORD = re.compile(r"\w+")


def words_outside_elements(parsed: ParsedDocument, syntax: re.Pattern[str]) -> list[str]:
    front = FRONT_MATTER.match(parsed.text)
    at = front.end() if front and not any(element.start < front.end() for element in parsed.elements) else 0
    outside = []
    for element in parsed.elements:
        outside.append(parsed.text[at : element.start])
        at = element.end
    outside.append(parsed.text[at:])
    return [word for gap in outside for word in WORD.findall(syntax.sub(" ", gap))]


def test_every_word_is_in_an_element(shared_data: Path) -> None:
    files = [path for path in sorted((shared_data / "docs-markdown").rglob("*")) if path.suffix in {".md", ".mdx", ".rst"}]
    words, lost, bare, elements = 0, [], 0, 0
    for path in files:
        parsed = parse(RawSource(path.name, path.read_bytes()))
        syntax = RST_SYNTAX if path.suffix == ".rst" else SYNTAX
        words += len(WORD.findall(parsed.text))
        lost += [f"{path.name}: {word}" for word in words_outside_elements(parsed, syntax)]
        texts = [parsed.text[element.start : element.end] for element in parsed.elements]
        elements += len(texts)
        bare += sum(not WORD.search(syntax.sub(" ", text)) and "=" not in text for text in texts)
        assert parsed.title, path
        assert not parsed.warnings or "no text" in parsed.warnings[-1], (path, parsed.warnings)
    assert len(files) >= 1_345
    # None is known; the room is for what later versions of the reader see as syntax.
    assert len(lost) <= 0.0001 * words, lost[:50]
    # Elements that say nothing would be chunks that say nothing.
    assert bare <= 0.002 * elements


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        # Accordions with text, lists and code, all indented.
        ("chonkie/docs/content/docs/chonkie/troubleshooting.mdx", {"heading", "paragraph", "list", "code"}),
        # Tabs of MkDocs, everything in them indented.
        ("ragas/docs/extra/components/choose_evaluator_llm.md", {"paragraph", "code"}),
        # A change log.
        ("datasette/changelog.rst", {"heading", "change"}),
    ],
)
def test_what_is_inside_boxes_and_tabs_keeps_its_structure(shared_data: Path, name: str, kinds: set[str]) -> None:
    path = shared_data / "docs-markdown" / name
    parsed = parse(RawSource(name, path.read_bytes()))
    found = {element.kind for element in parsed.elements}
    assert kinds <= found
    code = [parsed.text[element.start : element.end].strip() for element in parsed.elements if element.kind == "code"]
    if path.suffix != ".rst":
        assert all(text.count("```") % 2 == 0 for text in code)
        assert sum("```" in text for text in code) == len(code)
