"""Puts sources into a collection: only what changed is parsed, only chunks whose text is new are embedded.

Child processes parse and chunk ahead (see :mod:`ingestion.workers`). Documents go through in batches: a batch is embedded, then
written to the catalog, no document in two commits; every few seconds what was written is published to the readers. Killed at
any point, a further run of the same ingest leads to the same state.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.records import DocumentState, DocumentVersion, embed_hash
from indexes.catalog.run_id import new_run_id
from indexes.embedders.base import Embedder, EmbedderFingerprint
from indexes.ingest_warnings import Noted
from indexes.lexical.ahead import Analysed, recipe_of_terms
from indexes.store import CollectionStore, WriteSession
from indexes.sync import SyncPlan, check_brake, plan_sync, preview_rows
from ingestion.chunkers.base import Chunker
from ingestion.description import source_hash
from ingestion.documents import check_document, shown_id
from ingestion.downloads import Downloads, SourceUrl
from ingestion.embedded import embedded_text
from ingestion.guard.injection.policy import InjectionPolicy, freed
from ingestion.guard.privacy import Privacy
from ingestion.options import options_fingerprint, parser_options
from ingestion.pipeline import PreparedDocument, document_hash, ingestion_fingerprint
from ingestion.sources import Found, SkippedSource, SourceFile, load
from ingestion.workers.preparer import Preparer
from ingestion.workers.process import WorkerLimits
from ingestion.workers.tasks import Outcome, Task
from ragline.errors import InputError, ParseError, RaglineError, StorageError
from ragline.reports import IngestReport, IngestRow, IngestStatus
from ragline.settings import Settings
from ragline.types import Document

Source = SourceFile | SkippedSource | SourceUrl | Document


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far an ingest is: sources done (of ``total`` when that is known), chunks embedded so far, the source at hand."""

    done: int
    total: int | None
    embedded: int
    current: str


logger = logging.getLogger(__name__)

ProgressCallback = Callable[[IngestProgress], None]


@dataclass(slots=True)
class _Pending:
    """A parsed document that waits for its vectors: its row in the report, the texts that its chunks are embedded as, and
    those of their terms that are known. A version that is there already and gets another access list has no row.
    """

    version: DocumentVersion
    row: int | None
    texts: dict[bytes, str]
    ahead: dict[tuple[str, str | None], Analysed]
    moved_from: str | None


class Ingestor:
    """Ingests into one store with one chunker and one embedder."""

    def __init__(self, store: CollectionStore, chunker: Chunker, embedder: Embedder, settings: Settings) -> None:
        self.store = store
        self.chunker = chunker
        self.embedder = embedder
        self.settings = settings
        self.privacy = Privacy.parse(settings.privacy, settings.privacy_kinds)
        self.injection = InjectionPolicy(settings.injection, settings.injection_threshold)
        self.options = parser_options(settings)
        self.config_hash = config_hash(chunker, embedder.fingerprint, settings)

    def ingest(
        self,
        sources: Iterable[Source],
        folders: Sequence[Path] = (),
        *,
        total: int | None = None,
        progress: ProgressCallback | None = None,
    ) -> IngestReport:
        """Ingest every source; the report has a row for each, whatever became of it.

        Files that have moved within the ``folders``, of which the sources are all there is, take the place of the documents
        that they were; what else has vanished stays.

        Raises :class:`ragline.errors.CollectionLockedError` when another process is writing.
        """
        with self.store.writing() as session:
            plan = SyncPlan()
            if folders:
                sources = list(sources)
                plan = replace(plan_sync(sources, folders, self.store.catalog.states()), vanished=())
            return _Run(self, session, plan, total, progress).execute("ingest", sources)

    def sync(
        self, found: Sequence[Found], folders: Sequence[Path], *, force: bool = False, progress: ProgressCallback | None = None
    ) -> IngestReport:
        """Ingest what was found in the folders, and remove the documents from there that have vanished.

        The report has a row for every file and for every document removed. Raises :class:`InputError` and changes nothing when
        too many have vanished, unless ``force`` is given.
        """
        with self.store.writing() as session:
            plan = plan_sync(found, folders, self.store.catalog.states())
            check_brake(plan, 1.0 if force else self.settings.sync_max_removed)
            return _Run(self, session, plan, len(found), progress).execute("sync", found)

    def preview(self, found: Sequence[Found], folders: Sequence[Path]) -> IngestReport:
        """What :meth:`sync` would do, without parsing or writing anything; its ``run_id`` is empty."""
        started = time.perf_counter()
        states = self.store.catalog.states()
        plan = plan_sync(found, folders, states)
        rows = preview_rows(found, plan, states, self.config_hash)
        return IngestReport("", tuple(rows), time.perf_counter() - started)


