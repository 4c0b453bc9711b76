"""Calibrating a collection's abstention on a golden set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.bootstrap import Interval
from eval.calibration import Outcome, Scored, fit_threshold, outcome_at
from eval.golden import load_golden
from ragline.errors import RaglineError
from retrieval.answers.answerability import model_for
from retrieval.answers.calibrated import Calibrated, thresholds_of
from retrieval.answers.extractive import ExtractiveAnswerer

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.calibrating import Calibrating
    from indexes.embedders.base import Embedder
    from ragline.types import Principal, SearchMode


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """The threshold that was chosen, and what it is known to do.

    ``before`` is what the threshold in use until now, ``threshold_before``, does on these questions; ``held_out`` what the
    choosing does on questions that it did not see (cross-validation). ``auroc`` is the probability that an answerable question
    has more support than an unanswerable one. ``failed`` are questions that raised, by id. Without ``applied`` nothing was
    changed, and ``note`` says why.
    """

    threshold: float
    threshold_before: float
    golden_name: str
    golden_sha256: str
    answerable: int
    unanswerable: int
    auroc: Interval
    held_out: Outcome
    before: Outcome
    failed: dict[str, str]
    applied: bool
    note: str = ""


def calibrate_collection(
    collection: Calibrating,
    golden: Path,
    *,
    embedder: Embedder,
    k: int,
    mode: SearchMode,
    principal: Principal | None,
    min_precision: float | None,
    apply: bool,
    progress: Callable[[int], None] | None,
) -> tuple[CalibrationReport, Calibrated | None]:
    """The report, and what is to be stored, if anything; see :meth:`ragline.Collection.calibrate`."""
    questions = load_golden(golden)
    answerer = ExtractiveAnswerer()
    scored: list[Scored] = []
    failed: dict[str, str] = {}
    for item in questions.items:
        try:
            with collection.unlogged():
                hits = collection.search(item.query, k, mode=mode, principal=principal)
            support = answerer.assess(item.query, hits, embedder=embedder)
            scored.append(Scored(item.id, item.answerable, support.score))
        except RaglineError as error:
            failed[item.id] = str(error)
        if progress is not None:
            progress(1)
    fitted = fit_threshold(scored, min_precision=min_precision)
    name = embedder.fingerprint.name
    in_use = thresholds_of(collection.calibrated, name).support
    before = outcome_at(scored, in_use)
    is_worse = min_precision is None and fitted.held_out.f1 < before.f1
    note = (
        f"held out, the new threshold would do worse (F1 {fitted.held_out.f1:.2f}) than the one in use ({before.f1:.2f}), "
        "which stays; add questions"
        if is_worse
        else ""
    )
    report = CalibrationReport(
        threshold=fitted.threshold,
        threshold_before=in_use,
        golden_name=questions.name,
        golden_sha256=questions.sha256,
        answerable=sum(each.answerable for each in scored),
        unanswerable=sum(not each.answerable for each in scored),
        auroc=fitted.auroc,
        held_out=fitted.held_out,
        before=before,
        failed=failed,
        applied=apply and not is_worse,
        note=note,
    )
    if not report.applied:
        return report, None
    evidence = {**asdict(report), "k": k, "mode": mode, "min_precision": min_precision}
    return report, Calibrated(fitted.threshold, model_for(name).digest, questions.name, questions.sha256, evidence)
