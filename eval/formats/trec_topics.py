"""Topics as TREC has them: tables, the marked-up text of the early tracks, and XML.

- A table has one topic a line: ``id``, a tab, the text.
- The early form is SGML without end tags: ``<top> <num> Number: 301 <title> ... <desc> Description: ... </top>``.
- XML has an element ``topic`` (or ``top``) for each, with its number as an attribute or a child, and with children such as
  ``query``, ``question``, ``narrative``, or nothing but text.
"""

import re
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

from eval.formats.trec_qrels import column
from eval.golden_types import GoldenSet
from eval.lines import malformed, numbered_lines
from ingestion.guard.xml_prolog import PROLOG_BYTES, check_prolog
from ragline.durable import write_named_file
from ragline.errors import GoldenSetError, ParseError

FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "query"),
    "description": ("desc", "description", "question"),
    "narrative": ("narr", "narrative"),
}
"""What can be asked for, and the names that tracks give it. Titles are what is typed into a search box."""

_NUMBERS = ("number", "num", "id", "qid")
_BLOCK = re.compile(r"<top>(.*?)</top>", re.DOTALL | re.IGNORECASE)
_FIELD = re.compile(r"<(\w+)>([^<]*)")
_LABEL = re.compile(r"\s*(?:number|topic|title|description|narrative)\s*:", re.IGNORECASE)


def read_topics(path: Path, field: str = "title") -> dict[str, str]:
    """The text of each topic by its id, in the order of the file, white space flattened.

    The form is told by the beginning of the file. A topic that is nothing but text has that for every ``field``. Raises
    :class:`GoldenSetError` for an unknown field, a topic without a number or without the field, an id that comes twice, XML
    that is not well formed or declares entities, and a file without a topic.
    """
    if field not in FIELDS:
        raise GoldenSetError(f"A topic has no field {field!r}. Choose one of {', '.join(FIELDS)}.")
    text = "\n".join(line for _, line in numbered_lines(path))
    if _BLOCK.search(text) and not text.lstrip().startswith("<?xml"):
        topics = [_early(path, block, field) for block in _BLOCK.findall(text)]
    elif text.lstrip().startswith("<"):
        topics = _xml(path, field)
    else:
        topics = [_row(path, line, row) for line, row in numbered_lines(path)]
    found: dict[str, str] = {}
    for number, query in topics:
        if number in found:
            raise GoldenSetError(f"{path}: topic {number!r} comes twice. Give every topic its own number.")
        found[number] = query
    if not found:
        raise GoldenSetError(f"{path}: holds no topics. Write a table (id, tab, text), <top> blocks or XML.")
    return found


def write_topics(golden: GoldenSet, path: Path) -> int:
    """Write the judged questions to ``path``, as XML where it ends in ``.xml``, else as a table; returns how many.

    White space in a question becomes single blanks. Raises :class:`GoldenSetError` where an id holds white space.
    """
    topics = [(column(item.id), " ".join(item.query.split())) for item in golden.items if item.relevant]
    if path.suffix.lower() == ".xml":
        from xml.sax.saxutils import escape, quoteattr  # it imports sockets, which `import ragline` is to do without

        rows = [f"  <topic number={quoteattr(number)}><query>{escape(query)}</query></topic>" for number, query in topics]
        text = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<topics>", *rows, "</topics>", ""])
        if unclean := re.search(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text):
            raise GoldenSetError(f"{unclean[0]!r} cannot stand in XML. Take it out of the question, or write a table.")
    else:
        text = "".join(f"{number}\t{query}\n" for number, query in topics)
    write_named_file(path, text.encode("utf-8"))
    return len(topics)


def _row(path: Path, line: int, row: str) -> tuple[str, str]:
    number, tab, query = row.partition("\t")
    if not tab or not number.strip() or not query.strip():
        raise malformed(path, line, "no id and text parted by a tab", "Write the id, a tab and the text")
    return number.strip(), " ".join(query.split())


def _early(path: Path, block: str, field: str) -> tuple[str, str]:
    texts: dict[str, str] = {}
    for name, value in _FIELD.findall(block):
        texts.setdefault(name.lower(), " ".join(unescape(_LABEL.sub("", value, count=1)).split()))
    return _chosen(path, texts, field)


def _xml(path: Path, field: str) -> list[tuple[str, str]]:
    data = path.read_bytes()
    try:
        check_prolog(data[:PROLOG_BYTES], path.name)
        root = ET.fromstring(data)  # noqa: S314 - what declares entities is refused on the line before
    except (ParseError, ET.ParseError) as error:
        raise GoldenSetError(
            f"{path}: cannot be read as XML ({error}). Correct it, or write a table of id and text."
        ) from error
    elements = [element for element in root.iter() if element.tag.lower() in {"topic", "top"}] or list(root)
    return [_chosen(path, dict(_parts(element)), field) for element in elements]


def _parts(element: ET.Element) -> Iterable[tuple[str, str]]:
    """The texts of an element by name, attributes among them; ``""`` is its own."""
    yield from ((name.lower(), value.strip()) for name, value in element.attrib.items())
    yield "", " ".join((element.text or "").split())
    yield from ((child.tag.lower(), " ".join("".join(child.itertext()).split())) for child in element)


def _chosen(path: Path, texts: Mapping[str, str], field: str) -> tuple[str, str]:
    number = next((texts[name] for name in _NUMBERS if texts.get(name)), "")
    if not number:
        raise GoldenSetError(f"{path}: a topic has no number: {dict(texts)!r:.120}. Give it one, as <num> or number=.")
    query = next((texts[name] for name in FIELDS[field] if texts.get(name)), "") or texts.get("", "")
    if not query:
        there = ", ".join(name for name, text in texts.items() if text and name not in _NUMBERS)
        raise GoldenSetError(f"{path}: topic {number!r} has no {field}; it has {there or 'nothing'}. Choose another field.")
    return number, query
