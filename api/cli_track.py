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


def tracked(run: EvalResult | Comparison, sink: str, *, text: bool) -> None:
    """Store ``run`` where that was asked for; where it went is told on standard error."""
    if sink:
        from api.tracking import track

        render.note(f"stored: {track(run, sink, text=text)}")
