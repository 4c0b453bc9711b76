"""From a source to chunks that are ready to be embedded: parse, chunk, give identities."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingestion.chunkers.base import BatchChunker, Chunker, ChunkSpan
from ingestion.chunkers.sections import section_bounds
from ingestion.description import apply_description, source_hash
from ingestion.elements import ParsedDocument, RawSource
from ingestion.guard.injection.policy import NOT_SCORED, InjectionPolicy
from ingestion.guard.privacy import OFF, Privacy
from ingestion.identity import chunk_id, content_hash
from ingestion.options import NO_OPTIONS, Options
from ingestion.parsers.office.formats import OFFICE_PARSERS
from ingestion.parsers.registry import PARSERS, parse, parsers_fingerprint
from ingestion.parsers.text import parse_plain_text
from ragline.errors import InputError
from ragline.types import Chunk, Description, Document, Metadata

_CANONICAL = json.JSONEncoder(sort_keys=True, default=str)
TEXT_FORMATS = frozenset(PARSERS) - {"text", "pdf"} - {parser.name for parser in OFFICE_PARSERS}
"""Formats whose source is text, so that a Document can hold it."""


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document with its chunks. ``text`` is the canonical text: ``text[chunk.start:chunk.end] == chunk.text``.

    ``warnings`` is not empty when something in the source could not be read. ``content_hash`` is over all that the caller
    gave: the bytes of a file; text, title, metadata and acl of a :class:`~ragline.types.Document`. ``findings`` counts the
    personal data and secrets in it, by kind.
    """

    doc_id: str
    text: str
    title: str
    content_hash: str
    chunks: tuple[Chunk, ...]
    metadata: Metadata = field(default_factory=dict)
    acl: tuple[str, ...] | None = None
    language: str | None = None
    warnings: tuple[str, ...] = ()
    findings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CutDocument:
    """A document of which it is known where its chunks are, and no more."""

    doc_id: str
    parsed: ParsedDocument
    spans: Sequence[ChunkSpan]
    content_hash: str
    findings: Mapping[str, int] = field(default_factory=dict)


def prepare(
    source: RawSource,
    chunker: Chunker,
    *,
    doc_id: str,
    description: Description | None = None,
    privacy: Privacy = OFF,
    injection: InjectionPolicy = NOT_SCORED,
) -> PreparedDocument:
    """The chunks of a file. Raises :class:`~ragline.errors.ParseError` when it cannot be read, or is to be refused."""
    return finish(cut_file(source, chunker, doc_id=doc_id, description=description, privacy=privacy), chunker, injection)


def prepare_parsed(
    parsed: ParsedDocument,
    chunker: Chunker,
    *,
    doc_id: str,
    digest: str,
    privacy: Privacy = OFF,
    injection: InjectionPolicy = NOT_SCORED,
) -> PreparedDocument:
    """The chunks of a source that has been parsed, scored as ``injection`` says; ``digest`` is its content hash.

    Raises :class:`~ragline.errors.ParseError` when ``privacy`` refuses it.
    """
    return finish(cut(parsed, chunker, doc_id=doc_id, digest=digest, privacy=privacy), chunker, injection)


def prepare_document(
    document: Document,
    chunker: Chunker,
    *,
    digest: str | None = None,
    privacy: Privacy = OFF,
    options: Options = NO_OPTIONS,
    injection: InjectionPolicy = NOT_SCORED,
) -> PreparedDocument:
    """The chunks of a document that the caller has in hand; see :func:`text_document`.

    ``digest`` is its :func:`document_hash` where that is already known.
    """
    return finish(cut_document(document, chunker, digest=digest, privacy=privacy, options=options), chunker, injection)


def cut_file(
    source: RawSource, chunker: Chunker, *, doc_id: str, description: Description | None = None, privacy: Privacy = OFF
) -> CutDocument:
    """The first half of :func:`prepare`."""
    parsed = apply_description(parse(source), description)
    return cut(parsed, chunker, doc_id=doc_id, digest=source_hash(source.data, description), privacy=privacy)


def cut_document(
    document: Document, chunker: Chunker, *, digest: str | None = None, privacy: Privacy = OFF, options: Options = NO_OPTIONS
) -> CutDocument:
    """The first half of :func:`prepare_document`."""
    digest = digest or document_hash(document)
    return cut(text_document(document, options), chunker, doc_id=document.id, digest=digest, privacy=privacy)


def cut(parsed: ParsedDocument, chunker: Chunker, *, doc_id: str, digest: str, privacy: Privacy = OFF) -> CutDocument:
    """The first half of :func:`prepare_parsed`."""
    parsed, findings = privacy.apply(parsed)
    return CutDocument(doc_id, parsed, chunker.chunk(parsed), digest, findings)


