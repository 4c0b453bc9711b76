"""reStructuredText. The source is the canonical text, and elements are spans of its lines.

docutils is not used: its nodes carry the line of a block only roughly and no offsets, and it refuses the directives and roles
of Sphinx (docs/decisions/0016).
"""

import re

from ingestion.decode import decode
from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.links import links_metadata
from ingestion.parsers.rst_blocks import RstReader
from ingestion.parsers.rst_inline import link_targets, plain_text
from ingestion.parsers.units import with_units
from ragline.types import MetadataValue

# Fields at the head of a document that describe it (docutils, "Bibliographic Fields").
_DESCRIBING = frozenset({"author", "authors", "organization", "contact", "version", "revision", "status", "date", "copyright"})
_FIELD = re.compile(r"^:(?P<name>[\w -]+):[ \t]+(?P<value>\S.*)$", re.MULTILINE)


class RstParser:
    """Comments, targets, settings and lists of pages are no elements; a directive's own line belongs to what it holds."""

    name = "rst"
    version = 2
    suffixes: tuple[str, ...] = (".rst", ".rest")

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        text = decoded.text
        reader = RstReader(text)
        reader.read()
        elements = with_units(text, reader.elements)
        texts = "\n".join(text[each.start : each.end] for each in elements if each.kind != "code")
        targets = link_targets(f"{texts}\n{reader.targets}")
        return ParsedDocument(
            text=text,
            elements=elements,
            title=reader.title,
            metadata={**decoded.metadata, **links_metadata(targets), **_described(text, reader)},
            warnings=decoded.warnings,
            source_map=decoded.source_map,
        )


def _described(text: str, reader: RstReader) -> dict[str, MetadataValue]:
    """The fields in front of the first text, title aside."""
    first = next((element for element in reader.elements if element.kind != "heading"), None)
    if first is None or first.kind != "list":
        return {}
    fields = {found["name"].lower(): plain_text(found["value"]) for found in _FIELD.finditer(text, first.start, first.end)}
    return {name: value for name, value in fields.items() if name in _DESCRIBING}
