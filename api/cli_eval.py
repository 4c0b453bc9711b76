"""The commands that measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from api import render, render_judge
from api.cli_options import DONE, INCOMPLETE, KB, Json, Kb, Mode, Names, mode_of, open_collection, principal_of
from api.judging import JUDGES


def evaluate(
    golden: Annotated[Path, typer.Argument(help="A golden set (JSONL) or a BEIR folder.")],
    kb: Kb = KB,
    mode: Mode = "hybrid",
    names: Names = None,
    answers: Annotated[bool, typer.Option(help="Also answer every question, and measure abstention.")] = True,
    judge: Annotated[str, typer.Option(help=f"What judges the answers: {', '.join(JUDGES)}.")] = "none",
    report: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("ragline-report"),
    as_json: Json = False,
) -> None:
    """Measure a collection on a golden set and write a report."""
    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, create=False))
        progress = stack.enter_context(render.query_progress("evaluate"))
        result = collection.evaluate(
            golden,
            mode=mode_of(mode),
            answers=answers,
            judge=judge,
            principal=principal_of(names),
            reports=report,
            progress=progress,
        )
    if as_json:
        render.json_object(asdict(result))
    else:
        render.evaluation(result)
        if result.judge is not None:
            render_judge.judge_check(result.judge)
    raise typer.Exit(INCOMPLETE if result.counts["errors"] else DONE)


COMMANDS: Mapping[str, Callable[..., None]] = MappingProxyType({"eval": evaluate})
"""By name, in the order of the help."""