def finish(found: CutDocument, chunker: Chunker, injection: InjectionPolicy = NOT_SCORED) -> PreparedDocument:
    """The second half: the chunks themselves, scored as ``injection`` says."""
    parsed = found.parsed
    return PreparedDocument(
        doc_id=found.doc_id,
        text=parsed.text,
        title=parsed.title,
        content_hash=found.content_hash,
        chunks=_chunks(found.doc_id, parsed, found.spans, chunker.fingerprint, injection),
        metadata=parsed.metadata,
        acl=parsed.acl,
        language=parsed.language,
        warnings=parsed.warnings,
        findings=found.findings,
    )


def prepare_documents(documents: Iterable[Document], chunker: BatchChunker) -> list[PreparedDocument]:
    """The same as :func:`prepare_document` for each, but tokens are counted for all at a time."""
    given = list(documents)
    parsed = [text_document(document) for document in given]
    return [
        finish(CutDocument(document.id, each, spans, document_hash(document)), chunker)
        for document, each, spans in zip(given, parsed, chunker.chunk_many(parsed), strict=True)
    ]


def text_document(document: Document, options: Options = NO_OPTIONS) -> ParsedDocument:
    """The structure of ``document.text``.

    It is read as plain text, which stays exactly ``document.text``, unless the metadata names another text format
    (``{"format": "markdown"}``, html, csv, json), whose parser gets ``options``. What the document says of itself (title,
    metadata, acl) goes before what is found in the text; an acl found in the text holds where the document has none.

    Raises :class:`InputError` for lone surrogates, which cannot be stored.
    """
    wanted = document.metadata.get("format")
    if isinstance(wanted, str) and wanted in TEXT_FORMATS:
        found = PARSERS[wanted].parse(RawSource(document.id, _encoded(document), {**options, "format": wanted}))
    else:
        found = parse_plain_text(document.text)
    return ParsedDocument(
        text=found.text,
        elements=found.elements,
        title=document.title or found.title,
        metadata={**found.metadata, **document.metadata} if found.metadata else document.metadata,
        language=found.language or _language(document.metadata),
        acl=found.acl if document.acl is None else document.acl,
        warnings=found.warnings,
        source_map=found.source_map,
    )


def document_hash(document: Document) -> str:
    """Changes whenever anything in the document but its id does. The order of metadata keys does not matter."""
    rest = _CANONICAL.encode([document.title, dict(document.metadata), document.acl])
    return content_hash(b"%d:" % len(rest) + rest.encode() + _encoded(document))


def ingestion_fingerprint(chunker: Chunker) -> str:
    """Changes whenever the same source could come out as other chunks: parsers and chunker with all their settings."""
    return f"{parsers_fingerprint()};{chunker.fingerprint}"


def _encoded(document: Document) -> bytes:
    try:
        return document.text.encode("utf-8")
    except UnicodeEncodeError as error:
        reason = f"the text of document {document.id!r} has a lone surrogate at character {error.start}"
        raise InputError(f"{reason}; decode it with errors='replace' and pass it again") from error


def _language(metadata: Metadata) -> str | None:
    language = metadata.get("language", metadata.get("lang"))
    return language if isinstance(language, str) else None


def _chunks(
    doc_id: str, parsed: ParsedDocument, spans: Sequence[ChunkSpan], fingerprint: str, injection: InjectionPolicy
) -> tuple[Chunk, ...]:
    seen: dict[str, int] = {}
    bounds = section_bounds(parsed.text, parsed.elements)
    ends = [end for _, end in bounds]
    starts = [start for start, _ in bounds]
    chunks = []
    for ordinal, span in enumerate(spans):
        text = parsed.text[span.start : span.end]
        equals = seen.get(text, 0)
        seen[text] = equals + 1
        score, is_kept_out = injection.verdict(text, span.context or parsed.title)
        chunks.append(
            Chunk(
                id=chunk_id(doc_id, text, equals, fingerprint),
                doc_id=doc_id,
                text=text,
                start=span.start,
                end=span.end,
                kind=span.kind,
                section_path=span.section_path,
                page=span.page,
                ordinal=ordinal,
                title=parsed.title,
                context=span.context,
                metadata=parsed.metadata,
                role=span.role,
                section_start=starts[bisect_right(ends, span.start)],
                section_end=ends[bisect_left(starts, span.end) - 1],
                injection=score,
                quarantined=is_kept_out,
            )
        )
    return tuple(chunks)
