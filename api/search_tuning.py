"""Finding better search settings for a collection on its own judged queries."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.arguments import path_text
from ragline.errors import InputError
from retrieval.query_vectors import QueryVectors

if TYPE_CHECKING:
    from api.collection import Collection
    from api.serving import Serving, Space
    from eval.tuning.search.ground import Ground
    from eval.tuning.search.outcome import SearchReport
    from eval.tuning.search.search import ProgressCallback
    from indexes.snapshot import Snapshot
    from ragline.settings import Settings
    from ragline.types import Principal


class SearchTuning:
    """What finds the right search settings for a collection; a part of :class:`ragline.Collection`."""

    folder: Path
    settings: Settings
    _serving: Serving
    _given: frozenset[str]
    backup: Callable[..., Any]
    check_access: Callable[[Principal | None], None]

    def tune_search(
        self,
        golden: str | os.PathLike[str],
        *,
        over: Sequence[str] = (),
        metric: str = "nDCG@10",
        trials: int = 40,
        seconds: float = 600.0,
        held_out: float = 0.5,
        sampler: str = "auto",
        seed: int = 0,
        p95_ms: float | None = None,
        principal: Principal | None = None,
        write: str | os.PathLike[str] | None = None,
        reports: str | os.PathLike[str] | None = None,
        command: str = "",
        progress: ProgressCallback | None = None,
    ) -> SearchReport:
        """Try settings of the search on one part of a golden set, and say by the other whether the best of them is worth it.

        ``over`` names the settings, each with the values to try where they are not the usual ones: ``"fusion"``,
        ``"depth=50,100"``; the usual ones of ``()`` are fusion, its weights, depth, reranker and its depth. ``chunk_tokens``
        is tried where it is named: the documents are chunked and embedded anew in a temporary copy for each value, which no
        end of the time cuts short. ``hnsw_ef_search``, ``ivf_probes`` and ``over_fetch`` need an approximate index. At most
        ``trials`` points are tried, in ``seconds`` of wall time; ``sampler`` is "tpe" (Optuna), "grid", or "auto". The same
        seed tries the same points, as long as time does not end it.

        The best point by the mean of ``metric`` (of rankings, or of passages: ``span_recall@5``) is compared with the
        settings in use on the share ``held_out`` of the queries, which had no part in the choice. It is recommended only
        where the 95 % interval of its gain is above 0, and p95 of a search not above ``p95_ms``. Then ``write`` names the
        settings file that gets it, with its evidence; the settings of this collection are not changed. ``reports`` is a
        folder for ``search.json`` and ``search.md``.

        Documents with an access list count only where ``principal`` may see them. The collection may be written meanwhile: what
        is measured is how it was at the start. Raises :class:`ragline.errors.GoldenSetError` for a malformed golden set and for
        too few questions, :class:`ragline.errors.InputError` and :class:`ragline.errors.SettingsError` for what cannot be
        tried.
        """
        from eval.golden import load_golden
        from eval.report_folder import report_folder
        from eval.tuning.search.dimensions import INDEX, dimensions_of
        from eval.tuning.search.ground import embed_queries
        from eval.tuning.search.report import settings_to_keep, write_recommendation, write_reports
        from eval.tuning.search.search import Budget, search

        self.check_access(principal)
        budget = Budget(trials, seconds)
        target = None if write is None else Path(path_text(write))
        keep = {} if target is None else settings_to_keep(target)  # what cannot be written is told before hours are spent
        questions = load_golden(path_text(golden))
        folder = None if reports is None else report_folder(Path(path_text(reports)))
        with self._serving.one_space() as space, _unchanging(space) as snapshot:
            vectors = QueryVectors(lambda: space.embedder, 10 * len(questions) + 1000)
            embed_s = embed_queries(vectors, [item.query for item in questions.items])
            own = _ground(space, snapshot, vectors, principal, embed_s)
            in_use = _in_use(self.settings, space, own, self._given)
            dimensions = dimensions_of(over, in_use)
            for each in dimensions:
                if each.setting in INDEX and each.setting not in own.approximate:
                    raise InputError(
                        f"The index in use has no {each.setting}. Search over other settings, or rebuild it first."
                    )

            @contextmanager
            def grounds(chunk_tokens: int | None) -> Iterator[Ground]:
                if chunk_tokens is None:
                    yield own
                    return
                with self._rechunked(chunk_tokens) as other:
                    ground = _ground(other, other.store.snapshot(), vectors, principal, embed_s)
                    yield replace(ground, weights=own.weights)

            report = search(
                questions,
                grounds,
                in_use,
                dimensions,
                metric=metric,
                budget=budget,
                held_out=held_out,
                sampler=sampler,
                seed=seed,
                p95_ms=p95_ms,
                progress=progress,
            )
        if target is not None:
            report = write_recommendation(report, target, keep=keep, command=command)
        return report if folder is None else write_reports(report, folder)

    @contextmanager
    def _rechunked(self, chunk_tokens: int) -> Iterator[Space]:
        """A copy of the collection, migrated to another size of chunks, as the owner would migrate this one; gone
        afterwards.
        """
        from api import collection
        from api.upkeep import restore

        with tempfile.TemporaryDirectory(prefix="ragline-tune-") as folder, ThreadPoolExecutor(1) as beside:
            place = Path(folder)

            def copied() -> Collection:
                self.backup(place / "backup")
                restore(place / "backup", place / "kb")
                copy = collection.open(place / "kb", settings=replace(self.settings, query_log="off", audit_log=False))
                copy.migrate(chunk_tokens=chunk_tokens)
                return copy

            with beside.submit(copied).result() as copy:  # this thread's view of the catalog is pinned
                yield copy._serving.space()


@contextmanager
def _unchanging(space: Space) -> Iterator[Snapshot]:
    """A snapshot, and the catalog as it was then for this thread, whatever is written meanwhile."""
    while True:
        snapshot = space.store.snapshot()
        with space.store.catalog.pinned():
            if space.store.catalog.sequence() == snapshot.sequence:
                yield snapshot
                return


def _ground(space: Space, snapshot: Snapshot, vectors: QueryVectors, principal: Principal | None, embed_s: float) -> Ground:
    from eval.tuning.search.ground import Ground

    return Ground(
        snapshot=snapshot,
        catalog=space.store.catalog,
        embedder=lambda: space.embedder,
        weights=lambda: space.reranker_weights,
        vectors=vectors,
        gate=space.gate,
        principal=principal,
        embed_s=embed_s,
    )


def _in_use(settings: Settings, space: Space, own: Ground, given: frozenset[str]) -> Settings:
    """The settings as searches go by them now: with what the index was tuned to, and the chunks that there are."""
    from indexes.vector.registry import KINDS

    generation = own.snapshot.generation
    if generation is not None:
        settings = KINDS[generation.index.kind].searched_as(settings, generation.tuned.search, given)
    return replace(settings, chunk_tokens=space.configuration.chunk_tokens)
