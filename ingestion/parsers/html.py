"""HTML: what a reader sees, without navigation, banners and scripts. The canonical text is built here."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingestion.decode import decode
from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.canonical import CanonicalText
from ragline.types import ElementKind

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_SKIPPED = frozenset(
    {"script", "style", "noscript", "template", "head", "nav", "footer", "button", "select", "datalist"}
) | frozenset({"svg", "math", "iframe", "object", "canvas", "video", "audio", "map", "dialog"})
_SKIPPED_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary"})
_BLOCKS = (
    frozenset(
        {"address", "article", "aside", "blockquote", "body", "center", "details", "div", "fieldset", "figcaption", "figure"}
    )
    | frozenset({"footer", "form", "header", "hgroup", "hr", "html", "legend", "main", "nav", "p", "section", "summary"})
    | frozenset({"ul", "ol", "dl", "dd", "dt", "li", "menu", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"})
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "dl", "menu"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NOTE_CLASS = re.compile(r"note|tip|warn|caution|danger|important|admonition|callout|info", re.IGNORECASE)
_LANGUAGE_CLASS = re.compile(r"\b(?:language|lang|highlight)-([\w+#-]+)")


class HtmlParser:
    """Headings, paragraphs, lists, tables (a row a line, cells joined by `` | ``), code, quotes and captions."""

    name = "html"
    version = 2
    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml")

    def parse(self, source: RawSource) -> ParsedDocument:
        from selectolax.lexbor import LexborHTMLParser

        decoded = decode(source.data)
        tree = LexborHTMLParser(decoded.text)
        canonical = _Page(skip_boilerplate=True).read(tree)
        if not canonical.elements:
            # A page that is nothing but "boilerplate" has its content there.
            canonical = _Page(skip_boilerplate=False).read(tree)
        language = tree.root.attributes.get("lang") if tree.root is not None else None
        return ParsedDocument(
            text=canonical.text,
            elements=tuple(canonical.elements),
            title=_title(tree),
            language=(language or "").strip() or None,
            metadata=decoded.metadata,
            warnings=decoded.warnings,
        )


def _title(tree: "LexborHTMLParser") -> str:
    """The first ``h1``, else ``<title>``."""
    for selector in ("h1", "title"):
        node = tree.css_first(selector)
        words = _flat_text(node) if node is not None else ""
        if words:
            return words
    return ""


class _Page:
    """Walks the tree once, without recursion: its depth is in the author's hand."""

    def __init__(self, *, skip_boilerplate: bool) -> None:
        self._skip_boilerplate = skip_boilerplate
        self._out = CanonicalText()
        self._inline = _Inline()
        self._kinds: list[ElementKind] = ["paragraph"]
        self._lists: list[_List] = []
        self._rows: list[str] = []
        self._content_depth = 0

    def read(self, tree: "LexborHTMLParser") -> CanonicalText:
        body = tree.body if tree.body is not None else tree.root
        pending = [(body, True)] if body is not None else []
        while pending:
            node, entering = pending.pop()
            if not entering:
                self._leave(node)
            elif node.is_text_node:
                self._inline.add(node.text_content or "")
            elif node.is_element_node and self._enter(node):
                pending.append((node, False))
                pending.extend((child, True) for child in reversed(list(_children(node))))
        self._flush()
        return self._out

    def _enter(self, node: "LexborNode") -> bool:
        """Begins an element; says whether its children are to be walked."""
        tag = node.tag or ""
        if self._is_skipped(node, tag):
            return False
        if self._lists:
            return self._enter_in_list(node, tag)
        if tag in _BLOCKS or tag in _HEADINGS or tag in _LISTS or tag == "pre":
            self._flush()
        if tag in _HEADINGS:
            words = _flat_text(node)
            if words:
                self._out.add_heading(words, _HEADINGS[tag])
            return False
        if tag == "pre":
            self._add_code(node)
            return False
        if tag == "table" and _is_data_table(node):
            self._add_table(node)
            return False
        self._open(node, tag)
        return True

    def _open(self, node: "LexborNode", tag: str) -> None:
        if tag == "br":
            self._inline.add_break()
        elif tag in _LISTS:
            self._lists.append(_List(node, tag))
        elif tag == "blockquote":
            self._kinds.append("quote")
        elif tag in {"figcaption", "caption"}:
            self._kinds.append("caption")
        elif tag in {"article", "main"}:
            self._content_depth += 1

    def _enter_in_list(self, node: "LexborNode", tag: str) -> bool:
        """Inside a list every block is a line of its row; rows begin at items."""
        if tag in _LISTS:
            self._flush_row()
            self._lists.append(_List(node, tag))
        elif tag in {"li", "dt"}:
            self._flush_row()
            self._inline.prefix = self._lists[-1].next_prefix(tag, depth=len(self._lists))
        elif tag == "pre":
            self._inline.add_verbatim(_code_text(node))
            return False
        elif tag == "table" and _is_data_table(node):
            rows, _ = _table_rows(node)
            self._inline.add_verbatim("\n".join(rows))
            return False
        elif tag in _BLOCKS or tag in _HEADINGS or tag == "br":
            self._inline.add_break()
        return True

    def _leave(self, node: "LexborNode") -> None:
        tag = node.tag or ""
        if self._lists:
            if tag in _LISTS:
                self._flush_row()
                self._lists.pop()
                if not self._lists:
                    self._flush_list()
            elif tag in {"li", "dd"}:
                self._flush_row()
            elif tag in _BLOCKS or tag in _HEADINGS:
                self._inline.add_break()
            return
        if tag in _BLOCKS:
            self._flush()
        if tag in {"blockquote", "figcaption", "caption"}:
            self._kinds.pop()
        elif tag in {"article", "main"}:
            self._content_depth -= 1

    def _is_skipped(self, node: "LexborNode", tag: str) -> bool:
        attributes = node.attributes
        if (
            "hidden" in attributes
            or _HIDDEN_STYLE.search(attributes.get("style") or "")
            or attributes.get("aria-hidden") == "true"
        ):
            return True
        if not self._skip_boilerplate:
            return tag in _SKIPPED - {"nav", "footer"}
        if tag in _SKIPPED or (attributes.get("role") or "").lower() in _SKIPPED_ROLES:
            return True
        if tag == "header":
            # The header of an article holds its title; that of a page holds the banner and the menu.
            return self._content_depth == 0
        if tag == "aside":
            return self._content_depth == 0 or not _NOTE_CLASS.search(attributes.get("class") or "")
        return False

    def _add_code(self, node: "LexborNode") -> None:
        code = _code_text(node)
        if code:
            inner = node.css_first("code")
            classes = " ".join(part.attributes.get("class") or "" for part in (node, inner) if part is not None)
            language = _LANGUAGE_CLASS.search(classes)
            self._out.add("code", code, language=language.group(1) if language else None)

    def _add_table(self, node: "LexborNode") -> None:
        caption = node.css_first("caption")
        if caption is not None and (words := _flat_text(caption)):
            self._out.add("caption", words)
        rows, has_header = _table_rows(node)
        if rows:
            self._out.add_rows("table", rows, has_header=has_header)

    def _flush(self) -> None:
        words = self._inline.take()
        if words:
            self._out.add(self._kinds[-1], words)

    def _flush_row(self) -> None:
        row = self._inline.take()
        if row:
            self._rows.append(row)

    def _flush_list(self) -> None:
        if self._rows:
            self._out.add_rows("list", self._rows)
        self._rows = []


