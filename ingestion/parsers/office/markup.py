"""OpenDocument text, EPUB, RTF and Org: pandoc turns them into HTML, which our own HTML parser reads."""

import html
import re
from collections.abc import Mapping
from dataclasses import replace

from ingestion.decode import decode, replace_surrogates
from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.html import HtmlParser
from ingestion.parsers.office.links import spell_out_links
from ingestion.parsers.office.pandoc import convert
from ingestion.parsers.office.properties import open_document_properties, properties
from ingestion.parsers.office.signatures import require_kind
from ragline.types import Metadata, MetadataValue

_TAG = re.compile(r"<[^>]*>")
# Fields of pandoc (EPUB has Dublin Core, Org and RTF their own) and the names that all office formats share.
_NAMES = {
    "title": "title",
    "author": "author",
    "creator": "author",
    "date": "created",
    "subject": "subject",
    "keywords": "keywords",
    "description": "description",
    "publisher": "publisher",
    "identifier": "identifier",
    "language": "language",
    "lang": "language",
    "rights": "rights",
}
# What pandoc and other programs write where the language is not known (ISO 639-2: undetermined; the C locale).
_NO_LANGUAGE = frozenset({"c", "und"})


class OdtParser:
    """OpenDocument text. Pages are not known: they are made when the file is printed."""

    name = "odt"
    version = 1
    suffixes: tuple[str, ...] = (".odt",)

    def parse(self, source: RawSource) -> ParsedDocument:
        require_kind(source, "odt")
        return _parsed(source, "odt", open_document_properties(source.data))


class EpubParser:
    """EPUB 2 and 3, all chapters in reading order."""

    name = "epub"
    version = 1
    suffixes: tuple[str, ...] = (".epub",)

    def parse(self, source: RawSource) -> ParsedDocument:
        require_kind(source, "epub")
        return _parsed(source, "epub")


class RtfParser:
    """Rich Text Format. Lists that the file only draws with bullets come as paragraphs."""

    name = "rtf"
    version = 1
    suffixes: tuple[str, ...] = (".rtf",)

    def parse(self, source: RawSource) -> ParsedDocument:
        require_kind(source, "rtf")
        return _parsed(source, "rtf")


class OrgParser:
    """Org mode. ``#+INCLUDE`` is not followed; dashes and dots stay as they are written."""

    name = "org"
    version = 1
    suffixes: tuple[str, ...] = (".org",)

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        plain = replace(source, data=replace_surrogates(decoded.text).encode())
        return _parsed(plain, "org-special_strings", warnings=decoded.warnings)


def _parsed(source: RawSource, reader: str, found: Metadata | None = None, warnings: tuple[str, ...] = ()) -> ParsedDocument:
    converted = convert(source.data, reader)
    parsed = HtmlParser().parse(RawSource(source.name, spell_out_links(converted.html).encode("utf-8", "replace")))
    metadata = {**_metadata(converted.metadata), **(found or {})}
    language = str(metadata.pop("language", "") or "")
    return replace(
        parsed,
        title=str(metadata.pop("title", "") or "") or parsed.title,
        metadata=metadata,
        language=language if language and language.casefold() not in _NO_LANGUAGE else None,
        warnings=parsed.warnings + warnings,
    )


def _metadata(found: Mapping[str, object]) -> dict[str, MetadataValue]:
    """What pandoc found, by our names. Of several dates the last is the first edition's, so the earliest is kept."""
    values: dict[str, object] = {}
    for field, name in _NAMES.items():
        texts = _texts(found.get(field))
        if texts and name not in values:
            values[name] = min(texts) if name == "created" else texts
    return properties(values)


def _texts(value: object) -> list[str]:
    """The texts in a field; pandoc gives them as HTML, singly, in lists, or in maps with a ``text``."""
    if isinstance(value, str):
        words = " ".join(html.unescape(_TAG.sub("", value)).split())
        return [words] if words else []
    if isinstance(value, list):
        return [words for item in value for words in _texts(item)]
    if isinstance(value, dict):
        return _texts(value.get("text", value.get("name")))
    return []
