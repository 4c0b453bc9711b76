"""Choosing a collection's vector index by what is wanted of it, and what an index would take."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.arguments import path_text
from eval.tuning.goals import TARGET_RECALL, Goals, parse_bytes
from eval.tuning.sample import MOST_VECTORS, golden_queries, read_vectors, sample_of
from indexes.tuned import Tuned
from indexes.vector.registry import KINDS
from ragline.errors import InputError

if TYPE_CHECKING:
    from api.serving import Serving, Space
    from eval.tuning.forecast import Forecast
    from eval.tuning.outcome import TuneReport
    from eval.tuning.points import Point
    from eval.tuning.tuner import ProgressCallback
    from indexes.vector.base import VectorIndex, Vectors
    from ragline.settings import Settings


class Tuning:
    """What finds the right vector index for a collection; a part of :class:`ragline.Collection`."""

    settings: Settings
    _serving: Serving

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

        The collection is searched and written meanwhile: nothing is locked while it is measured. With ``apply`` a new
        generation is built, as by :meth:`rebuild`, of the kind and with the search settings that were chosen; its manifest
        keeps both, with the parameters it was built with and the evidence; later opens and automatic rebuilds go by them, and
        settings that the caller gives go before them. When no index meets all goals, ``report.met`` is false, ``report.misses``
        say by how much, and nothing is changed. ``reports`` is a folder for ``tuning.json``, ``tuning.md`` and the chart
        ``tuning.png``.

        Raises :class:`ragline.errors.InputError` for impossible goals and for fewer than 100 chunks,
        :class:`ragline.errors.GoldenSetError` for a malformed golden set, and what :meth:`rebuild` raises.
        """
        from eval.report_folder import report_folder
        from eval.tuning.report import write_reports
        from eval.tuning.tuner import tune

        if sample < 1:
            raise InputError(f"sample is {sample}; give the number of vectors to measure, at least 1.")
        goals = Goals(target_recall, parse_bytes(max_memory), p95_ms)
        folder = None if reports is None else report_folder(Path(path_text(reports)))
        with self._serving.one_space() as space:
            asked: Vectors | None = None
            source = ""
            if queries is not None:
                asked = golden_queries(path_text(queries), space.embedder.embed_query)
                source = f"queries of {Path(queries).name}"
            drawn = sample_of(*read_vectors(space.store, space.configuration.embedder.dim, sample), asked, source)
        report = tune(drawn, goals, self.settings, threads=space.threads, kinds=kinds, progress=progress)
        if folder is not None:  # first of all: what was measured is there to read should the choice be refused
            report = write_reports(report, folder)
        if not apply or report.chosen is None:
            return report
        report = self._apply(space, report, report.chosen, asked)
        return report if folder is None else write_reports(report, folder)

    def forecast(self, *, kind: str = "auto", count: int | None = None) -> Forecast:
        """What an index of ``kind`` over ``count`` chunks (``None`` = those there are) would take: bytes and seconds.

        ``kind`` is a value of the setting ``index_kind``; ``auto`` is what :meth:`rebuild` takes. Bytes come from formulas,
        seconds from building a few thousand of the collection's vectors. Raises :class:`ragline.errors.InputError` for another
        name, a negative count or too few chunks to measure, :class:`ragline.errors.MissingExtra` for a library that is not
        installed.
        """
        from eval.tuning.forecast import SAMPLE, forecast

        if count is not None and count < 0:
            raise InputError(f"count is {count}; give a number of chunks.")
        with self._serving.one_space() as space:
            plan = space.store.rebuilds.plan(kind)
            vectors, total = read_vectors(space.store, space.configuration.embedder.dim, SAMPLE)
        return forecast(plan.kind, vectors, total if count is None else count, plan.settings, threads=space.threads)

    def _apply(self, space: Space, report: TuneReport, chosen: Point, asked: Vectors | None) -> TuneReport:
        """Build what was chosen and put it in use; what was measured on a part only is first measured again on the whole."""
        from eval.tuning.confirmation import NotConfirmedError, confirm

        final = report
        build = {name: getattr(self.settings, name) for name in KINDS[chosen.kind].building}

        def settle(index: VectorIndex, vectors: Vectors, build_s: float) -> Tuned:
            nonlocal final
            if report.vectors < report.total:
                whole = sample_of(vectors, len(vectors), asked, report.source)
                final = confirm(report, whole, index, self.settings, build_s=build_s)
            return Tuned(build, (final.chosen or chosen).search, final.evidence())

        with self._serving.one_space() as now:
            if now is not space:
                note = "The collection was migrated while it was measured: the choice is not in use. Tune it again."
                return replace(report, notes=(*report.notes, note))
            now.store.snapshot()  # what is published is sound, or mended
            tuned = Tuned(build, chosen.search, report.evidence())
            try:
                made = now.store.rebuilds.rebuild(kind=chosen.kind, tuned=tuned, settle=settle)
            except NotConfirmedError as error:
                return error.report
        return replace(final, generation=made.number)
