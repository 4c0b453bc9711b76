"""The Python API: one collection of documents, from ingestion to evaluation."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from api.answering import Answering
from api.arguments import Arguments, absolute, path_text
from api.asynchronous import Asynchronous, Threads
from api.chunk_audit import ChunkAuditing
from api.comparing import Comparing
from api.configuration import CollectionConfiguration, chunker_of, configuration_in, load_configuration
from api.golden_sets import GoldenSets
from api.quarantine import Quarantine
from api.reading import Reading
from api.reranking import Reranking
from api.search_tuning import SearchTuning
from api.service_health import ServiceHealthChecks
from api.serving import Serving, Space, on_one_space
from api.tracing import traced
from api.tuning import Tuning
from api.upkeep import Upkeep
from indexes.creation import is_collection, prepare_store
from indexes.ingest import Ingestor, ProgressCallback
from indexes.lock import WriteLock
from indexes.spaces import space_folder, space_in_use
from ingestion.description import Describe
from ragline.errors import (
    BackendUnavailableError,
    CollectionNotFoundError,
    CorruptIndexError,
)
from ragline.reports import IngestReport
from ragline.settings import Settings
from ragline.types import Document, Principal, SearchMode

if TYPE_CHECKING:
    from eval.golden_units import Unit
    from eval.judges.progress import Told
    from eval.result import EvalResult
    from indexes.embedders.base import Embedder

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


class Collection(
    Answering,
    Asynchronous,
    ChunkAuditing,
    Comparing,
    GoldenSets,
    Reading,
    Upkeep,
    ServiceHealthChecks,
    Tuning,
    SearchTuning,
    Reranking,
    Quarantine,
):
    """A knowledge base in a folder. Use it as a context manager, or call :meth:`close`. Safe to use from several threads.

    Any number of processes may read a collection while one writes it.
    """

    def __init__(self, folder: Path, settings: Settings, given: frozenset[str] = frozenset()) -> None:
        self.folder = folder
        self.settings = settings
        self._given = given | settings.changed
        load_configuration(folder, settings, given)
        self._serving = Serving(folder, self._open_space)
        self._threads = Threads(settings.async_threads, folder)
        self._arguments = Arguments(self._serving, allow_urls=settings.allow_urls)

    def __enter__(self) -> Self:
        self._store.snapshot()  # a closed one cannot be entered
        return self

    def __exit__(self, error: object, *_: object) -> None:
        self.close(wait=error is None)

    def close(self, *, wait: bool = True) -> None:
        """Release files and connections. Any use after it raises :class:`ragline.errors.InputError`.

        A rebuild in the background is waited for; without ``wait`` it is ended, and is due again with the next write.
        Asynchronous calls that run are waited for in any case, and those that have not begun end with an error.
        """
        self._threads.close()
        self._serving.close(wait=wait)
        self._log.close()

    @property
    def configuration(self) -> CollectionConfiguration:
        """What the collection was created with, or last migrated to."""
        return self._configuration

    @property
    def embedder(self) -> Embedder:
        """The collection's embedder, loaded at first use."""
        return self._serving.space().embedder

    @embedder.setter
    def embedder(self, embedder: Embedder) -> None:
        """Put another one with the same fingerprint in its place, until the collection is closed or migrated."""
        self._serving.space().embedder = embedder

    @on_one_space
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
        found, folders, total = self._arguments.resolve(sources, root, describe)
        self._ingestor()  # what is missing is told, and what takes long is loaded, before the lock is taken
        with self._serving.holding():
            return self._ingestor().ingest(found, folders, total=total, progress=progress)

    @on_one_space
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
        places = [absolute(path_text(item)) for item in paths]
        found = self._arguments.survey(list(map(str, places)), root, describe, may_be_empty=True)
        if dry_run:
            return self._ingestor().preview(found.found, places)
        self._arguments.remember(found.new_roots)
        self._ingestor()
        with self._serving.holding():
            return self._ingestor().sync(found.found, places, force=force, progress=progress)

    @traced("evaluate")
    def evaluate(
        self,
        golden: str | os.PathLike[str],
        *,
        mode: SearchMode = "hybrid",
        answers: bool = True,
        judge: str = "offline",
        ks: Sequence[int] = (1, 3, 5, 10),
        principal: Principal | None = None,
        reports: str | os.PathLike[str] | None = None,
        progress: Callable[[int], None] | None = None,
        judge_progress: Told | None = None,
        unit: Unit = "document",
    ) -> EvalResult:
        """Measure this collection on a golden set: metrics with intervals, a row per query, report files in ``reports``.

        ``golden`` is a JSONL file, a file of SQuAD, or a folder of BEIR or TREC. ``judge`` names what judges the answers:
        "offline" asks no model (:class:`eval.judges.offline.judge.OfflineJudge`), "none" leaves faithfulness out; "ragas" and
        "llm" ask the model ``settings.judge_model`` within ``settings.judge_budget_usd``, and keep what it says in ``reports``,
        so that a run that broke off goes on where it was. ``judge_progress`` is told what that will take before it begins, and
        how far it is.

        ``unit`` is what is ranked: documents, by their best chunk, or chunks, of which those are relevant that overlap a
        relevant span of the golden set. Quotes that have moved since it was written are placed anew; ``result.stale`` tells of
        them, and of those that are gone.

        Raises :class:`ragline.errors.GoldenSetError` for a malformed golden set, :class:`ragline.errors.InputError` for a judge
        that is not known or whose model refuses every request, :class:`ragline.errors.MissingExtra` where the judge's package
        is not installed or does not import.
        """
        from api.evaluation import evaluate_collection

        return evaluate_collection(
            self,
            Path(golden),
            mode=mode,
            answers=answers,
            judge=judge,
            ks=ks,
            principal=principal,
            reports=reports,
            progress=progress,
            judge_progress=judge_progress,
            unit=unit,
        )

    @on_one_space
    def delete(self, doc_id: str) -> DeleteReport:
        """Remove a document from every index, at once and for good."""
        with self._serving.writing() as session:
            chunks = len(self._store.catalog.document_chunks(doc_id, quarantined=True))
            sequence = session.catalog.remove_document(doc_id)
            session.publish()
            session.rebuild_when_due()
        return DeleteReport(doc_id, sequence is not None, chunks)

    def _open_space(self, number: int, lock: WriteLock) -> Space:
        folder = space_folder(self.folder, number)
        configuration = configuration_in(folder)
        if configuration is None:
            raise CorruptIndexError(
                f"The catalog in {folder} does not say how it was made. Restore the collection {self.folder} from a backup."
            )
        threads = self.settings.threads or os.cpu_count() or 1
        return Space(number, self.folder, configuration, self.settings, threads, lock, given=self._given)

    def _ingestor(self) -> Ingestor:
        chunker = chunker_of(self._configuration, self.embedder, self.settings)
        return Ingestor(self._store, chunker, self.embedder, self.settings)


def _was_made(folder: Path) -> bool:
    """Whether there is a collection that was made to the end."""
    if not is_collection(folder):
        return False
    return configuration_in(space_folder(folder, space_in_use(folder).number)) is not None
