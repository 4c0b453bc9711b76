"""The options of commands whose runs can be told to a tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api import render

if TYPE_CHECKING:
    from eval.comparison.comparison import Comparison
    from eval.result import EvalResult

Track = Annotated[str, typer.Option(metavar="SINK", help="Also store the run: jsonl:PATH, or mlflow:sqlite:///runs.db.")]
TrackText = Annotated[bool, typer.Option(help="Store questions, answers and report files too.")]


def require_sink(sink: str) -> None:
    """That ``sink`` can take a run, so that a wrong one costs no evaluation.

    Raises :class:`ragline.errors.InputError` for another form, :class:`ragline.errors.MissingExtra` without its library.
    """
    if sink:
        from eval.tracking.sinks import tracker_of

        tracker_of(sink).require_library()


def tracked(run: EvalResult | Comparison, sink: str, *, text: bool) -> None:
    """Store ``run`` where that was asked for; where it went is told on standard error."""
    if sink:
        from api.tracking import track

        render.note(f"stored: {track(run, sink, text=text)}")
