"""When a collection abstains: the threshold it goes by, and choosing one of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from api.arguments import path_text
from api.searching import Searching
from api.serving import on_one_space
from ragline.types import Principal, SearchMode

if TYPE_CHECKING:
    from api.calibration import CalibrationReport
    from retrieval.answers.calibrated import Calibrated

ANSWER_HITS = 8
"""Passages an answer is drawn from: what fits a small model's context, and more than an extractive answer needs."""


class Calibrating(Searching):
    """What decides when an extractive answer is none; a part of :class:`ragline.Collection`."""

    @property
    def calibrated(self) -> Calibrated | None:
        """The threshold of abstention that :meth:`calibrate` has stored, with its evidence; ``None`` where there is none."""
        from retrieval.answers.calibrated import KEY, calibrated_from

        return calibrated_from(self._serving.space().store.catalog.setting(KEY))

    def calibrate(
        self,
        golden: str | os.PathLike[str],
        *,
        k: int = ANSWER_HITS,
        mode: SearchMode = "hybrid",
        principal: Principal | None = None,
        min_precision: float | None = None,
        apply: bool = True,
        progress: Callable[[int], None] | None = None,
    ) -> CalibrationReport:
        """Choose below which support the collection abstains, by the questions of a golden set with and without an answer.

        The threshold has the best F1 of abstaining, or with ``min_precision`` the best recall of those at which so large a
        share of the abstentions is right. What it does on questions that it was not chosen on is in the report, by
        cross-validation. It is stored in the collection with this evidence and the golden set's sha256, and holds until the
        next calibration, a migration, or a release with other weights. Where it would do worse than the one in use, nothing is
        changed and the report's ``note`` says so.

        Raises :class:`ragline.errors.InputError` for fewer than 10 questions of a kind, :class:`ragline.errors.GoldenSetError`
        for a malformed file, :class:`ragline.errors.CollectionLockedError` when another process is writing.
        """
        from api.calibration import calibrate_collection

        with self._serving.one_space() as space:
            report, chosen = calibrate_collection(
                self,
                Path(path_text(golden)),
                embedder=space.embedder,
                k=k,
                mode=mode,
                principal=principal,
                min_precision=min_precision,
                apply=apply,
                progress=progress,
            )
            if chosen is not None:
                self._store_calibration(chosen)
        return report

    @on_one_space
    def _store_calibration(self, chosen: Calibrated) -> None:
        from retrieval.answers.calibrated import KEY

        with self._serving.writing() as session:
            session.catalog.set_settings({KEY: chosen.stored()})

    def _calibration_warning(self) -> str:
        from retrieval.answers.calibrated import fits

        calibrated = self.calibrated
        if calibrated is None or fits(calibrated, self._serving.space().configuration.embedder.name):
            return ""
        return (
            f"abstention was calibrated for other weights than those of this release (golden set {calibrated.golden_name}), "
            "and goes by the usual threshold until: ragline calibrate"
        )
