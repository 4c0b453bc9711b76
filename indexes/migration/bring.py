"""Brings documents that are stored already: with the chunks they have where only terms change, else chunked anew.

They are chunked by the way that keeps most of their structure. First the canonical text is parsed again, where it is the
source; else the source file is read again, where it is there and gives the same text; else the stored chunks say what they
know. Either way only the chunks are new: every other field of a document stays what it is, whatever the parser or the file
would say of it now, its access list above all.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from indexes.catalog.records import DocumentVersion, embed_hash
from indexes.lexical.ahead import Ahead, analyse_chunks, recipe_of_terms
from indexes.migration.report import Way
from ingestion.chunkers.auto import AutoChunker
from ingestion.chunkers.base import Chunker
from ingestion.chunkers.structure import StructureChunker
from ingestion.description import Sidecars, describe_file
from ingestion.downloads import is_url
from ingestion.embedded import embedded_text
from ingestion.guard.injection.policy import InjectionPolicy, freed, kept_apart
from ingestion.guard.privacy import OFF, Privacy
from ingestion.options import parser_options
from ingestion.pipeline import PreparedDocument, prepare_parsed
from ingestion.sources import SourceFile
from ingestion.stored import lost_headings, parsed_from_chunks, text_again
from ingestion.workers.preparer import Preparer
from ingestion.workers.process import WorkerLimits
from ingestion.workers.tasks import Outcome, Task
from ragline.settings import Settings
from ragline.types import Description

_BLOCK_DOCUMENTS = 512
_BLOCK_CHARACTERS = 1 << 24


@dataclass(frozen=True, slots=True)
class Brought:
    """A stored version with new chunks, how its structure was found, the texts that its chunks are embedded as, and those of
    their terms that are known.
    """

    version: DocumentVersion
    way: Way
    texts: dict[bytes, str]
    ahead: Ahead


class Bringer(Protocol):
    """Brings stored versions to where they get other chunks, or other terms."""

    def bring(self, versions: Iterable[DocumentVersion]) -> Iterator[Brought]:
        """Every version, in order. ``config_hash`` is left for the caller."""
        ...


class Keeper:
    """Keeps the chunks of stored documents, and makes their terms by another analysis."""

    def __init__(self, analysis: str) -> None:
        self._analysis = analysis

    def bring(self, versions: Iterable[DocumentVersion]) -> Iterator[Brought]:
        """Every version as it is, in order."""
        for version in versions:
            texts = [embedded_text(chunk) for chunk in version.chunks]
            terms = analyse_chunks(version.chunks, version.language, analysis=self._analysis)
            known = {(text, version.language): each for text, each in zip(texts, terms, strict=True)}
            yield Brought(version, "kept", dict(zip(version.embed_hashes, texts, strict=True)), known)


class Rechunker:
    """Chunks stored documents with one chunker, for an index with one ``analysis``."""

    def __init__(self, chunker: Chunker, settings: Settings, analysis: str) -> None:
        self._chunker = chunker
        self._settings = settings
        self._analysis = analysis
        self._injection = InjectionPolicy(settings.injection, settings.injection_threshold)
        self._keeps_sections = isinstance(chunker, StructureChunker | AutoChunker)
        self._sidecars = Sidecars()
        self._waiting: dict[str, DocumentVersion] = {}

    def bring(self, versions: Iterable[DocumentVersion]) -> Iterator[Brought]:
        """Every version with new chunks, in order. ``config_hash`` is left for the caller."""
        with self._preparer() as texts, self._preparer(as_configured=True) as files:
            for block in _blocks(versions):
                parsed = texts.run(map(self._by_text, block))
                for item in files.run(self._by_file(each) for each in parsed):
                    yield self._last(item)

    def _preparer(self, *, as_configured: bool = False) -> "Preparer[Brought | DocumentVersion]":
        """For stored texts, which are as privacy has left them; or for files, which are read as an ingest would read them."""
        settings = self._settings
        return Preparer(
            self._chunker,
            limits=WorkerLimits(settings.parse_timeout_s, settings.parse_memory_mb),
            children=settings.parse_workers,
            privacy=Privacy.parse(settings.privacy, settings.privacy_kinds) if as_configured else OFF,
            options=parser_options(settings) if as_configured else {},
            analysis=recipe_of_terms(self._analysis),
            injection=self._injection,
        )

    def _by_text(self, version: DocumentVersion) -> DocumentVersion | Task:
        document = text_again(version.doc_id, version.source, version.text, version.title, version.metadata)
        if document is None:
            return version
        self._waiting[version.doc_id] = version
        return Task(document, version.doc_id, len(version.text), version.content_hash)

    def _by_file(self, item: "Brought | DocumentVersion | Outcome") -> "Brought | DocumentVersion | Task":
        if isinstance(item, Outcome):
            found = self._taken(item, "text")
            if isinstance(found, Brought):
                return found
            item = found
        if isinstance(item, Brought) or item.source == item.doc_id or is_url(item.source):
            return item
        path = Path(item.source)
        if not path.is_file():
            return item
        said = describe_file(path, None, self._sidecars)
        options = {} if said is None else said.options
        description = Description(item.title, item.metadata, item.acl, item.language, options)
        self._waiting[item.doc_id] = item
        source = SourceFile(path, item.doc_id, description=description, place=os.path.realpath(path))
        return Task(source, item.doc_id, path.stat().st_size)

    def _last(self, item: "Brought | DocumentVersion | Outcome") -> Brought:
        if isinstance(item, Outcome):
            found = self._taken(item, "file")
            if isinstance(found, Brought):
                return found
            item = found
        if isinstance(item, Brought):
            return item
        parsed = parsed_from_chunks(item.text, item.title, item.chunks)
        prepared = prepare_parsed(
            parsed, self._chunker, doc_id=item.doc_id, digest=item.content_hash, injection=self._injection
        )
        return _brought(item, prepared, "chunks", ())

    def _taken(self, outcome: Outcome, way: Way) -> Brought | DocumentVersion:
        """What came of a task; the version itself where that is not its text, or misses headings that it had."""
        version = self._waiting.pop(outcome.task.doc_id)
        prepared = outcome.prepared
        if prepared is None or prepared.text != version.text or (version.chunks and not prepared.chunks):
            return version
        if way == "text" and self._keeps_sections and lost_headings(version.chunks, prepared.chunks):
            return version  # it was not in the format that its name says
        return _brought(version, prepared, way, outcome.terms)


def _blocks(versions: Iterable[DocumentVersion]) -> Iterator[list[DocumentVersion]]:
    """What is held in memory at a time."""
    block: list[DocumentVersion] = []
    size = 0
    for version in versions:
        block.append(version)
        size += len(version.text)
        if len(block) >= _BLOCK_DOCUMENTS or size >= _BLOCK_CHARACTERS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _brought(version: DocumentVersion, prepared: PreparedDocument, way: Way, terms: Sequence[tuple[str, str]]) -> Brought:
    texts = [embedded_text(chunk) for chunk in prepared.chunks]
    hashes = tuple(map(embed_hash, texts))
    known = {(text, prepared.language): each for text, each in zip(texts, terms, strict=False)}
    # What was kept out stays out, whatever the settings are now; what somebody has let out stays so.
    chunks = freed(prepared.chunks) if version.released else kept_apart(prepared.chunks, version.chunks)
    new = replace(version, chunks=chunks, embed_hashes=hashes)
    return Brought(new, way, dict(zip(hashes, texts, strict=True)), known)