class _Run:
    """One ingest from start to report."""

    def __init__(
        self, ingestor: Ingestor, session: WriteSession, plan: SyncPlan, total: int | None, progress: ProgressCallback | None
    ) -> None:
        self._owner = ingestor
        self._session = session
        self._sync = plan
        self._total = total
        self._progress = progress
        self._states: dict[str, DocumentState] = ingestor.store.catalog.states()
        self._seen: set[str] = set()
        self._rows: list[IngestRow] = []
        self._pending: list[_Pending] = []
        self._pending_chunks = 0
        self._embedded = 0
        self._replaced = 0
        self._noted = Noted()
        self._embedding_s = 0.0
        self._published_at = time.perf_counter()
        self._downloads = Downloads()
        self._run_id = new_run_id()

    def execute(self, kind: str, sources: Iterable[Source]) -> IngestReport:
        started = time.perf_counter()
        self._session.catalog.start_run(self._run_id, kind)
        try:
            self._ingest_all(sources)
            self._session.publish()
            refusal = self._session.rebuild_when_due()
        except BaseException as error:
            self._end_early(error)
            raise
        self._report("")
        self._noted.chunks = sum(row.flagged for row in self._rows)
        warnings = tuple(filter(None, (*self._noted.warnings(self._owner.injection.mode), refusal)))
        report = IngestReport(self._run_id, tuple(self._rows), time.perf_counter() - started, self._embedding_s, warnings)
        summary = {**report.counts, "embedded": report.embedded, "replaced": self._replaced}
        self._session.catalog.finish_run(self._run_id, {**summary, "warnings": warnings} if warnings else summary)
        with suppress(StorageError):  # everything is committed; what stays in the log is moved another time
            self._session.catalog.checkpoint()
        return report

    def _ingest_all(self, sources: Iterable[Source]) -> None:
        settings = self._owner.settings
        limits = WorkerLimits(settings.parse_timeout_s, settings.parse_memory_mb)
        preparing = Preparer[IngestRow](
            self._owner.chunker,
            limits=limits,
            children=settings.parse_workers,
            privacy=self._owner.privacy,
            options=self._owner.options,
            analysis=recipe_of_terms(self._owner.store.analyser.analysis),
            expected=self._total,
            injection=self._owner.injection,
        )
        with self._downloads, preparing as preparer:
            for item in preparer.run(map(self._plan, sources)):
                row = self._take(item) if isinstance(item, Outcome) else item
                self._rows.append(row)
                if self._pending_chunks >= settings.batch_chunks:
                    self._flush()
                self._report(row.source)
        self._flush()
        self._remove_vanished()

    def _end_early(self, error: BaseException) -> None:
        """Publish what was committed, and record how the run ended. ``error`` is what counts: a further one is only logged."""
        waiting = {item.row for item in self._pending}
        stored = tuple(row for number, row in enumerate(self._rows) if number not in waiting)
        counts = IngestReport(self._run_id, stored, 0.0).counts
        try:
            self._session.publish()
            self._session.catalog.finish_run(
                self._run_id, {**counts, "replaced": self._replaced, "interrupted": type(error).__name__}
            )
        except RaglineError as further:
            logger.warning("the interrupted run %s could not be published and recorded: %s", self._run_id, further)

    def _plan(self, source: Source) -> IngestRow | Task:
        """The row of a source that is not to be prepared, or what is to be done for it."""
        if isinstance(source, SkippedSource):
            return IngestRow(str(source.path), "", "skipped", self._with_former(source.reason, source, source.doc_id))
        if isinstance(source, Document):
            try:
                source = check_document(source)
            except InputError as error:
                return IngestRow(shown_id(source), shown_id(source), "failed", str(error))
        doc_id = source.id if isinstance(source, Document) else source.doc_id
        name = source.name if isinstance(source, SourceFile) else doc_id
        if doc_id in self._seen:
            return IngestRow(name, doc_id, "failed", f"the id {doc_id!r} came up before in this ingest; ids must be unique")
        self._seen.add(doc_id)
        started = time.perf_counter()
        try:
            if isinstance(source, SourceUrl):
                source = self._downloads.take(source)
            task = self._task(source, doc_id)
        except (ParseError, InputError) as error:
            reason = self._with_former(str(error), source, doc_id)
            return IngestRow(name, doc_id, "failed", reason, seconds=time.perf_counter() - started)
        return task or IngestRow(name, doc_id, "unchanged", seconds=time.perf_counter() - started)

    def _task(self, source: SourceFile | Document, doc_id: str) -> Task | None:
        """What is to be done for a source, ``None`` when it is as it was."""
        if isinstance(source, Document):
            digest = document_hash(source)
            return None if self._is_unchanged(doc_id, digest) else Task(source, doc_id, len(source.text), digest)
        if doc_id not in self._states:
            return Task(source, doc_id, source.size)
        data = load(source).data
        return None if self._is_unchanged(doc_id, source_hash(data, source.description)) else Task(source, doc_id, len(data))

    def _is_unchanged(self, doc_id: str, digest: str) -> bool:
        state = self._states.get(doc_id)
        return state is not None and (state.content_hash, state.config_hash) == (digest, self._owner.config_hash)

    def _take(self, outcome: Outcome) -> IngestRow:
        """The row of a source that has been prepared; its document waits in ``_pending`` to be written."""
        source = outcome.task.source
        if isinstance(source, Document):
            name, modified_at = source.id, None
        else:
            name, modified_at = source.name, source.modified_at
            self._downloads.discard(source)
        if outcome.prepared is None:
            doc_id, found = outcome.task.doc_id, outcome.findings
            reason = self._with_former(outcome.error, source, doc_id)
            return IngestRow(name, doc_id, "failed", reason, seconds=outcome.seconds, findings=found)
        return self._enqueue(outcome, outcome.prepared, name, modified_at)

    def _with_former(self, reason: str, source: Source, doc_id: str) -> str:
        """Why a source has failed or is skipped, and what becomes of the version of it that stays.

        That follows the access list which is given now: whoever closes a document must not wait until it can be read again.
        """
        if doc_id not in self._states:
            return reason
        acl = source.acl if isinstance(source, Document) else None
        if isinstance(source, (SourceFile, SkippedSource)) and source.description is not None:
            acl = source.description.acl
        former = None if acl is None else self._owner.store.catalog.version(doc_id)
        if former is None or former.acl == acl:
            return f"{reason}; the version before it stays until then, or until it is deleted"
        # Without a hash, so that the source is read again whatever it has become.
        version = replace(former, acl=acl, content_hash="", origin=None)
        self._pending.append(_Pending(version, None, {}, {}, None))
        self._pending_chunks += len(version.chunks)
        return f"{reason}; the version before it stays, for those whom the access list names now"

    def _enqueue(self, outcome: Outcome, prepared: PreparedDocument, name: str, modified_at: float | None) -> IngestRow:
        texts = [embedded_text(chunk) for chunk in prepared.chunks]
        hashes = tuple(map(embed_hash, texts))
        moved_from = self._sync.moves.get(prepared.doc_id)
        former = self._states.get(prepared.doc_id if moved_from is None else moved_from)
        released = former is not None and former.is_released and former.content_hash == prepared.content_hash
        chunks = freed(prepared.chunks) if released else prepared.chunks
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
            chunks,
            hashes,
            modified_at,
            released=released,
        )
        known = {(text, prepared.language): terms for text, terms in zip(texts, outcome.terms, strict=False)}
        self._pending.append(_Pending(version, len(self._rows), dict(zip(hashes, texts, strict=True)), known, moved_from))
        self._pending_chunks += len(prepared.chunks)
        if former is not None and former.is_restricted and prepared.acl is None:
            self._noted.opened.append(prepared.doc_id)
        if former is not None and former.is_quarantined and not any(chunk.quarantined for chunk in chunks):
            self._noted.freed.append(prepared.doc_id)
        flagged = self._owner.injection.flagged(chunks)
        if flagged:
            self._noted.flagged.append(prepared.doc_id)
        status: IngestStatus = "updated" if prepared.doc_id in self._states else "added"
        reasons = list(prepared.warnings)
        if moved_from is not None:
            status, reasons = "moved", [f"was {moved_from}", *reasons]
        if prepared.warnings or not prepared.chunks:
            status = "degraded"
            reasons = reasons or ["no text in it"]
        reason = "; ".join(reasons)
        return IngestRow(
            name,
            prepared.doc_id,
            status,
            reason,
            chunks=len(prepared.chunks),
            embedded=len(set(hashes)),  # most texts are new; where one is not, the row is corrected when it is embedded
            seconds=outcome.seconds,
            findings=prepared.findings,
            flagged=flagged,
        )

    def _flush(self) -> None:
        """Embed what is missing, write the waiting documents, and publish when it is time."""
        if not self._pending:
            return
        vectors = self._embed(self._missing())
        versions = [item.version for item in self._pending]
        moved = [item.moved_from for item in self._pending if item.moved_from is not None]
        self._session.catalog.replace_documents(versions, vectors, run_id=self._run_id, removed=moved)
        self._replaced += len(moved) + sum(version.doc_id in self._states for version in versions)
        self._session.stage({key: terms for item in self._pending for key, terms in item.ahead.items()})
        self._pending.clear()
        self._pending_chunks = 0
        if time.perf_counter() - self._published_at > self._owner.settings.publish_s:
            self._session.publish()
            self._published_at = time.perf_counter()

    def _remove_vanished(self) -> None:
        vanished = self._sync.vanished
        if vanished:
            self._session.catalog.remove_documents(vanished, run_id=self._run_id)
            self._replaced += len(vanished)
            self._rows += [IngestRow(self._states[doc_id].source, doc_id, "removed") for doc_id in vanished]

    def _missing(self) -> dict[bytes, str]:
        """The texts that have no vector yet, each once; the row of the document that has it first says that it is embedded."""
        texts = {key: text for item in self._pending for key, text in item.texts.items()}
        for key in self._session.catalog.known_hashes(list(texts)):
            del texts[key]
        counted: set[bytes] = set()
        for item in self._pending:
            own = [key for key in item.texts if key in texts and key not in counted]
            counted.update(own)
            if item.row is not None and self._rows[item.row].embedded != len(own):
                self._rows[item.row] = replace(self._rows[item.row], embedded=len(own))
        return texts

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
            waiting = sum(item.row is not None for item in self._pending)
            self._progress(IngestProgress(len(self._rows) - waiting, self._total, self._embedded, current))


def config_hash(chunker: Chunker, embedder: EmbedderFingerprint, settings: Settings) -> str:
    """Changes whenever the same source could come into the catalog as something else."""
    privacy = Privacy.parse(settings.privacy, settings.privacy_kinds)
    summed_up = f"table_model {settings.table_model}" if settings.table_model else ""
    injection = InjectionPolicy(settings.injection, settings.injection_threshold)
    read = [privacy.fingerprint, injection.fingerprint, options_fingerprint(parser_options(settings)), summed_up]
    parts = filter(None, [ingestion_fingerprint(chunker), str(embedder), *read])
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
