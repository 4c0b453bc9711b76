"""Makes a Word document ready for ``unstructured``: the text lifted, headings by built-in styles, tables read."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingestion.parsers.grid import Grid
from ingestion.parsers.office.ooxml import find, first, qualified
from ingestion.parsers.office.word_markup import lift_text, paragraph_of
from ingestion.parsers.office.word_styles import WordStyles, style_of
from ingestion.parsers.office.word_tables import lays_out, page_breaks, paragraph_text, table_grid

MARKS = {"title": "\ue000", "quote": "\ue001", "caption": "\ue002", "code": "\ue003"}
"""Characters put in front of paragraphs whose style says what the library does not report. They are for private use, and taken
out of the document before."""
_ANY_MARK = re.compile(f"[{''.join(MARKS.values())}]")
_NOTE_PARTS = {"footnote": "footnotes", "endnote": "endnotes"}
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
# Tables for layout stand in each other, but no page has more of them.
_MAX_LAYOUT_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class PreparedWord:
    """``data`` is the document for the library; ``tables`` are those of the body, in order."""

    data: bytes
    tables: tuple[Grid, ...]


def prepare_word(document: Any) -> PreparedWord:
    """Changes the python-docx ``document`` in place."""
    body = document.element.body
    styles = WordStyles(document.styles.element)
    for text in find(body, ".//w:t"):
        if text.text and _ANY_MARK.search(text.text):
            text.text = _ANY_MARK.sub("\ufffd", text.text)
    lift_text(body, _addresses(document.part), _notes(document.part))
    _dissolve_layout(body, styles.heading_ids)
    for paragraph in find(body, "./w:p"):
        _restyle(document, paragraph, styles)
    tables = []
    for table in find(body, "./w:tbl"):
        tables.append(table_grid(table, styles.table_header_ids))
        _note_page_breaks(table)
    out = io.BytesIO()
    document.save(out)
    return PreparedWord(out.getvalue(), tuple(tables))


def _addresses(part: Any) -> dict[str, str]:
    return {key: relation.target_ref for key, relation in part.rels.items() if relation.is_external}


def _notes(part: Any) -> dict[tuple[str, str], str]:
    """The texts of foot- and endnotes by kind and id."""
    return {
        (kind, note.get(qualified("w:id"), "")): text
        for kind, name in _NOTE_PARTS.items()
        for notes in _related(part, name)
        for note in find(notes, f"./w:{kind}[not(@w:type) or @w:type='normal']")
        if (text := " ".join(" ".join(paragraph_text(paragraph) for paragraph in find(note, ".//w:p")).split()))
    }


def _related(part: Any, name: str) -> Iterator[Any]:
    from docx.oxml import parse_xml

    for relation in part.rels.values():
        if not relation.is_external and relation.reltype == _RELATION + name:
            yield parse_xml(relation.target_part.blob)


def _dissolve_layout(body: Any, heading_styles: frozenset[str]) -> None:
    """Tables that only lay out the page leave their blocks in their place."""
    for _ in range(_MAX_LAYOUT_ROUNDS):
        layouts = [table for table in find(body, "./w:tbl") if lays_out(table, heading_styles)]
        for table in layouts:
            for block in find(table, "./w:tr/w:tc/w:p | ./w:tr/w:tc/w:tbl"):
                table.addprevious(block)
            body.remove(table)
        if not layouts:
            return


def _restyle(document: Any, paragraph: Any, styles: WordStyles) -> None:
    meaning = styles.meaning(style_of(paragraph))
    if meaning.is_contents:
        paragraph.getparent().remove(paragraph)
    elif meaning.is_title:
        _mark(paragraph, "title")
        paragraph.style = _built_in(document, "Title", styles)
    elif meaning.is_subtitle:
        paragraph.style = None  # it says more about the title, and heads nothing
    elif level := styles.paragraph_level(paragraph):
        paragraph.style = _built_in(document, f"Heading {level}", styles)
    elif meaning.level:
        paragraph.style = None  # body text in the look of a heading
    elif meaning.kind is not None:
        _mark(paragraph, meaning.kind)


def _mark(paragraph: Any, name: str) -> None:
    """An empty paragraph is not marked: it would become a block of nothing."""
    if paragraph_text(paragraph).strip():
        properties = first(paragraph, "./w:pPr")
        run = find(paragraph_of(MARKS[name]), "./w:r")[0]
        if properties is None:
            paragraph.insert(0, run)
        else:
            properties.addnext(run)


def _built_in(document: Any, name: str, styles: WordStyles) -> str:
    """The id of a built-in style, made where the document lacks it."""
    from docx.enum.style import WD_STYLE_TYPE

    style_id = styles.id_of(name)
    if style_id is None:
        style_id = str(document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True).style_id)
        styles.add(name, style_id)
    return style_id


def _note_page_breaks(table: Any) -> None:
    """Page ends inside a table are counted by the library only where they stand in paragraphs of the body."""
    for _ in range(page_breaks(table)):
        paragraph = paragraph_of("")
        find(paragraph, "./w:r")[0].append(paragraph.makeelement(qualified("w:lastRenderedPageBreak")))
        table.addnext(paragraph)
