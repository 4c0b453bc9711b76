"""The commands that look after a collection: its index, its runs, its health, its space, and copies of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from api import render
from api.cli_health import health
from api.cli_migration import migrate
from api.cli_options import BAD_INPUT, DONE, INCOMPLETE, KB, Json, Kb, open_collection, show
from ragline.settings import choices_of

INDEX_KINDS = ", ".join(choices_of("index_kind"))


def rebuild(
    kb: Kb = KB,
    kind: Annotated[str, typer.Option(help=f"One of {INDEX_KINDS}; auto = the setting index_kind.")] = "auto",
    golden: Annotated[Path | None, typer.Option(help="Golden set whose queries it is checked with too.")] = None,
    target_recall: Annotated[
        float | None, typer.Option(help="Recall@10 that it must reach.", show_default="the setting target_recall")
    ] = None,
    p95_ms: Annotated[
        float | None, typer.Option(help="Milliseconds that 95 of 100 searches may take.", show_default="the setting p95_ms")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only forecast its bytes and the time it takes.")] = False,
    as_json: Json = False,
) -> None:
    """Build the vector index anew beside the one in use, check it, and swap; refused when a check fails."""
    asked: dict[str, Any] = {"golden_set": golden and str(golden), "target_recall": target_recall, "p95_ms": p95_ms}
    overrides = {name: value for name, value in asked.items() if value is not None}
    if dry_run:
        with open_collection(kb, create=False) as collection:
            forecast = collection.forecast(kind=kind)
        render.json_object(asdict(forecast)) if as_json else render.line(str(forecast))
        return
    with open_collection(kb, create=False, **overrides) as collection:
        report = collection.rebuild(kind=kind)
    if as_json:
        render.json_object(asdict(report))
        return
    render.line(
        f"generation {report.number}: {report.kind}, {report.count} chunks, recall@10 {report.recall_at_10:.3f}, "
        f"{report.seconds:.1f} s"
    )
    for check in report.checks:
        render.line(f"  {check}")


def rollback(
    run_id: Annotated[str, typer.Argument(help="The run to undo, from `ragline runs`.")] = "",
    kb: Kb = KB,
    space: Annotated[bool, typer.Option("--space", help="Undo the last migration: go back to the space before it.")] = False,
    as_json: Json = False,
) -> None:
    """Undo an ingest, a sync or (--space) a migration; without either, go back to the vector index before this one."""
    with open_collection(kb, create=False) as collection:
        report = collection.rollback(run_id or None, space=space)
    if as_json:
        render.json_object(asdict(report))
    elif space:
        counts = (
            f"{len(report.brought)} documents written since were embedded again, {len(report.removed)} deleted since are gone"
        )
        render.line(f"space {report.space} is in use: {counts}; to undo that: ragline rollback --space")
    elif run_id:
        counts = f"{len(report.removed)} documents removed, {len(report.restored)} restored, {len(report.kept)} kept"
        render.line(f"run {run_id} is undone: {counts}; to undo that: ragline rollback {report.run_id}")
    else:
        render.line(
            f"generation {report.generation} is in use: {report.index_after} in the place of {report.index_before}; it does "
            f"not hold {report.unindexed_after} chunks (before: {report.unindexed_before}), which are compared one by one"
        )


def runs(kb: Kb = KB, as_json: Json = False) -> None:
    """List the recorded runs, oldest first."""
    with open_collection(kb, create=False) as collection:
        recorded = collection.runs()
    if as_json:
        render.json_object({"runs": recorded})
    else:
        render.runs(recorded)


def stats(kb: Kb = KB, as_json: Json = False) -> None:
    """Counts, sizes and configuration of a collection."""
    with open_collection(kb, create=False) as collection:
        show(collection.stats(), as_json=as_json)


def doctor(
    kb: Kb = KB,
    repair: Annotated[bool, typer.Option("--repair", help="Make anew from the catalog what is broken.")] = False,
    as_json: Json = False,
) -> None:
    """Look over every file, row and vector of a collection."""
    with open_collection(kb, create=False) as collection:
        report = collection.doctor(repair=repair)
    if as_json:
        render.json_object({"ok": report.ok, **asdict(report)})
    else:
        render.findings(report)
    raise typer.Exit(DONE if report.ok else INCOMPLETE)


def backup(target: Annotated[Path, typer.Argument(help="A new folder.")], kb: Kb = KB, as_json: Json = False) -> None:
    """Copy a collection as it is now, while it is searched and written."""
    with open_collection(kb, create=False) as collection:
        report = collection.backup(target)
    show(asdict(report), as_json=as_json)


def restore(source: Annotated[Path, typer.Argument(help="The backup's folder.")], kb: Kb = KB, as_json: Json = False) -> None:
    """Make a new collection from a backup."""
    from api.upkeep import restore as make

    show(asdict(make(source, kb)), as_json=as_json)


def compact(kb: Kb = KB, as_json: Json = False) -> None:
    """Give back the space of what is out of sight, but for what a rollback may need."""
    with open_collection(kb, create=False) as collection:
        report = collection.compact()
    show(asdict(report), as_json=as_json)
    raise typer.Exit(INCOMPLETE if report.warnings else DONE)


def purge(
    documents: Annotated[list[str] | None, typer.Argument(help="Ids of documents to delete for good.")] = None,
    kb: Kb = KB,
    as_json: Json = False,
) -> None:
    """Delete documents, and forget what is out of sight: no file holds its text any more, and no rollback brings it back."""
    with open_collection(kb, create=False) as collection:
        report = collection.purge(documents or ())
    show(asdict(report), as_json=as_json)
    raise typer.Exit(INCOMPLETE if report.warnings else BAD_INPUT if report.absent else DONE)


COMMANDS: tuple[Callable[..., None], ...] = (
    rebuild,
    migrate,
    rollback,
    runs,
    stats,
    health,
    doctor,
    backup,
    restore,
    compact,
    purge,
)
"""In the order of the help."""
