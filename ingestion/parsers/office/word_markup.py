"""Moves what ``unstructured`` would drop from a Word document to where it looks.

It reads the runs and hyperlinks that lie directly in a paragraph, and the paragraphs and tables that lie directly in the body.
Inserted text, content controls, fields, equations, text boxes and notes lie deeper, and are lifted out; what the document only
keeps (deleted and hidden text, the automatic table of contents) goes. The names are those of ISO 29500-1, part 17.
"""

import re
from collections.abc import Mapping
from typing import Any

from ingestion.parsers.office.links import address_suffix
from ingestion.parsers.office.ooxml import find, first, qualified

_WRAPPERS = ("w:sdt", "w:ins", "w:moveTo", "w:smartTag", "w:fldSimple", "w:customXml", "w:dir", "w:bdo")
_GONE = (
    ".//w:sdt[.//w:docPartGallery[@w:val='Table of Contents']]",
    ".//w:del",
    ".//w:moveFrom",
    ".//w:tr[w:trPr/w:del]",
    ".//w:r[w:rPr/w:vanish[not(@w:val='0' or @w:val='false')]]",
)
_FIELD_ADDRESS = re.compile(r"\s*HYPERLINK\s+\"([^\"]+)\"")


def lift_text(body: Any, addresses: Mapping[str, str], notes: Mapping[tuple[str, str], str]) -> None:
    """Change ``body`` in place.

    ``addresses`` maps the ids of relationships to addresses outside; ``notes`` maps ``footnote`` or ``endnote`` and an id to a
    text.
    """
    for path in _GONE:
        for element in find(body, path):
            _remove(element)
    _choose_alternatives(body)
    for tag in _WRAPPERS:
        _unwrap_all(body, tag)
    _spell_out_equations(body)
    _spell_out_addresses(body, addresses)
    _lift_text_boxes(body)
    _lift_notes(body, notes)


def _choose_alternatives(body: Any) -> None:
    """Of markup for newer and older programs, that for newer ones."""
    for fallback in find(body, ".//mc:AlternateContent[mc:Choice]/mc:Fallback"):
        _remove(fallback)


def _unwrap_all(body: Any, tag: str) -> None:
    for wrapper in find(body, f".//{tag}[not(ancestor::w:rPr or ancestor::w:trPr or ancestor::w:tcPr or ancestor::w:pPr)]"):
        content = first(wrapper, "./w:sdtContent") if tag == "w:sdt" else wrapper
        for child in list(content) if content is not None else ():
            wrapper.addprevious(child)
        _remove(wrapper)


def _spell_out_equations(body: Any) -> None:
    """The letters of an equation, in order: its layout is lost."""
    for equation in find(body, ".//m:oMathPara | .//m:oMath[not(ancestor::m:oMathPara)]"):
        equation.addprevious(_run(_words(equation, ".//m:t")))
        _remove(equation)


def _spell_out_addresses(body: Any, addresses: Mapping[str, str]) -> None:
    for link in find(body, ".//w:hyperlink[@r:id]"):
        address = addresses.get(link.get(qualified("r:id")))
        if suffix := address_suffix(_words(link, ".//w:t"), address):
            link.append(_run(suffix))
    for instruction in find(body, ".//w:instrText[contains(., 'HYPERLINK')]"):
        if (found := _FIELD_ADDRESS.match(instruction.text or "")) is not None:
            _spell_out_field(instruction.getparent(), found.group(1))


def _spell_out_field(run: Any, address: str) -> None:
    """A link written as a field: begin, instruction, separate, the words, end, each in runs of one paragraph."""
    words = ""
    for sibling in run.itersiblings():
        if find(sibling, "./w:fldChar[@w:fldCharType='end']"):
            if suffix := address_suffix(words, address):
                sibling.addprevious(_run(suffix))
            return
        words += _words(sibling, ".//w:t")


def _lift_text_boxes(body: Any) -> None:
    """The blocks of a text box stand behind the paragraph that it is anchored in."""
    for box in reversed(find(body, ".//w:txbxContent[not(ancestor::w:txbxContent)]")):
        anchor = first(box, "ancestor::w:p[1]")
        if anchor is None:
            continue
        for block in reversed(list(box)):
            anchor.addnext(block)
        _remove(box)


def _lift_notes(body: Any, notes: Mapping[tuple[str, str], str]) -> None:
    """A number where the note is called, and the note behind the paragraph or table that calls it."""
    number = 0
    last_of: dict[Any, Any] = {}
    for reference in find(body, ".//w:footnoteReference | .//w:endnoteReference"):
        kind = "footnote" if reference.tag == qualified("w:footnoteReference") else "endnote"
        note = notes.get((kind, reference.get(qualified("w:id"), "")))
        block = first(reference, "ancestor::*[parent::w:body]")
        if not note or block is None:
            continue
        number += 1
        last = last_of.get(block, block)
        reference.getparent().addprevious(_run(f"[{number}]"))
        last_of[block] = paragraph_of(f"[{number}] {note}")
        last.addnext(last_of[block])


def _words(element: Any, path: str) -> str:
    return "".join(part.text or "" for part in find(element, path))


def paragraph_of(words: str) -> Any:
    from docx.oxml import OxmlElement

    paragraph = OxmlElement("w:p")
    paragraph.append(_run(words))
    return paragraph


def _run(words: str) -> Any:
    from docx.oxml import OxmlElement

    run = OxmlElement("w:r")
    run.text = words
    return run


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
