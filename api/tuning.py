"""Choosing a collection's vector index by what is wanted of it, and what an index would take."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.arguments import path_text
from eval.tuning.goals import TARGET_RECALL, Goals, parse_bytes
from eval.tuning.sample import MOST_VECTORS, golden_queries, read_vectors, sample_of
from ragline.errors import InputError

if TYPE_CHECKING:
    from api.configuration import CollectionConfiguration
    from eval.tuning.forecast import Forecast
    from eval.tuning.outcome import TuneReport
    from eval.tuning.points import Point
    from eval.tuning.sample import Sample
    from eval.tuning.tuner import ProgressCallback
    from indexes.embedders.base import Embedder
    from indexes.rebuild import RebuildReport
    from indexes.store import CollectionStore
    from indexes.vector.base import VectorIndex
    from ragline.settings import Settings


class Tuning:
    """What finds the right vector index for a collection; a part of :class:`ragline.Collection`."""

    settings: Settings
    _store: CollectionStore
    _configuration: CollectionConfiguration

    if TYPE_CHECKING:

        @cached_property
        def embedder(self) -> Embedder: ...

    def tune(
        self,
        *,
        target_recall: float = TARGET_RECALL,
        max_memory: float | str | None = None,
        p95_ms: float | None = None,
        queries: str | os.PathLike[str] | None = None,
        apply: bool = True,
        reports: str | os.PathLike[str] | None = None,
        kinds: Sequence[str] | None = None,
        sample: int = MOST_VECTORS,
        progress: ProgressCallback | None = None,
    ) -> TuneReport:
        """Measure every kind of vector index on this collection's vectors, and put the fastest that meets all goals in use.

        ``target_recall`` is the least recall@10 against exact search, met with 95 % confidence; ``max_memory`` the most that an
        index may hold in memory (bytes, or a text such as ``"200MB"``), pages of mapped files aside; ``p95_ms`` the most
        milliseconds that a vector search alone takes at the 95th percentile. ``queries`` is a golden set whose queries are
        asked; without one, stored vectors are, each left out of its own answer. At most ``sample`` vectors are
        measured; ``kinds`` names the kinds of index (``None`` = all that are installed).

        With ``apply`` a new generation is built of the kind and with the search settings that were chosen; its manifest keeps
        both, with the evidence; later opens and automatic rebuilds go by them, and settings that the caller gives go
        before them. When no index meets all goals, ``report.met`` is false, ``report.misses`` say by how much, and nothing is
        changed. ``reports`` is a folder for ``tuning.json``, ``tuning.md`` and the chart ``tuning.png``.

        Raises :class:`ragline.errors.InputError` for impossible goals and for fewer than 100 chunks,
        :class:`ragline.errors.GoldenSetError` for a malformed golden set, and what :meth:`rebuild` raises.
        """
        from eval.tuning.report import write_reports
        from eval.tuning.tuner import tune

        if sample < 1:
            raise InputError(f"sample is {sample}; give the number of vectors to measure, at least 1.")
        goals = Goals(target_recall, parse_bytes(max_memory), p95_ms)
        vectors, total = read_vectors(self._store, self._configuration.embedder.dim, sample)
        asked, source = None, ""
        if queries is not None:
            asked, source = golden_queries(path_text(queries), self.embedder.embed_query), f"queries of {Path(queries).name}"
        drawn = sample_of(vectors, total, asked, source)
        report = tune(drawn, goals, self.settings, threads=self._store.threads, kinds=kinds, progress=progress)
        folder = None if reports is None else Path(path_text(reports))
        if folder is not None:  # first of all: what was measured is there to read should the choice be refused
            report = write_reports(report, folder)
        if not apply or report.chosen is None:
            return report
        report = self._apply(report, report.chosen, drawn)
        return report if folder is None else write_reports(report, folder)

    def forecast(self, *, kind: str = "auto", count: int | None = None) -> Forecast:
        """What an index of ``kind`` over ``count`` chunks (``None`` = those there are) would take: bytes and seconds.

        ``kind`` is a value of the setting ``index_kind``; ``auto`` is what :meth:`rebuild` takes. Bytes come from formulas,
        seconds from building a few thousand of the collection's vectors. Raises :class:`ragline.errors.InputError` for another
        name, a negative count or too few chunks to measure, :class:`ragline.errors.MissingExtra` for a library that is not
        installed.
        """
        from eval.tuning.forecast import SAMPLE, forecast

        chosen = self._store.kind(kind)
        if count is not None and count < 0:
            raise InputError(f"count is {count}; give a number of chunks.")
        vectors, total = read_vectors(self._store, self._configuration.embedder.dim, SAMPLE)
        return forecast(chosen, vectors, total if count is None else count, self.settings, threads=self._store.threads)

    def _apply(self, report: TuneReport, chosen: Point, drawn: Sample) -> TuneReport:
        """Build what was chosen and put it in use; what was measured on a part only is first measured again on the whole."""
        from eval.tuning.confirmation import NotConfirmedError, confirm

        final = report

        def settle(index: VectorIndex, built: RebuildReport) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
            nonlocal final
            final = confirm(report, drawn, index, self.settings, build_s=built.seconds)
            return (final.chosen or chosen).search, final.evidence()

        with self._store.writing() as session:
            session.publish()
            if not drawn.is_partial:
                made = session.rebuild(kind=chosen.kind, search=chosen.search, evidence=report.evidence())
                return replace(report, generation=made.number)
            try:  # what serves a part may be far too little for all: until that is measured, the usual settings hold
                made = session.rebuild(kind=chosen.kind, search={}, evidence=report.evidence(), settle=settle)
            except NotConfirmedError as error:
                return error.report
            return replace(final, generation=made.number)
