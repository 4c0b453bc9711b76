"""Keeping runs: evaluations and comparisons told to a tracker that the caller names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.comparing import Evaluation
    from eval.comparison.comparison import Comparison


def track(run: Evaluation | Comparison, sink: str, *, text: bool = False) -> str:
    """Store an evaluation or a comparison in ``sink``, and say where it is to be found.

    ``sink`` is ``jsonl:PATH`` for a file of JSON lines, or ``mlflow:URI`` (extra ``mlflow``) for a local database such as
    ``mlflow:sqlite:///runs.db`` or a server. Stored are settings, figures and, for each query, its id and its scores; with
    ``text`` also questions, answers, reasons of errors, and the report files, which quote documents.

    Raises :class:`ragline.errors.MissingExtra` without MLflow, :class:`ragline.errors.InputError` for a sink of another form,
    :class:`ragline.errors.BackendUnavailableError` or :class:`ragline.errors.StorageError` where it does not take the run.
    """
    from api.comparing import result_of
    from eval.comparison.comparison import Comparison
    from eval.tracking.run import run_of_comparison, run_of_evaluation
    from eval.tracking.sinks import tracker_of

    tracker = tracker_of(sink)
    if isinstance(run, Comparison):
        return tracker.record(run_of_comparison(run, with_text=text))
    return tracker.record(run_of_evaluation(result_of(run), with_text=text))
