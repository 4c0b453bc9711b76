"""The command that moves a collection to another embedder, chunker or analysis, and how its report looks in a terminal."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import render
from api.cli_options import KB, Json, Kb, open_collection
from ragline.settings import choices_of

if TYPE_CHECKING:
    from indexes.migration.report import MigrationReport

CHUNKERS = ", ".join(choices_of("chunker"))
ANALYSES = ", ".join(choices_of("analysis"))
TABLE_CHUNKS = ", ".join(choices_of("table_chunks"))
_KEPT = "as it is"
_WAYS = {
    "text": "from their stored text",
    "file": "from their source file",
    "chunks": "from their stored chunks",
    "kept": "with the chunks they had",
}


def migrate(
    kb: Kb = KB,
    embedder: Annotated[str | None, typer.Option(help="auto, minilm or light.", show_default=_KEPT)] = None,
    chunker: Annotated[str | None, typer.Option(help=f"One of {CHUNKERS}.", show_default=_KEPT)] = None,
    chunk_tokens: Annotated[
        int | None, typer.Option(help="Chunk size in the embedder's tokens; 0 = its limit.", show_default=_KEPT)
    ] = None,
    chunk_overlap: Annotated[
        float | None, typer.Option(help="Share of a chunk that repeats in the next one.", show_default=_KEPT)
    ] = None,
    table_chunks: Annotated[
        str | None, typer.Option(help=f"Further chunks of tables: {TABLE_CHUNKS}.", show_default=_KEPT)
    ] = None,
    analysis: Annotated[str | None, typer.Option(help=f"How words become terms: {ANALYSES}.", show_default=_KEPT)] = None,
    golden: Annotated[Path | None, typer.Option(help="Golden set on which old and new are compared first.")] = None,
    max_loss: Annotated[float, typer.Option(help="Refuse when nDCG@10 or recall@10 falls by more.")] = 0.01,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only estimate chunks and time, from a sample.")] = False,
    as_json: Json = False,
) -> None:
    """Move a collection to another embedder, chunker or analysis while it serves; run again, it goes on where it ended."""
    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, create=False))
        progress = stack.enter_context(render.migration_progress())
        report = collection.migrate(
            embedder=embedder,
            chunker=chunker,
            chunk_tokens=chunk_tokens,
            chunk_overlap=chunk_overlap,
            table_chunks=table_chunks,
            analysis=analysis,
            golden=golden,
            max_loss=max_loss,
            dry_run=dry_run,
            progress=progress,
        )
    if as_json:
        render.json_object(asdict(report))
    else:
        _show(report)


def _show(report: MigrationReport) -> None:
    ways = ", ".join(f"{report.ways[way]} {said}" for way, said in _WAYS.items() if report.ways.get(way))
    render.line(f"from {report.before}")
    render.line(f"to   {report.after}")
    if report.dry_run:
        render.line(
            f"would take about {report.seconds:.0f} s: {report.documents} documents (about {ways or 'none'}), "
            f"{report.chunks_before} chunks now, about {report.chunks} then"
        )
    else:
        render.line(
            f"space {report.space} is in use after {report.seconds:.1f} s: {report.documents} documents ({ways or 'none'}), "
            f"{report.chunks_before} chunks before, {report.chunks} now; {report.embedded} embedded, {report.reused} vectors "
            f"taken over"
        )
    for each in report.quality:
        before, after = ("-" if value is None else f"{value:.3f}" for value in (each.before, each.after))
        render.line(f"  {each.metric}: {before} before, {after} now")
    if report.recall_at_10 is not None:
        render.line(f"  vector index: recall@10 {report.recall_at_10:.3f}")
    for warning in report.warnings:
        render.line(f"  {warning}")
    if not report.dry_run:
        render.line("to go back: ragline rollback --space; to give back the old space: ragline compact")
