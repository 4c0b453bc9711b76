"""The Python API: one collection of documents, from ingestion to evaluation."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from api.configuration import KEY, CollectionConfiguration, load_configuration
from indexes.catalog.reader import CatalogReader
from indexes.creation import is_collection, prepare_store
from indexes.freshness import FreshnessReport, freshness
from indexes.ingest import Ingestor, ProgressCallback, Source
from indexes.store import CATALOG, CollectionStore, StoreOptions
from ingestion.chunkers.tables import Summarise
from ingestion.description import Describe
from ingestion.downloads import SourceUrl, is_url
from ingestion.duplicates.clusters import DEFAULT_THRESHOLD
from ingestion.guard.files import is_folder
from ingestion.sources import Survey, survey
from ragline.durable import folder_size
from ragline.errors import (
    BackendUnavailableError,
    CollectionNotFoundError,
    EmbedderMismatchError,
    InputError,
    SettingsError,
)
from ragline.settings import Settings, variable
from ragline.types import Answer, Chunk, Document, Hit, IngestReport, Principal, RollbackReport, SearchMode
from retrieval.hybrid import HybridRetriever

if TYPE_CHECKING:
    from eval.result import EvalResult
    from indexes.duplicate_report import DuplicateReport, Unit
    from indexes.duplicate_report import ProgressCallback as DuplicateProgressCallback
    from indexes.embedders.base import Embedder
    from indexes.maintenance.backup import BackupReport
    from indexes.maintenance.compaction import CompactionReport
    from indexes.maintenance.doctor import DoctorReport
    from indexes.rebuild import RebuildReport
    from ragline.filters import FilterLike
    from retrieval.answers.base import AnswerDelta, Answerer

ANSWER_HITS = 8
"""Passages an answer is drawn from: what fits a small model's context, and more than an extractive answer needs."""

_REMOTE = ("postgresql://", "postgres://", "qdrant://")


def open(  # noqa: A001 - the public name
    path: str | os.PathLike[str], *, settings: Settings | None = None, create: bool = True, **overrides: Any
) -> Collection:
    """Open the collection in the folder ``path``; with ``create`` an absent one is made.

    ``overrides`` are settings by name (``embedder="light"``); without ``settings`` the rest comes from ``RAGLINE_*`` variables.

    Raises :class:`ragline.errors.CollectionNotFoundError` when it is absent and ``create`` is false,
    :class:`ragline.errors.EmbedderMismatchError` when it was embedded by another model than the one asked for,
    :class:`ragline.errors.IncompatibleError` for another chunk size, :class:`ragline.errors.SettingsError` for a bad setting,
    :class:`ragline.errors.InputError` for a folder with something else in it, or a path that cannot be one.
    """
    place = os.fspath(path)
    if place.startswith(_REMOTE):
        raise BackendUnavailableError(
            f"This release stores collections in folders only, not at {place!r}. Give a folder's path."
        )
    chosen = Settings.load(**overrides) if settings is None else Settings.load({}, **(asdict(settings) | overrides))
    given = Settings.given(None if settings is None else {}, **overrides)
    folder = Path(place).expanduser()
    if not create and not _was_made(folder):
        raise CollectionNotFoundError(f"There is no collection at {folder}. Make one: ragline ingest <folder> --kb {folder}")
    prepare_store(folder)
    return Collection(folder, chosen, given)


@dataclass(frozen=True, slots=True)
class DeleteReport:
    """What a delete removed; ``found`` is false when there was no such document."""

    doc_id: str
    found: bool
    chunks: int


def restore(backup: str | os.PathLike[str], path: str | os.PathLike[str]) -> BackupReport:
    """Make the new folder ``path`` a collection from what :meth:`Collection.backup` has written.

    Raises :class:`ragline.errors.CollectionNotFoundError` where there is no backup,
    :class:`ragline.errors.CorruptIndexError` when a file of it is missing or altered,
    :class:`ragline.errors.InputError` when ``path`` exists.
    """
    from indexes.maintenance.backup import restore as make

    return make(Path(_path(backup)), Path(_path(path)))


