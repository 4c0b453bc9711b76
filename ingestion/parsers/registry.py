"""Chooses the parser: by what the bytes are first, then by the suffix."""

import re
from dataclasses import replace
from pathlib import PurePosixPath

from ingestion.elements import ParsedDocument, Parser, RawSource
from ingestion.guard.archive import check_archive
from ingestion.guard.content_type import SIGNED, TEXTS, ZIP_BASED, ContentType, content_type
from ingestion.parsers.canonical import section_name
from ingestion.parsers.code import CodeParser
from ingestion.parsers.csv import CsvParser
from ingestion.parsers.html import HtmlParser
from ingestion.parsers.json import JsonParser
from ingestion.parsers.markdown import MarkdownParser
from ingestion.parsers.office.formats import OFFICE_PARSERS
from ingestion.parsers.pdf import PdfParser
from ingestion.parsers.rst import RstParser
from ingestion.parsers.text import TextParser
from ragline.errors import InputError, ParseError

_ALL: tuple[Parser, ...] = (
    MarkdownParser(), HtmlParser(), TextParser(), RstParser(), CodeParser(), CsvParser(), JsonParser(), PdfParser(),
    *OFFICE_PARSERS,
)  # fmt: skip
PARSERS: dict[str, Parser] = {parser.name: parser for parser in _ALL}
_BY_SUFFIX = {suffix: parser for parser in PARSERS.values() for suffix in parser.suffixes}
# Files that by custom are plain text and have no suffix.
_BARE_NAMES = frozenset(
    {"readme", "license", "licence", "notice", "changelog", "changes", "authors", "contributing", "copying"}
)
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar"})
# Parsers that would read the tags of a web page as text.
_READ_ANY_TEXT = frozenset({"text", "markdown", "rst", "csv", "json"})
SUPPORTED_SUFFIXES: tuple[str, ...] = tuple(sorted(_BY_SUFFIX))


def unsupported(name: str) -> str:
    """What to say of a file that no parser reads."""
    suffix = _suffix(name)
    if suffix in _ARCHIVES:
        return f"format {suffix} is not supported: archives are not opened; unpack it beside the other files"
    return f"format {suffix or 'without suffix'} is not supported; convert it or leave it out"


def is_supported(name: str) -> bool:
    """True when the suffix (or, without one, the customary name) belongs to a parser."""
    return _by_name(name) is not None


def format_of_name(name: str) -> str:
    """The name of the parser that the suffix (or the customary name) belongs to, empty for none."""
    parser = _by_name(name)
    return "" if parser is None else parser.name


def parser_for(source: RawSource) -> Parser:
    """The parser for ``source``.

    ``options["format"]``, the name of a parser, decides; then what the bytes are, where that can be told; then the suffix.
    Raises :class:`InputError` for an unknown format name and :class:`ParseError` for what no parser reads.
    """
    wanted = source.options.get("format")
    if wanted is None:
        return _by_content(source, content_type(source.data))
    if wanted not in PARSERS:
        raise InputError(f"unknown format {wanted!r}; use one of: {', '.join(sorted(PARSERS))}")
    return PARSERS[wanted]


def parse(source: RawSource) -> ParsedDocument:
    """The document in ``source``. Its title is never empty: without one of its own it is made from the name.

    Raises :class:`ParseError` when nothing can be read, and for archives that are not safe to open (see
    :mod:`ingestion.guard.archive`). A file without any text, or with another suffix than its format has, is no error, and gets
    a warning.
    """
    parser = parser_for(source)
    found = content_type(source.data)
    if found.kind in ZIP_BASED:
        check_archive(source.data, PurePosixPath(source.name).name)
    parsed = parser.parse(source)
    warnings = parsed.warnings
    named = _by_name(source.name)
    if "format" not in source.options and named is not None and parser is not named:
        warnings += (f"the file is {found.name}, unlike its suffix {_suffix(source.name)}, and was read as such; rename it",)
    if not parsed.elements:
        pictures = "" if found.kind in {*TEXTS, "empty"} else " (words in pictures are not read)"
        warnings += (f"no text in the file{pictures}; fill it or leave it out",)
    return replace(parsed, title=section_name(parsed.title) or title_from_name(source.name), warnings=warnings)


def title_from_name(name: str) -> str:
    """A readable title from a path: ``docs/error-codes_v2.md`` gives ``Error codes v2``."""
    path = PurePosixPath(name)
    stem = path.stem or name
    words = " ".join(re.sub(r"[-_+]+", " ", stem).split()) or stem
    return words[:1].upper() + words[1:]


def parsers_fingerprint() -> str:
    """Changes whenever a parser could read the same bytes differently."""
    return ",".join(f"{name}/{PARSERS[name].version}" for name in sorted(PARSERS))


def _by_content(source: RawSource, found: ContentType) -> Parser:
    named = _by_name(source.name)
    suffix = _suffix(source.name)
    if found.kind == "encrypted":
        raise ParseError("encrypted: it asks for a password; save a copy without one")
    if found.kind not in TEXTS and (parser := _BY_SUFFIX.get(f".{found.kind}")) is not None:
        return parser
    if named is None:
        raise ParseError(unsupported(source.name))
    is_signed = any(each[1:] in SIGNED for each in named.suffixes)
    if found.kind == "html" and (is_signed or named.name in _READ_ANY_TEXT):
        return PARSERS["html"]
    # A PDF may begin with anything; its reader looks further, and says what is wrong.
    if named.name == "pdf" or (found.kind in {*TEXTS, "binary", "empty"} and not is_signed):
        return named
    if found.kind in TEXTS:
        return PARSERS["text"]
    if found.kind == "empty":
        raise ParseError("empty file (0 bytes); replace it by the document")
    if found.kind in ZIP_BASED:
        check_archive(source.data, PurePosixPath(source.name).name)  # one that is a bomb is to be called that
    raise ParseError(
        f"binary content: the file is {found.name}, unlike its suffix {suffix}, and not read; convert it or leave it out"
    )


def _by_name(name: str) -> Parser | None:
    suffix = _suffix(name)
    if not suffix and PurePosixPath(name).name.lower() in _BARE_NAMES:
        return PARSERS["text"]
    return _BY_SUFFIX.get(suffix)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
