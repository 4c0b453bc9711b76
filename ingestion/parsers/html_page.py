"""Walks the tree of a page and writes down what a reader sees, block by block."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.grid import add_table
from ingestion.parsers.html_gather import UNITS, Gathering
from ingestion.parsers.html_skip import BLOCKS, is_boilerplate, is_hidden, is_unread
from ingestion.parsers.html_table import is_data_table, read_grid
from ingestion.parsers.html_text import Inline, alternative_text, children, code_language, code_text, flat_text
from ingestion.parsers.text import parse_plain_text
from ragline.types import ElementKind

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "menu"})
_KINDS: dict[str, ElementKind] = {"blockquote": "quote", "figcaption": "caption", "caption": "caption"}
# Number of words and share of plain characters from which ``pre`` is a text that was typed with line ends, not code.
_MIN_PROSE_WORDS = 100
_MIN_PROSE_SHARE = 0.94
_PLAIN = re.compile(r"[^\W_]|[\s.,'’\"“”?!-]")


class Structure:
    """Which nodes hold headings, and which hold any block with a structure of its own; found once for the whole tree."""

    def __init__(self, tree: "LexborHTMLParser") -> None:
        self.with_heading = _above(tree, "h1, h2, h3, h4, h5, h6")
        self.with_blocks = self.with_heading | _above(tree, "pre, table, dl, blockquote, figure, section, article")


@dataclass(frozen=True, slots=True)
class Page:
    """What was read, its first ``h1``, and the targets of its links in order."""

    canonical: CanonicalText
    title: str
    links: list[str]

    @classmethod
    def empty(cls) -> "Page":
        return cls(CanonicalText(), "", [])

    @property
    def words(self) -> int:
        return len(self.canonical.text.split())


def read_page(root: "LexborNode", structure: Structure, *, language: str, skip_boilerplate: bool) -> Page:
    """What a reader sees below ``root``. ``language`` is that of the document; elements name theirs where it is another."""
    walker = _Walker(structure, language, skip_boilerplate=skip_boilerplate)
    walker.walk(root)
    return Page(walker.out, walker.title, walker.links)


class _Walker:
    """Walks once, without recursion: the depth of the tree is in the author's hand."""

    def __init__(self, structure: Structure, language: str, *, skip_boilerplate: bool) -> None:
        self.out = CanonicalText()
        self.title = ""
        self.links: list[str] = []
        self._structure = structure
        self._skip_boilerplate = skip_boilerplate
        self._inline = Inline()
        self._gathering: Gathering | None = None
        self._kinds: list[ElementKind] = ["paragraph"]
        self._languages = [language]
        self._content_depth = 0

    def walk(self, root: "LexborNode") -> None:
        self._content_depth = int(root.tag in {"main", "article"} or root.attributes.get("role") == "main")
        top = root.mem_id  # comparing nodes themselves would write out both as HTML
        pending = [(root, True)]
        while pending:
            node, is_entering = pending.pop()
            if not is_entering:
                self._leave(node, node.tag or "")
            elif node.is_text_node:
                self._inline.add(node.text_content or "")
            elif (
                node.is_element_node
                and (node.mem_id == top or not self._is_skipped(node))
                and self._enter(node, node.tag or "")
            ):
                pending.append((node, False))
                pending.extend((child, True) for child in reversed(list(children(node))))
        self._flush()

    def _is_skipped(self, node: "LexborNode") -> bool:
        tag = node.tag or ""
        if tag == "math":
            return is_hidden(node)
        if is_unread(tag) or is_hidden(node):
            return True
        return self._skip_boilerplate and is_boilerplate(node, tag, is_content=self._content_depth > 0)

    def _enter(self, node: "LexborNode", tag: str) -> bool:
        """Begins an element; says whether its children are to be walked."""
        if tag in {"img", "math"}:
            self._inline.add(f" {alternative_text(node)} ")
            return False
        if tag == "br":
            self._inline.add_break()
        elif tag == "a":
            self.links.append(node.attributes.get("href") or "")
        elif self._gathering is not None:
            return self._enter_gathered(node, tag, self._gathering)
        elif tag in BLOCKS or tag in _HEADINGS or tag == "pre":
            return self._enter_block(node, tag)
        return True

    def _enter_block(self, node: "LexborNode", tag: str) -> bool:
        self._flush()
        language = node.attributes.get("lang")
        if tag in _HEADINGS:
            self._add_heading(node, tag, language or self._languages[-1])
            return False
        if tag == "pre":
            self._add_code(node)
            return False
        if tag == "table" and is_data_table(node):
            self._add_table(node)
            return False
        self._languages.append(language.strip() if language and language.strip() else self._languages[-1])
        if tag in _KINDS:
            self._kinds.append(_KINDS[tag])
        elif tag in {"article", "main"}:
            self._content_depth += 1
        elif self._is_gathered(node, tag):
            self._gathering = Gathering(node, tag, self._inline)
        return True

    def _is_gathered(self, node: "LexborNode", tag: str) -> bool:
        """True for lists, definition lists and folded answers that hold nothing with a structure of its own."""
        if tag in _LISTS:
            return node.mem_id not in self._structure.with_heading
        if tag in UNITS and node.mem_id not in self._structure.with_blocks:
            return tag == "dl" or _is_question(node)
        return False

    def _enter_gathered(self, node: "LexborNode", tag: str, gathering: Gathering) -> bool:
        if tag == "pre":
            self._inline.add_verbatim(code_text(node))
            return False
        if tag == "table" and is_data_table(node):
            written = CanonicalText()
            add_table(written, read_grid(node))
            self._inline.add_verbatim(written.text)
            return False
        if tag in BLOCKS or tag in _HEADINGS:
            gathering.enter(node, tag)
        return True

    def _leave(self, node: "LexborNode", tag: str) -> None:
        gathering = self._gathering
        if gathering is not None and node.mem_id != gathering.node_id:
            if tag in BLOCKS or tag in _HEADINGS:
                gathering.leave(tag)
            return
        if tag not in BLOCKS:
            return
        if gathering is not None:
            gathering.write(self.out, self._language)
            self._gathering = None
        self._flush()
        self._languages.pop()
        if tag in _KINDS:
            self._kinds.pop()
        elif tag in {"article", "main"}:
            self._content_depth -= 1

    @property
    def _language(self) -> str | None:
        language = self._languages[-1]
        return language if language.lower() != self._languages[0].lower() else None

    def _add_heading(self, node: "LexborNode", tag: str, language: str) -> None:
        words = flat_text(node)
        if words:
            self.title = self.title or (words if tag == "h1" else "")
            other = language if language.lower() != self._languages[0].lower() else None
            self.out.add_heading(words, _HEADINGS[tag], language=other)
            self._add_links(node)

    def _add_code(self, node: "LexborNode") -> None:
        code = code_text(node)
        if not code:
            return
        language = code_language(node)
        if language is None and node.css_first("code") is None and _is_prose(code):
            self.out.add_document(parse_plain_text(code))
        else:
            self.out.add("code", code, language=language)

    def _add_table(self, node: "LexborNode") -> None:
        add_table(self.out, read_grid(node))
        self._add_links(node)

    def _add_links(self, node: "LexborNode") -> None:
        self.links += [link.attributes.get("href") or "" for link in node.css("a[href]")]

    def _flush(self) -> None:
        words = self._inline.take()
        if words:
            self.out.add(self._kinds[-1], words, language=self._language)


def _above(tree: "LexborHTMLParser", selector: str) -> set[int]:
    """The nodes that have a match somewhere below them."""
    found: set[int] = set()
    for match in tree.css(selector):
        node = match.parent
        while node is not None and node.mem_id not in found:
            found.add(node.mem_id)
            node = node.parent
    return found


def _is_question(node: "LexborNode") -> bool:
    summary = next((child for child in children(node) if child.tag == "summary"), None)
    return summary is not None and flat_text(summary).endswith(("?", "？"))


def _is_prose(text: str) -> bool:
    return len(text.split()) >= _MIN_PROSE_WORDS and len(_PLAIN.findall(text)) >= _MIN_PROSE_SHARE * len(text)
