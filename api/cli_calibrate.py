"""The command that chooses when a collection abstains."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import render
from api.cli_options import DONE, INCOMPLETE, KB, Json, Kb, open_collection

if TYPE_CHECKING:
    from eval.bootstrap import Interval
    from eval.calibration import Outcome


def calibrate(
    golden: Annotated[Path, typer.Argument(help="A golden set (JSONL) with unanswerable questions among its questions.")],
    kb: Kb = KB,
    min_precision: Annotated[
        float | None, typer.Option(help="Share of the abstentions that must be right; else the best F1 of abstaining.")
    ] = None,
    apply: Annotated[bool, typer.Option(help="Store the threshold in the collection.")] = True,
    as_json: Json = False,
) -> None:
    """Choose below which support a collection says that it does not know, by questions with and without an answer."""
    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, create=False))
        progress = stack.enter_context(render.query_progress("calibrate"))
        report = collection.calibrate(golden, min_precision=min_precision, apply=apply, progress=progress)
    if as_json:
        render.json_object(asdict(report))
    else:
        render.line(f"{report.answerable} answerable and {report.unanswerable} unanswerable questions of {report.golden_name}")
        render.line(f"AUROC of the support {_interval(report.auroc)}")
        render.line(f"threshold {report.threshold_before:.3f} (in use before): {_outcome(report.before)}")
        render.line(f"threshold {report.threshold:.3f} (cross-validated): {_outcome(report.held_out)}")
        for question, reason in report.failed.items():
            render.line(f"  {question} could not be asked: {reason}")
        render.line(report.note or ("stored in the collection" if report.applied else "not stored"))
    raise typer.Exit(INCOMPLETE if report.failed or report.note else DONE)


def _interval(value: Interval | None) -> str:
    return "none" if value is None else f"{value.mean:.2f} [{value.low:.2f}, {value.high:.2f}]"


def _outcome(outcome: Outcome) -> str:
    return (
        f"precision {_interval(outcome.precision)}, recall {_interval(outcome.recall)}; abstained {outcome.abstained} times, "
        f"{outcome.false_abstentions} wrongly"
    )


COMMANDS: tuple[Callable[..., None], ...] = (calibrate,)
"""In the order of the help."""
