"""The commands that compare: evaluations, configurations, and variants in live traffic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from api import render, render_comparison, render_judging
from api.cli_options import DONE, FAILED, INCOMPLETE, KB, Json, Kb, Mode, Names, mode_of, open_collection, principal_of
from api.cli_track import Track, TrackText, require_sink, tracked
from ragline.errors import InputError

if TYPE_CHECKING:
    from eval.comparison.comparison import Comparison
    from eval.comparison.gate import GateRule
    from eval.golden_units import Unit


def compare(
    a: Annotated[str, typer.Argument(metavar="[A]", help="The evaluation before: a report's folder or report.json.")] = "",
    b: Annotated[str, typer.Argument(metavar="[B]", help="The evaluation that may take its place.")] = "",
    golden: Annotated[Path | None, typer.Option(help="Evaluate two configurations on this golden set instead.")] = None,
    kb: Kb = KB,
    of_a: Annotated[
        list[str] | None,
        typer.Option("--a", metavar="NAME=VALUE", help="A setting of A, or mode, e.g. rrf_k=30; repeatable; none = as it is."),
    ] = None,
    of_b: Annotated[list[str] | None, typer.Option("--b", metavar="NAME=VALUE", help="A setting of B.")] = None,
    mode: Mode = "hybrid",
    names: Names = None,
    answers: Annotated[bool, typer.Option(help="With --golden: also answer every question.")] = True,
    judge: Annotated[str, typer.Option(help="With --golden: what judges the answers.")] = "none",
    unit: Annotated[str, typer.Option(help="With --golden: what is ranked, document or chunk.")] = "document",
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metric", help="Test this metric; repeatable. Default: each family at its deepest."),
    ] = None,
    by_id: Annotated[bool, typer.Option("--by-id", help="Compare different golden sets on the queries they share.")] = False,
    gate: Annotated[
        str,
        typer.Option(metavar="METRIC:BOUND,...", help="Exit with 1 where a gain is below its bound: nDCG@10:-0.01."),
    ] = "",
    gate_rule: Annotated[
        str,
        typer.Option(help="What a gate goes by: mean, significant (the drop is beyond doubt), non-inferior (it is ruled out)."),
    ] = "mean",
    max_missing: Annotated[float, typer.Option(help="Share of scores that may be missing before a gate fails.")] = 0.0,
    report: Annotated[Path | None, typer.Option(help="Folder for the reports: JSON, Markdown and HTML.")] = None,
    track: Track = "",
    track_text: TrackText = False,
    as_json: Json = False,
) -> None:
    """Compare two evaluations, or two configurations on a golden set: differences with intervals, tests, and what changed."""
    require_sink(track)
    options: dict[str, Any] = {
        "metrics": metrics or (),
        "gates": gate,
        "rule": cast("GateRule", gate_rule),
        "max_missing": max_missing,
        "reports": report,
    }
    if golden is None:
        found = _of_reports(a, b, of_a, of_b, {**options, "by_id": by_id})
    elif a or b:
        raise InputError("Two reports and --golden were given. Compare reports, or name configurations with --a and --b.")
    else:
        from api.comparing import settings_of

        with ExitStack() as stack:
            collection = stack.enter_context(open_collection(kb, create=False))
            progress, judge_progress = stack.enter_context(render_judging.evaluation_progress())
            found = collection.compare(
                golden,
                settings_of(of_a or ()),
                settings_of(of_b or ()),
                mode=mode_of(mode),
                answers=answers,
                judge=judge,
                unit=cast("Unit", unit),
                principal=principal_of(names),
                progress=progress,
                judge_progress=judge_progress,
                **options,
            )
    _show(found, report, as_json=as_json)
    tracked(found, track, text=track_text)
    if not found.passed:
        raise typer.Exit(FAILED)
    raise typer.Exit(INCOMPLETE if golden is not None and found.a.errors + found.b.errors else DONE)


def _of_reports(a: str, b: str, of_a: list[str] | None, of_b: list[str] | None, options: dict[str, Any]) -> Comparison:
    from api.comparing import compare as compare_reports

    if of_a or of_b:
        raise InputError("--a and --b are configurations that are evaluated on a golden set. Name it: --golden golden.jsonl.")
    if not a or not b:
        raise InputError("Two evaluations are compared. Give two report folders, or --golden with --a and --b.")
    return compare_reports(a, b, **options)


def _show(found: Comparison, report: Path | None, *, as_json: bool) -> None:
    if as_json:
        from eval.comparison.reports.json_report import json_object

        render.json_object(json_object(found))
        return
    render_comparison.comparison(found)
    if report is not None:
        render.line(f"report: {report / 'comparison.html'}")


COMMANDS: Mapping[str, Callable[..., None]] = MappingProxyType({"compare": compare})
"""By name, in the order of the help."""
