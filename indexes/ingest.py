"""Puts sources into a collection: only what changed is parsed, only chunks whose text is new are embedded.

Documents go through in batches. A batch is embedded, then written to the catalog, one transaction a document; every few seconds
what was written is published to the readers. Killed at any point, a further run of the same ingest leads to the same state.
"""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.records import DocumentState, DocumentVersion, embed_hash, embedded_text
from indexes.embedders.base import Embedder
from indexes.store import CollectionStore, WriteSession
from ingestion.chunkers.base import Chunker
from ingestion.identity import content_hash
from ingestion.pipeline import PreparedDocument, document_hash, ingestion_fingerprint, prepare, prepare_document
from ingestion.sources import SkippedSource, SourceFile, load
from ragline.errors import InputError, ParseError
from ragline.settings import Settings
from ragline.types import Document, IngestReport, IngestRow, IngestStatus

Source = SourceFile | SkippedSource | Document


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far an ingest is: sources done (of ``total`` when that is known), chunks embedded so far, the source at hand."""

    done: int
    total: int | None
    embedded: int
    current: str


ProgressCallback = Callable[[IngestProgress], None]


@dataclass(slots=True)
class _Pending:
    """A parsed document that waits for its vectors."""

    version: DocumentVersion
    missing: dict[bytes, str]


class Ingestor:
    """Ingests into one store with one chunker and one embedder."""

    def __init__(self, store: CollectionStore, chunker: Chunker, embedder: Embedder, settings: Settings) -> None:
        self.store = store
        self.chunker = chunker
        self.embedder = embedder
        self.settings = settings
        self.config_hash = _digest(ingestion_fingerprint(chunker), str(embedder.fingerprint))

    def ingest(
        self, sources: Iterable[Source], *, total: int | None = None, progress: ProgressCallback | None = None
    ) -> IngestReport:
        """Ingest every source; the report has a row for each, whatever became of it.

        Raises :class:`ragline.errors.CollectionLockedError` when another process is writing.
        """
        with self.store.writing() as session:
            run = _Run(self, session, total, progress)
            return run.execute(sources)


class _Run:
    """One ingest from start to report."""

    def __init__(self, ingestor: Ingestor, session: WriteSession, total: int | None, progress: ProgressCallback | None) -> None:
        self._owner = ingestor
        self._session = session
        self._total = total
        self._progress = progress
        self._states: dict[str, DocumentState] = ingestor.store.catalog.states()
        self._seen: set[str] = set()
        self._rows: list[IngestRow] = []
        self._pending: list[_Pending] = []
        self._pending_chunks = 0
        self._embedded = 0
        self._embedding_s = 0.0
        self._published_at = time.perf_counter()
        self._run_id = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:8]}"

    def execute(self, sources: Iterable[Source]) -> IngestReport:
        started = time.perf_counter()
        self._session.catalog.start_run(self._run_id, "ingest")
        for source in sources:
            begun = time.perf_counter()
            row = self._take(source)
            self._rows.append(replace(row, seconds=time.perf_counter() - begun))
            if self._pending_chunks >= self._owner.settings.batch_chunks:
                self._flush()
            self._report(row.source)
        self._flush()
        self._session.publish()
        self._session.rebuild_when_due()
        self._report("")
        report = IngestReport(self._run_id, tuple(self._rows), time.perf_counter() - started, self._embedding_s)
        self._session.catalog.finish_run(self._run_id, {**report.counts, "embedded": report.embedded})
        self._session.catalog.checkpoint()
        return report

    def _take(self, source: Source) -> IngestRow:
        """What becomes of one source; a document that has to be written waits in ``_pending``."""
        if isinstance(source, SkippedSource):
            return IngestRow(str(source.path), "", "skipped", source.reason)
        doc_id, name = (source.id, source.id) if isinstance(source, Document) else (source.doc_id, str(source.path))
        if doc_id in self._seen:
            return IngestRow(name, doc_id, "failed", f"the id {doc_id!r} came up before in this ingest; ids must be unique")
        self._seen.add(doc_id)
        try:
            prepared = self._prepare(source, doc_id)
        except (ParseError, InputError) as error:
            return IngestRow(name, doc_id, "failed", str(error))
        return IngestRow(name, doc_id, "unchanged") if prepared is None else self._enqueue(prepared, name)

    def _prepare(self, source: SourceFile | Document, doc_id: str) -> PreparedDocument | None:
        """The parsed and chunked source, or ``None`` when it is as it was."""
        if isinstance(source, Document):
            if self._is_unchanged(doc_id, document_hash(source)):
                return None
            return prepare_document(source, self._owner.chunker)
        raw = load(source)
        if self._is_unchanged(doc_id, content_hash(raw.data)):
            return None
        return prepare(raw, self._owner.chunker, doc_id=doc_id)

    def _is_unchanged(self, doc_id: str, digest: str) -> bool:
        return self._states.get(doc_id) == DocumentState(digest, self._owner.config_hash)

    def _enqueue(self, prepared: PreparedDocument, name: str) -> IngestRow:
        known = self._session.catalog.known_vectors(prepared.doc_id) if prepared.doc_id in self._states else set()
        texts = [embedded_text(chunk) for chunk in prepared.chunks]
        hashes = tuple(map(embed_hash, texts))
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
        version = DocumentVersion(
            prepared.doc_id,
            name,
            prepared.title,
            prepared.text,
            prepared.metadata,
            prepared.acl,
            prepared.language,
            prepared.content_hash,
            self._owner.config_hash,
            prepared.chunks,
            hashes,
        )
        self._pending.append(_Pending(version, missing))
        self._pending_chunks += len(prepared.chunks)
        status: IngestStatus = "updated" if prepared.doc_id in self._states else "added"
        if prepared.warnings or not prepared.chunks:
            status = "degraded"
        reason = "; ".join(prepared.warnings) or ("" if prepared.chunks else "no text in it")
        return IngestRow(name, prepared.doc_id, status, reason, len(prepared.chunks), len(missing))

    def _flush(self) -> None:
        """Embed what is missing, write the waiting documents, and publish when it is time."""
        if not self._pending:
            return
        vectors = self._embed({key: text for item in self._pending for key, text in item.missing.items()})
        self._session.catalog.replace_documents((item.version for item in self._pending), vectors, run_id=self._run_id)
        self._pending.clear()
        self._pending_chunks = 0
        if time.perf_counter() - self._published_at > self._owner.settings.publish_s:
            self._session.publish()
            self._published_at = time.perf_counter()

    def _embed(self, texts: dict[bytes, str]) -> dict[bytes, NDArray[np.float32]]:
        if not texts:
            return {}
        started = time.perf_counter()
        vectors = self._owner.embedder.embed_documents(list(texts.values()), progress=self._embedded_more)
        self._embedding_s += time.perf_counter() - started
        return dict(zip(texts, vectors, strict=True))

    def _embedded_more(self, count: int) -> None:
        self._embedded += count
        self._report(self._pending[-1].version.source)

    def _report(self, current: str) -> None:
        if self._progress is not None:
            # Sources whose vectors are still being computed are not done yet.
            self._progress(IngestProgress(len(self._rows) - len(self._pending), self._total, self._embedded, current))


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