class Collection:
    """A knowledge base in a folder. Use it as a context manager, or call :meth:`close`. Safe to use from several threads.

    Any number of processes may read a collection while one writes it.
    """

    def __init__(self, folder: Path, settings: Settings, given: frozenset[str] = frozenset()) -> None:
        self.folder = folder
        self.settings = settings
        self._opening = threading.RLock()
        self._configuration = load_configuration(folder, settings, given)
        options = StoreOptions(
            dim=self._configuration.embedder.dim,
            embedder=str(self._configuration.embedder),
            threads=settings.threads or os.cpu_count() or 1,
            settings=settings,
        )
        self._store = CollectionStore(folder, options)

    def __enter__(self) -> Self:
        self._store.snapshot()  # a closed one cannot be entered
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release files and connections. Any use after it raises :class:`ragline.errors.InputError`."""
        self._store.close()

    @property
    def configuration(self) -> CollectionConfiguration:
        """What the collection was created with."""
        return self._configuration

    @cached_property
    def embedder(self) -> Embedder:
        """The collection's embedder, loaded at first use."""
        from indexes.embedders.registry import load_embedder

        with self._opening:
            name = self._configuration.embedder.name
            embedder = load_embedder(name, threads=self.settings.threads or None, runtime=self.settings.runtime)
            if embedder.fingerprint != self._configuration.embedder:
                raise EmbedderMismatchError(
                    f"The collection {self.folder} was embedded by {self._configuration.embedder}; installed is "
                    f"{embedder.fingerprint}. Install the package version that it was made with, or ingest into a new folder."
                )
            return embedder

    def ingest(
        self,
        sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Document],
        *,
        root: str | os.PathLike[str] | None = None,
        describe: Describe | None = None,
        progress: ProgressCallback | None = None,
    ) -> IngestReport:
        """Put files, folders, glob patterns or :class:`Document` values into the collection; the report has a row for each.

        Unchanged sources cost a hash and nothing more; a changed one replaces its former version in one step. Any iterable will
        do; a stream of documents is read as it comes. A file's id is its path below the folder given, with that folder's name
        in front; ``root`` makes ids relative to another folder. A file that has an id keeps it, however it is reached later.
        One that has moved within a folder given takes the place of the document that it was.

        ``describe`` gives the title, metadata, access list and language of a file by its path, before what a sidecar file
        (``report.pdf.meta.yaml``) and the file itself say. With ``settings.allow_urls`` addresses of the web (``https://…``)
        are fetched, from public hosts only; the address is the id.

        Raises :class:`ragline.errors.InputError` for a missing path, an empty folder, paths among documents, and where two
        files would have one id; :class:`ragline.errors.CollectionLockedError` when another process is writing.
        """
        found, folders, total = self._sources(sources, root, describe)
        return self._ingestor().ingest(found, folders, total=total, progress=progress)

    def sync(
        self,
        folders: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        root: str | os.PathLike[str] | None = None,
        describe: Describe | None = None,
        dry_run: bool = False,
        force: bool = False,
        progress: ProgressCallback | None = None,
    ) -> IngestReport:
        """:meth:`ingest` folders, and remove the documents from there whose files have vanished; moved files are recognised.

        The report has a row for every file and every document removed. ``dry_run`` only tells what would be done (its report
        has no ``run_id``). Raises as :meth:`ingest` does, and :class:`ragline.errors.InputError`, with nothing changed, when a
        larger share than ``settings.sync_max_removed`` has vanished, unless ``force`` is given.
        """
        paths = [folders] if isinstance(folders, str | os.PathLike) else list(folders)
        places = [_absolute(_path(item)) for item in paths]
        found = self._survey(list(map(str, places)), root, describe, may_be_empty=True)
        if dry_run:
            return self._ingestor().preview(found.found, places)
        self._remember_roots(found.new_roots)
        return self._ingestor().sync(found.found, places, force=force, progress=progress)

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        mode: SearchMode = "hybrid",
        filters: FilterLike | None = None,
        principal: Principal | None = None,
        explain: bool = False,
        collapse: bool | None = None,
    ) -> list[Hit]:
        """The ``min(k, matching)`` best chunks for ``query``, best first, ties by chunk id.

        With ``collapse`` (``None`` = as ``settings.collapse_duplicates`` says) near-duplicates take one place: the best-ranked
        stays, and ``hit.duplicates`` names the documents of the others. :meth:`duplicates` of chunks makes that faster.

        ``filters`` is a value of :mod:`ragline.filters` or its JSON form. Documents with an access list are found only by a
        ``principal`` that the list names. Raises :class:`ragline.errors.InputError` for an empty query, ``k < 1`` or an unknown
        mode, :class:`ragline.errors.FilterError` for a malformed filter or an unknown field.
        """
        return self._retriever.search(
            query, k, mode=mode, filters=filters, principal=principal, explain=explain, collapse=collapse
        )

    def answer(
        self,
        query: str,
        *,
        k: int = ANSWER_HITS,
        mode: SearchMode = "hybrid",
        filters: FilterLike | None = None,
        principal: Principal | None = None,
    ) -> Answer:
        """An answer with citations to exact characters, or an abstention with its reason.

        Without a configured model the answer is made of the best sentences of the best hits, offline; with
        ``settings.model`` it is written by that model through LiteLLM. Raises as :meth:`search` does, and
        :class:`ragline.errors.BackendUnavailableError` when the model does not answer.
        """
        hits = self.search(query, k, mode=mode, filters=filters, principal=principal)
        return self._answerer.answer(query, hits, embedder=self.embedder)

    def stream_answer(
        self,
        query: str,
        *,
        k: int = ANSWER_HITS,
        mode: SearchMode = "hybrid",
        filters: FilterLike | None = None,
        principal: Principal | None = None,
    ) -> Iterator[AnswerDelta]:
        """Like :meth:`answer`, piece by piece; the last delta carries the whole :class:`Answer`."""
        hits = self.search(query, k, mode=mode, filters=filters, principal=principal)
        return self._answerer.stream(query, hits, embedder=self.embedder)

    def evaluate(
        self,
        golden: str | os.PathLike[str],
        *,
        mode: SearchMode = "hybrid",
        answers: bool = True,
        ks: Sequence[int] = (1, 3, 5, 10),
        principal: Principal | None = None,
        reports: str | os.PathLike[str] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> EvalResult:
        """Measure this collection on a golden set: metrics with intervals, a row per query, report files in ``reports``.

        ``golden`` is a JSONL file or a BEIR folder. Raises :class:`ragline.errors.GoldenSetError` for a malformed one.
        """
        from api.evaluation import evaluate_collection

        return evaluate_collection(
            self, Path(golden), mode=mode, answers=answers, ks=ks, principal=principal, reports=reports, progress=progress
        )

    def delete(self, doc_id: str) -> DeleteReport:
        """Remove a document from every index, at once and for good."""
        with self._store.writing() as session:
            chunks = len(self._store.catalog.document_chunks(doc_id))
            sequence = session.catalog.remove_document(doc_id)
            session.publish()
        return DeleteReport(doc_id, sequence is not None, chunks)

    def get(self, doc_id: str) -> Document | None:
        """A document's current version, or ``None``. No access control is applied: it is for the owner of the collection."""
        return self._store.catalog.document(doc_id)

    def chunks(self, doc_id: str) -> list[Chunk]:
        """A document's chunks in reading order; empty when there is no such document."""
        return self._store.catalog.document_chunks(doc_id)

    def neighbours(self, chunk: Chunk, *, before: int = 1, after: int = 1, principal: Principal | None = None) -> list[Chunk]:
        """A hit's chunk with up to ``before`` chunks in front of it and ``after`` behind it, in reading order.

        For the row or summary of a table it is the passages that hold it, and what is around these. Empty when ``principal``
        may not see the document, or when it no longer has the chunk. Raises :class:`ragline.errors.InputError` for negative
        counts.
        """
        from retrieval.surroundings import neighbours

        _check_chunk(chunk)
        if before < 0 or after < 0:
            raise InputError(f"before={before} and after={after} must not be negative; give numbers of chunks.")
        return neighbours(self._store.catalog, chunk, before, after, principal)

    def section(self, chunk: Chunk, *, principal: Principal | None = None) -> str:
        """The whole section that a hit's chunk is in, headings included; ``chunk.section_path`` names it.

        Empty when ``principal`` may not see the document, or when it no longer has the chunk.
        """
        from retrieval.surroundings import section_text

        _check_chunk(chunk)
        return section_text(self._store.catalog, chunk, principal)

    def document_ids(self) -> list[str]:
        """Ids of all documents, sorted."""
        return self._store.catalog.document_ids()

    def rebuild(self, *, kind: str = "auto") -> RebuildReport:
        """Build a new generation of the vector index beside the one in use, check it against exact search, and swap.

        ``kind`` is a value of the setting ``index_kind``; ``auto`` means that setting, or else the kind in use. Raises
        :class:`ragline.errors.InputError` for another name, :class:`ragline.errors.MissingExtra` for a kind whose library is
        not installed, and :class:`ragline.errors.IncompatibleError` when its measured recall is too low; the old one then
        stays in use.
        """
        with self._store.writing() as session:
            session.publish()
            return session.rebuild(kind=kind)

    def rollback(self, run_id: str | None = None) -> RollbackReport:
        """Undo an ingest or sync, by the id in its report; without one, put the previous generation of the vector index in use.

        Of a run, what it added is removed and what it replaced or removed comes back; documents that have changed since are
        kept as they are. The undoing is a run of its own and can be undone. Versions are kept for the last
        ``settings.keep_runs`` runs. Raises :class:`ragline.errors.InputError` for a run that is unknown or too old.
        """
        with self._store.writing() as session:
            return RollbackReport(session.rollback()) if run_id is None else session.undo(run_id)

    def stats(self) -> dict[str, Any]:
        """Counts, sizes and configuration."""
        snapshot = self._store.snapshot()
        counts = self._store.catalog.counts()
        generation = snapshot.generation
        return {
            "documents": counts.documents,
            "chunks": counts.chunks,
            "sequence": snapshot.sequence,
            "generation": 0 if generation is None else generation.number,
            "index": "exact scan" if generation is None else generation.index.kind,
            "delta_chunks": snapshot.count - snapshot.rows.base_count,
            "removed_chunks": snapshot.count - snapshot.live_count,
            "bytes_on_disk": folder_size(self.folder),
            "embedder": str(self._configuration.embedder),
            "chunker": self._configuration.chunker,
            "chunk_tokens": self._configuration.chunk_tokens,
            "chunk_overlap": self._configuration.chunk_overlap,
            "table_chunks": self._configuration.table_chunks,
        }

    def health(self) -> dict[str, Any]:
        """Whether every index agrees with the catalog; ``ok`` is the verdict, ``warnings`` say what was repaired or is off."""
        snapshot = self._store.snapshot()
        counts = self._store.catalog.counts()
        sequence = self._store.catalog.sequence()
        warnings = list(self._store.warnings)
        if snapshot.live_count != counts.chunks:
            warnings.append(f"the vector index holds {snapshot.live_count} chunks, the catalog {counts.chunks}")
        if snapshot.lexical.count != counts.chunks:
            warnings.append(f"the lexical index holds {snapshot.lexical.count} chunks, the catalog {counts.chunks}")
        if snapshot.sequence != sequence:
            warnings.append(f"the indexes are at change {snapshot.sequence}, the catalog at {sequence}")
        if refusal := self._store.refusal():
            warnings.append(refusal)
        return {"ok": not warnings, "warnings": warnings, "sequence": sequence, **asdict(counts)}

    def doctor(self, *, repair: bool = False) -> DoctorReport:
        """Look over every file, row and vector; with ``repair`` make anew from the catalog what is broken.

        Raises :class:`ragline.errors.CollectionLockedError` when another process is writing, with ``repair`` only.
        """
        from indexes.maintenance.doctor import Doctor

        dim = self._configuration.embedder.dim
        if not repair:
            return Doctor(self.folder, self._store, dim).examine()
        with self._store.writing() as session:
            return Doctor(self.folder, self._store, dim, session).examine()

    def backup(self, target: str | os.PathLike[str]) -> BackupReport:
        """Copy the collection as it is now to the new folder ``target``, while it is searched and written.

        :func:`ragline.restore` makes a collection of it. Raises :class:`ragline.errors.InputError` when ``target`` exists or is
        inside the collection,
        :class:`ragline.errors.StorageError` when the disk refuses; then nothing of it is left behind.
        """
        from indexes.maintenance.backup import backup

        return backup(self.folder, self._store.generations, Path(_path(target)))

    def compact(self) -> CompactionReport:
        """Write every file anew without what is out of sight, but for the versions that a rollback may need."""
        from indexes.maintenance.compaction import compact

        with self._store.writing() as session:
            return compact(self._store, session, self.folder, keep_runs=self.settings.keep_runs)

    def purge(self, doc_ids: Iterable[str] = ()) -> CompactionReport:
        """Delete documents and forget all that is out of sight: no file of the collection holds its text any more.

        What runs before have replaced or removed cannot be rolled back afterwards. The report names in ``absent`` the ids that
        no document has: a slip of the pen must not pass for a deletion. It says in ``warnings`` when another process still had
        the old state open; then purge again. Backups are not touched.
        """
        from indexes.maintenance.compaction import purge

        with self._store.writing() as session:
            return purge(self._store, session, self.folder, [doc_ids] if isinstance(doc_ids, str) else doc_ids)

    def freshness(self) -> FreshnessReport:
        """The age of the newest document; how long ago each folder of the sources changed, and whether it has stopped."""
        return freshness(self._store.catalog.changes(), now=time.time())

    def duplicates(
        self,
        threshold: float = DEFAULT_THRESHOLD,
        unit: Unit = "document",
        *,
        progress: DuplicateProgressCallback | None = None,
    ) -> DuplicateReport:
        """Find the documents or chunks that share at least ``threshold`` of their runs of three words, and link them.

        Only what is new since the last time is read as a whole. The report names every member of every cluster, whatever its
        access list: it is for the owner of the collection. The links are what ``search(collapse=True)`` (unit ``"chunk"``) and
        :meth:`duplicates_of` (unit ``"document"``) go by, until the next analysis. Raises :class:`ragline.errors.InputError`
        for another unit or a threshold outside [0.5, 1], :class:`ragline.errors.CollectionLockedError` when another process is
        writing.
        """
        from indexes.duplicates import DuplicateFinder

        with self._store.writing() as session:
            session.publish()
            return DuplicateFinder(self._store.catalog, session.catalog, progress).find(unit, threshold)

    def duplicates_of(self, doc_id: str, *, principal: Principal | None = None) -> tuple[str, ...]:
        """Ids of the near-duplicates of a document, sorted, as the last ``duplicates(unit="document")`` has linked them.

        Only what ``principal`` may see; nothing for a document that it may not see, or that is not there.
        """
        from retrieval.scope import linked_documents

        return linked_documents(self._store.catalog, doc_id, principal)

    def runs(self) -> list[dict[str, Any]]:
        """Recorded ingests, oldest first.

        One with ``interrupted`` ended with that error; one without ``finished_at`` was killed, or is at work.
        """
        return self._store.catalog.runs()

    @cached_property
    def _retriever(self) -> HybridRetriever:
        return HybridRetriever(self._store, lambda: self.embedder, self.settings)

    @cached_property
    def _answerer(self) -> Answerer:
        if not self.settings.model:
            from retrieval.answers.extractive import ExtractiveAnswerer

            return ExtractiveAnswerer()
        from retrieval.answers.generative import GenerativeAnswerer

        return GenerativeAnswerer(
            self.settings.model,
            api_base=self.settings.model_api_base or None,
            timeout_s=self.settings.model_timeout_s,
            retries=self.settings.model_retries,
            max_tokens=self.settings.model_max_tokens,
        )

    def _sources(
        self,
        sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Document],
        root: str | os.PathLike[str] | None,
        describe: Describe | None,
    ) -> tuple[Iterable[Source], list[Path], int | None]:
        """What to ingest, the folders of which that is all there is, and how many sources it is where that is known."""
        if isinstance(sources, str | os.PathLike):
            sources = [sources]
        if isinstance(sources, Mapping) or not isinstance(sources, Iterable):
            raise InputError(f"Cannot ingest a {type(sources).__name__}. Give paths or ragline.Document values.")
        total = len(sources) if isinstance(sources, Sized) else None
        items = iter(sources)
        first = list(islice(items, 1))
        if first and isinstance(first[0], Document):
            documents = _documents(chain(first, items))
            # Of a list, a wrong item is known before anything is written; a stream is read as it comes.
            return (documents if total is None else list(documents)), [], total
        if not first and total is None:
            return (), [], 0
        paths = [_path(item) for item in chain(first, items)]
        urls = self._urls(paths)
        files = [path for path in paths if not is_url(path)]
        if urls and not files:
            return urls, [], len(urls)
        found = self._survey(files, root, describe)
        self._remember_roots(found.new_roots)
        folders = [path for path in map(_absolute, files) if is_folder(path)]
        return [*found.found, *urls], folders, len(found.found) + len(urls)

    def _urls(self, paths: list[str]) -> list[SourceUrl]:
        """The addresses of the web among the paths, each once."""
        urls = dict.fromkeys(path for path in paths if is_url(path))
        if not urls:
            return []
        if not self.settings.allow_urls:
            raise InputError(
                f"{next(iter(urls))} is an address of the web, and fetching from there is off. Switch it on with "
                f"ragline.open(..., allow_urls=True), ragline ingest --allow-urls or {variable('allow_urls')}=true."
            )
        from ingestion.guard.url import check_url

        return [SourceUrl(doc_id) for doc_id in dict.fromkeys(map(check_url, urls))]

    def _survey(
        self,
        paths: list[str],
        root: str | os.PathLike[str] | None,
        describe: Describe | None,
        *,
        may_be_empty: bool = False,
    ) -> Survey:
        known = {Path(folder): prefix for folder, prefix in self._store.catalog.roots().items()}
        place = None if root is None else Path(root)
        return survey(paths, root=place, known_roots=known, may_be_empty=may_be_empty, describe=describe)

    def _ingestor(self) -> Ingestor:
        chunker = self._configuration.make_chunker(self.embedder, self._summarise())
        return Ingestor(self._store, chunker, self.embedder, self.settings)

    def _summarise(self) -> Summarise | None:
        """What has its say in the summaries of tables: the model that is set, or nobody."""
        settings = self.settings
        if not settings.table_model:
            return None
        if self._configuration.table_chunks not in {"summaries", "both"}:
            raise SettingsError(
                f"table_model is set, but the collection {self.folder} has no summaries of tables. Unset it, or ingest into a "
                f"new folder with table_chunks=summaries."
            )
        from retrieval.table_summaries import TableSummariser

        return TableSummariser(
            settings.table_model,
            api_base=settings.model_api_base or None,
            timeout_s=settings.model_timeout_s,
            retries=settings.model_retries,
        )

    def _remember_roots(self, roots: Mapping[Path, str]) -> None:
        """Remember which folder an id prefix stands for, so that every file of it keeps its id later."""
        if roots:
            with self._store.writing() as session:
                for folder, prefix in roots.items():
                    session.catalog.set_root(str(folder), prefix)


def _was_made(folder: Path) -> bool:
    """Whether there is a collection that was made to the end."""
    if not is_collection(folder):
        return False
    with closing(CatalogReader(folder / CATALOG)) as reader:
        return KEY in reader.settings()


def _documents(items: Iterable[object]) -> Iterator[Document]:
    for item in items:
        if not isinstance(item, Document):
            raise InputError(f"Cannot ingest a {type(item).__name__} among documents. Give ragline.Document values only.")
        yield item


def _check_chunk(chunk: object) -> None:
    if not isinstance(chunk, Chunk):
        raise InputError(f"A {type(chunk).__name__} is no chunk. Give that of a hit (hit.chunk), or one of kb.chunks(doc_id).")


def _absolute(path: str) -> Path:
    return Path(path).absolute()


def _path(item: object) -> str:
    if isinstance(item, str | os.PathLike):
        return os.fsdecode(item)
    raise InputError(f"Cannot ingest a {type(item).__name__} among paths. Give paths only, or ragline.Document values only.")