class _List:
    """An open list: what stands in front of its next item."""

    def __init__(self, node: "LexborNode", tag: str) -> None:
        self._tag = tag
        start = (node.attributes.get("start") or "1") if tag == "ol" else "1"
        self._number = int(start) if re.fullmatch(r"\d{1,6}", start) else 1

    def next_prefix(self, tag: str, *, depth: int) -> str:
        if tag == "dt":
            return ""
        mark = "- "
        if self._tag == "ol":
            mark = f"{self._number}. "
            self._number += 1
        return "  " * (depth - 1) + mark


class _Inline:
    """Collects running text: blanks collapse, breaks and verbatim parts do not."""

    def __init__(self) -> None:
        self.prefix = ""
        self._line: list[str] = []
        self._lines: list[str] = []

    def add(self, text: str) -> None:
        self._line.append(text)

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


def _children(node: "LexborNode") -> Iterator["LexborNode"]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _flat_text(node: "LexborNode", *, keep_breaks: bool = False) -> str:
    """The words below a node on one line, or with the line breaks of ``pre``."""
    parts: list[str] = []
    pending = [node]
    while pending:
        current = pending.pop()
        if current.is_text_node:
            parts.append(current.text_content or "")
        elif current.is_element_node:
            tag = current.tag or ""
            if tag in _SKIPPED or "headerlink" in (current.attributes.get("class") or ""):
                continue
            if tag == "br":
                parts.append("\n")
            if tag in _BLOCKS and not keep_breaks:
                parts.append(" ")
            pending.extend(reversed(list(_children(current))))
    text = "".join(parts)
    return text if keep_breaks else " ".join(text.split()).rstrip("¶").rstrip()


def _code_text(node: "LexborNode") -> str:
    lines = _flat_text(node, keep_breaks=True).split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines).rstrip()


def _is_data_table(node: "LexborNode") -> bool:
    """False for tables that lay out a page: they hold tables or headings of their own."""
    return all(inner == node for inner in node.css("table")) and node.css_first("h1, h2, h3, h4, h5, h6") is None


def _table_rows(node: "LexborNode") -> tuple[list[str], bool]:
    """The rows as lines, and whether the first is a header (in ``thead``, or all its cells are ``th``)."""
    rows: list[str] = []
    has_header = False
    for row in node.css("tr"):
        cells = [child for child in _children(row) if child.tag in {"td", "th"}]
        words = [_flat_text(cell) for cell in cells]
        if not any(words):
            continue
        if not rows:
            in_head = row.parent is not None and row.parent.tag == "thead"
            has_header = in_head or all(cell.tag == "th" for cell in cells)
        rows.append(" | ".join(words))
    return rows, has_header
