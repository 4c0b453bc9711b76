"""The command that finds the right vector index, or fits the reranker."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from api import render, render_tuning
from api.cli_options import DONE, INCOMPLETE, KB, Json, Kb, open_collection


def tune(
    kb: Kb = KB,
    target_recall: Annotated[float, typer.Option(help="Least recall@10 against exact search.")] = 0.98,
    max_memory: Annotated[str, typer.Option(help="Most memory of the index, e.g. 200MB; empty = any.")] = "",
    p95_ms: Annotated[
        float | None, typer.Option("--p95-ms", help="Most milliseconds of a vector search, 95th percentile.")
    ] = None,
    queries: Annotated[
        Path | None, typer.Option(help="A golden set (JSONL) or a BEIR folder whose queries are asked; else stored vectors.")
    ] = None,
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="Measure only this kind; repeatable.")] = None,
    apply: Annotated[bool, typer.Option(help="Put what is chosen in use.")] = True,
    report: Annotated[Path | None, typer.Option(help="Folder for the reports: JSON, Markdown and a chart.")] = None,
    reranker: Annotated[
        Path | None, typer.Option(help="Fit the reranker to this golden set instead (JSONL or a BEIR folder).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure every kind of vector index on a collection's own vectors, and use the fastest that meets the goals.

    With --reranker the index stays; the learned reranker is fitted to a golden set, and used where that gains.
    """
    if reranker is not None:
        _fit_reranker(kb, reranker, apply=apply, as_json=as_json)
    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, create=False))
        progress = stack.enter_context(render_tuning.tune_progress())
        found = collection.tune(
            target_recall=target_recall,
            max_memory=max_memory or None,
            p95_ms=p95_ms,
            queries=queries,
            kinds=kinds,
            apply=apply,
            reports=report,
            progress=progress,
        )
    if as_json:
        render.json_object(found.json())
    else:
        render_tuning.tuning(found)
    raise typer.Exit(DONE if found.met else INCOMPLETE)


def _fit_reranker(kb: Path, golden: Path, *, apply: bool, as_json: bool) -> NoReturn:
    with open_collection(kb, create=False) as collection:
        found = collection.tune_reranker(golden, apply=apply)
    if as_json:
        render.json_object(found.json())
    else:
        render_tuning.refit(found)
    raise typer.Exit(DONE if found.accepted else INCOMPLETE)


COMMANDS: tuple[Callable[..., None], ...] = (tune,)
"""In the order of the help."""
