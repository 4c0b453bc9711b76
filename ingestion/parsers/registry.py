"""Chooses the parser: by what the bytes are first, then by the suffix."""

import re
from dataclasses import replace
from pathlib import PurePosixPath

from ingestion.elements import ParsedDocument, Parser, RawSource
from ingestion.parsers.csv import CsvParser
from ingestion.parsers.html import HtmlParser
from ingestion.parsers.json import JsonParser
from ingestion.parsers.markdown import MarkdownParser
from ingestion.parsers.pdf import PdfParser, is_pdf
from ingestion.parsers.text import TextParser
from ragline.errors import InputError, ParseError

PARSERS: dict[str, Parser] = {
    parser.name: parser
    for parser in (MarkdownParser(), HtmlParser(), TextParser(), CsvParser(), JsonParser(), PdfParser())
}  # fmt: skip
_BY_SUFFIX = {suffix: parser for parser in PARSERS.values() for suffix in parser.suffixes}
# Files that by custom are plain text and have no suffix.
_BARE_NAMES = frozenset(
    {"readme", "license", "licence", "notice", "changelog", "changes", "authors", "contributing", "copying"}
)
SUPPORTED_SUFFIXES: tuple[str, ...] = tuple(sorted(_BY_SUFFIX))


def is_supported(name: str) -> bool:
    """True when the suffix (or, without one, the customary name) belongs to a parser."""
    return _by_name(name) is not None


def parser_for(source: RawSource) -> Parser:
    """The parser for ``source``.

    ``options["format"]``, the name of a parser, decides; then the signature of PDF; then the suffix. Raises
    :class:`InputError` for an unknown format name and :class:`ParseError` for an unknown suffix.
    """
    wanted = source.options.get("format")
    if wanted is not None:
        if wanted not in PARSERS:
            raise InputError(f"unknown format {wanted!r}; use one of: {', '.join(sorted(PARSERS))}")
        return PARSERS[wanted]
    if is_pdf(source.data):
        return PARSERS["pdf"]
    parser = _by_name(source.name)
    if parser is None:
        raise ParseError(
            f"format {_suffix(source.name) or 'without suffix'} is not supported; convert the file or leave it out"
        )
    return parser


def parse(source: RawSource) -> ParsedDocument:
    """The document in ``source``. Its title is never empty: without one of its own it is made from the name.

    Raises :class:`ParseError` when nothing can be read. A file without any text is no error, and gets a warning.
    """
    parsed = parser_for(source).parse(source)
    warnings = parsed.warnings if parsed.elements else (*parsed.warnings, "no text in the file; fill it or leave it out")
    return replace(parsed, title=parsed.title or title_from_name(source.name), warnings=warnings)


def title_from_name(name: str) -> str:
    """A readable title from a path: ``docs/error-codes_v2.md`` gives ``Error codes v2``."""
    path = PurePosixPath(name)
    stem = path.stem or name
    words = " ".join(re.sub(r"[-_+]+", " ", stem).split()) or stem
    return words[:1].upper() + words[1:]


def parsers_fingerprint() -> str:
    """Changes whenever a parser could read the same bytes differently."""
    return ",".join(f"{name}/{PARSERS[name].version}" for name in sorted(PARSERS))


def _by_name(name: str) -> Parser | None:
    suffix = _suffix(name)
    if not suffix and PurePosixPath(name).name.lower() in _BARE_NAMES:
        return PARSERS["text"]
    return _BY_SUFFIX.get(suffix)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
