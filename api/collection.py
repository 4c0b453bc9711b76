"""The Python API: one collection of documents, from ingestion to evaluation."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from api.arguments import Arguments, absolute, path_text
from api.configuration import KEY, CollectionConfiguration, load_configuration
from api.tuning import Tuning
from api.upkeep import Upkeep
from indexes.catalog.reader import CatalogReader
from indexes.creation import is_collection, prepare_store
from indexes.ingest import Ingestor, ProgressCallback
from indexes.store import CATALOG, CollectionStore, StoreOptions
from ingestion.chunkers.tables import Summarise
from ingestion.description import Describe
from ragline.errors import (
    BackendUnavailableError,
    CollectionNotFoundError,
    EmbedderMismatchError,
    InputError,
    SettingsError,
)
from ragline.settings import Settings
from ragline.types import Answer, Chunk, Document, Hit, IngestReport, Principal, SearchMode
from retrieval.hybrid import HybridRetriever

if TYPE_CHECKING:
    from eval.result import EvalResult
    from indexes.embedders.base import Embedder
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


class Collection(Upkeep, Tuning):
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
            given=given | settings.changed,
        )
        self._store = CollectionStore(folder, options)
        self._arguments = Arguments(self._store, allow_urls=settings.allow_urls)

    def __enter__(self) -> Self:
        self._store.snapshot()  # a closed one cannot be entered
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release files and connections. Any use after it raises :class:`ragline.errors.InputError`."""
        if "_retriever" in self.__dict__:
            self._retriever.recall.wait()
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
        found, folders, total = self._arguments.resolve(sources, root, describe)
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
        places = [absolute(path_text(item)) for item in paths]
        found = self._arguments.survey(list(map(str, places)), root, describe, may_be_empty=True)
        if dry_run:
            return self._ingestor().preview(found.found, places)
        self._arguments.remember(found.new_roots)
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


def _was_made(folder: Path) -> bool:
    """Whether there is a collection that was made to the end."""
    if not is_collection(folder):
        return False
    with closing(CatalogReader(folder / CATALOG)) as reader:
        return KEY in reader.settings()


def _check_chunk(chunk: object) -> None:
    if not isinstance(chunk, Chunk):
        raise InputError(f"A {type(chunk).__name__} is no chunk. Give that of a hit (hit.chunk), or one of kb.chunks(doc_id).")
