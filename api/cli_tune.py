"""The command that finds the right vector index, fits the reranker, or searches for better search settings."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from api import render, render_tuning
from api.cli_options import DONE, INCOMPLETE, KB, Json, Kb, Names, open_collection, principal_of


def tune(
    kb: Kb = KB,
    target_recall: Annotated[float, typer.Option(help="Least recall@10 against exact search.")] = 0.98,
    max_memory: Annotated[str, typer.Option(help="Most memory of the index, e.g. 200MB; empty = any.")] = "",
    p95_ms: Annotated[
        float | None,
        typer.Option(
            "--p95-ms", help="Most milliseconds, 95th percentile: of a vector search; with --golden of a whole search."
        ),
    ] = None,
    queries: Annotated[
        Path | None, typer.Option(help="A golden set (JSONL) or a BEIR folder whose queries are asked; else stored vectors.")
    ] = None,
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="Measure only this kind; repeatable.")] = None,
    apply: Annotated[bool, typer.Option(help="Put what is chosen in use; with --golden: write the settings file.")] = True,
    report: Annotated[Path | None, typer.Option(help="Folder for the reports: JSON, Markdown and a chart.")] = None,
    reranker: Annotated[
        Path | None, typer.Option(help="Fit the reranker to this golden set instead (JSONL or a BEIR folder).")
    ] = None,
    golden: Annotated[
        Path | None, typer.Option(help="Search for better search settings on this golden set instead (JSONL or a BEIR folder).")
    ] = None,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=V1,V2]",
            help="With --golden: a setting to try, e.g. fusion, depth=50,100 or chunk_tokens=128,200; repeatable.",
            show_default="fusion, lexical_weight, depth, reranker, rerank_depth",
        ),
    ] = None,
    trials: Annotated[int, typer.Option(help="With --golden: points to try at most.")] = 40,
    max_seconds: Annotated[float, typer.Option(help="With --golden: seconds to spend at most.")] = 600.0,
    held_out: Annotated[float, typer.Option(help="With --golden: share of the queries that the choice is judged by.")] = 0.5,
    metric: Annotated[str, typer.Option(help="With --golden: what is to rise.")] = "nDCG@10",
    sampler: Annotated[str, typer.Option(help="With --golden: auto, tpe (the extra tuning) or grid.")] = "auto",
    seed: Annotated[int, typer.Option(help="With --golden: the same seed tries the same points.")] = 0,
    write: Annotated[
        Path, typer.Option(help="With --golden: the settings file that is written where something is worth it.")
    ] = Path("ragline.toml"),
    names: Names = None,
    as_json: Json = False,
) -> None:
    """Measure every kind of vector index on a collection's own vectors, and use the fastest that meets the goals.

    With --reranker the index stays; the learned reranker is fitted to a golden set, and used where that gains. With --golden
    settings of the search are tried on one part of a golden set; the best is compared with those in use on the other part, and
    written to a settings file where the gain is real. Exit code 3: nothing was found that is worth it.
    """
    if golden is not None:
        options = {
            "over": over or (),
            "trials": trials,
            "seconds": max_seconds,
            "held_out": held_out,
            "metric": metric,
            "sampler": sampler,
            "seed": seed,
            "p95_ms": p95_ms,
            "principal": principal_of(names),
            "write": write if apply else None,
            "reports": report,
        }
        _search(kb, golden, options, as_json=as_json)
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


def _search(kb: Path, golden: Path, options: dict[str, Any], *, as_json: bool) -> NoReturn:
    command = shlex.join(["ragline", *sys.argv[1:]])
    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, create=False))
        progress = stack.enter_context(render_tuning.search_progress())
        found = collection.tune_search(golden, **options, command=command, progress=progress)
    if as_json:
        render.json_object(found.json())
    else:
        render_tuning.searched(found)
    raise typer.Exit(DONE if found.recommended else INCOMPLETE)


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
