"""Zip archives that are the same byte for byte on every run: repacked office files, and EPUB written by hand."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from html import escape

from office_marks import Block, blocks

# In a zip archive time begins here.
ARCHIVED = (1980, 1, 1, 0, 0, 0)
STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:varnholm:first-years</dc:identifier>
<dc:title>{title}</dc:title><dc:creator>Ingrid Varnholm</dc:creator><dc:language>en</dc:language>
<meta property="dcterms:modified">2024-03-01T00:00:00Z</meta></metadata>
<manifest>{items}
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>
<spine>{spine}</spine></package>
"""


def make_epub(text: str) -> bytes:
    """An EPUB 3 with a file for every chapter."""
    title = next(block.text for block in blocks(text) if block.kind == "title")
    chapters: list[list[str]] = [[]]
    for block in blocks(text):
        if block.kind == "heading" and block.level == 1:
            chapters.append([])
        chapters[-1].append(as_html(block))
    names = [f"chapter-{number}.xhtml" for number in range(len(chapters))]
    items = "".join(f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(names))
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(names)))
    links = "".join(f'<li><a href="{name}">Part {number}</a></li>' for number, name in enumerate(names))
    nav = f'<nav epub:type="toc" xmlns:epub="http://www.idpf.org/2007/ops"><ol>{links}</ol></nav>'
    package = PACKAGE.format(title=escape(title), items=items, spine=spine)
    files = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "package.opf": package}
    files |= {name: page(title, "".join(chapter)) for name, chapter in zip(names, chapters, strict=True)}
    return packed({name: content.encode() for name, content in (files | {"nav.xhtml": page(title, nav)}).items()})


def as_html(block: Block) -> str:
    """A block of a book."""
    if block.kind == "table":
        rows = enumerate(block.table.rows)
        tagged = [("th" if number < block.table.header_rows else "td", row) for number, row in rows]
        lines = ["".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) for tag, row in tagged]
        return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
    tag = {"title": "h1", "heading": f"h{block.level + 1}"}.get(block.kind, "p")
    content = f"<{tag}>{escape(block.text)}</{tag}>"
    return f"<ul><li>{escape(block.text)}</li></ul>" if block.kind == "item" else content


def page(title: str, content: str) -> str:
    """An XHTML page; items that follow each other are one list."""
    head = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{escape(title)}</title></head>'
    return f'<?xml version="1.0" encoding="utf-8"?>{head}<body>{content.replace("</ul><ul>", "")}</body></html>'


def repacked(data: bytes, made: datetime) -> bytes:
    """The archive with fixed dates, those of archives inside included; ``made`` is the date of its document."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    stamp = rb"\g<1>" + made.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    for name, content in files.items():
        if content.startswith(b"PK\x03\x04"):
            files[name] = repacked(content, made)
        elif name == "docProps/core.xml":
            files[name] = STAMP.sub(stamp, content)
    return packed(files)


def packed(files: dict[str, bytes]) -> bytes:
    """A zip archive; the first file is stored, as EPUB wants it of its ``mimetype``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, content) in enumerate(files.items()):
            method = zipfile.ZIP_DEFLATED if number or name != "mimetype" else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name, ARCHIVED), content, method)
    return out.getvalue()
