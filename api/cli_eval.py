"""The commands that measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from api import render, render_judge_check, render_judging
from api.cli_options import DONE, INCOMPLETE, KB, Golden, Json, Kb, Mode, Names, mode_of, open_collection, principal_of
from api.cli_track import Track, TrackText, require_sink, tracked
from api.judging import DEFAULT_JUDGE, JUDGES
from api.opening import open_page

if TYPE_CHECKING:
    from eval.golden_units import Unit

UNSCORED = 2
"""The exit code where a metric has too few scores to be believed."""


def evaluate(
    golden: Golden,
    kb: Kb = KB,
    mode: Mode = "hybrid",
    names: Names = None,
    answers: Annotated[bool, typer.Option(help="Also answer every question, and measure abstention.")] = True,
    judge: Annotated[str, typer.Option(help=f"What judges the answers: {', '.join(JUDGES)}.")] = DEFAULT_JUDGE,
    judge_model: Annotated[
        str | None, typer.Option(help="LiteLLM name of the model that judges.", show_default="the setting judge_model")
    ] = None,
    judge_budget: Annotated[
        float | None, typer.Option(help="Dollars that judging may cost.", show_default="the setting judge_budget_usd")
    ] = None,
    allow_unscored: Annotated[
        bool, typer.Option("--allow-unscored", help="Exit as usual where fewer than 95 of 100 questions have a score.")
    ] = False,
    unit: Annotated[
        str, typer.Option(help="What is ranked: document, or chunk (relevant where it overlaps a span).")
    ] = "document",
    report: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("ragline-report"),
    show: Annotated[bool, typer.Option("--open", help="Show the report in the default browser, where there is one.")] = False,
    track: Track = "",
    track_text: TrackText = False,
    as_json: Json = False,
) -> None:
    """Measure a collection on a golden set and write a report: a page, Markdown, JSON, JUnit and CSV.

    A judge's verdicts are kept in the folder of the reports: run again, it goes on where it was. Exit codes: 2 where fewer than
    95 of 100 questions have a score of a metric that applies to them, 3 where a question raised an error.
    """
    require_sink(track)
    given: dict[str, Any] = {"judge_model": judge_model, "judge_budget_usd": judge_budget}
    with ExitStack() as stack:
        settings = {name: value for name, value in given.items() if value is not None}
        collection = stack.enter_context(open_collection(kb, create=False, **settings))
        progress, judge_progress = stack.enter_context(render_judging.evaluation_progress())
        result = collection.evaluate(
            golden,
            mode=mode_of(mode),
            answers=answers,
            judge=judge,
            principal=principal_of(names),
            reports=report,
            progress=progress,
            judge_progress=judge_progress,
            unit=cast("Unit", unit),
        )
    if as_json:
        render.json_object(asdict(result))
    else:
        render.evaluation(result)
        render_judging.answers(result)
        if result.judge is not None:
            render_judge_check.judge_check(result.judge)
    if result.judge is not None:
        render_judge_check.warn(result.judge)
    tracked(result, track, text=track_text)
    if show and (reason := open_page(result.files["html"])):
        render.note(f"not opened: {reason}; the page is {result.files['html']}")
    if not allow_unscored and not result.is_complete:
        render_judging.warn_unscored(result)
        raise typer.Exit(UNSCORED)
    raise typer.Exit(INCOMPLETE if result.counts["errors"] else DONE)


COMMANDS: Mapping[str, Callable[..., None]] = MappingProxyType({"eval": evaluate})
"""By name, in the order of the help."""
