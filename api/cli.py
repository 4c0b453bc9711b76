"""The command line: ``ragline ingest | sync | watch | freshness | duplicates | search | why-not | ask | verify | eval |
golden | compare | sample-size | assign | preference | delete | rebuild | migrate | rollback | runs | stats | health | doctor |
backup | restore | compact | purge | quarantined | release | access | audit | audit-chunks | tune | calibrate | log | feedback |
demo``.

Exit codes: 0 done, 1 failed, 2 wrong input or usage (of ``eval`` also: too few questions have a score), 3 done with failures (a
source that could not be read, a query that raised, a collection that is not healthy). Results go to standard output, progress
and errors to standard error. With ``--json`` standard output is one JSON object, whatever happens: a command that fails gives
``{"error": {"type": ..., "message": ...}}``, where the type is the name of one of Ragline's errors, ``UsageError`` for a
command line that cannot be understood, or ``Interrupted``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from api import (
    cli_access,
    cli_ask,
    cli_calibrate,
    cli_chunks,
    cli_compare,
    cli_eval,
    cli_golden,
    cli_live,
    cli_log,
    cli_quarantine,
    cli_search,
    cli_tune,
    cli_upkeep,
    render,
)
from api.cli_options import (
    BAD_INPUT,
    DONE,
    FAILED,
    INCOMPLETE,
    INTERRUPTED,
    KB,
    Json,
    Kb,
    open_collection,
)
from ragline.errors import InputError, RaglineError
from ragline.settings import Settings

if TYPE_CHECKING:
    from indexes.duplicate_report import Unit

app = typer.Typer(
    name="ragline",
    help="Ranked passages, cited answers and honest figures from a folder of documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Assignments = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any setting, e.g. ocr=eng; may be given several times.")
]


@app.command()
def ingest(
    sources: Annotated[list[str], typer.Argument(help="Files, folders, glob patterns, or addresses of the web.")],
    kb: Kb = KB,
    embedder: Annotated[str, typer.Option(help="Embedder of a new collection: auto, minilm or light.")] = "auto",
    root: Annotated[Path | None, typer.Option(help="Make document ids relative to this folder.")] = None,
    allow_urls: Annotated[
        bool | None, typer.Option("--allow-urls", help="Fetch documents from the web.", show_default="the setting allow_urls")
    ] = None,
    privacy: Annotated[
        str | None,
        typer.Option(help="Personal data and secrets: off, tag, redact, refuse.", show_default="the setting privacy"),
    ] = None,
    injection: Annotated[
        str | None,
        typer.Option(help="Chunks that give orders to a model: off, tag, quarantine.", show_default="the setting injection"),
    ] = None,
    assignments: Assignments = None,
    as_json: Json = False,
) -> None:
    """Put documents into a collection; unchanged ones are skipped."""
    given: dict[str, Any] = {"allow_urls": allow_urls, "privacy": privacy, "injection": injection}
    overrides = Settings.parse(assignments or ()) | {name: value for name, value in given.items() if value is not None}
    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, **{"embedder": embedder} | overrides))
        progress = stack.enter_context(render.ingest_progress())
        report = collection.ingest(sources, root=root, progress=progress)
    if as_json:
        render.json_object({**asdict(report), "counts": report.counts, "findings": report.findings, "flagged": report.flagged})
    else:
        render.ingest_report(report)
    raise typer.Exit(INCOMPLETE if report.failures else DONE)


@app.command()
def sync(
    folders: Annotated[list[str], typer.Argument(help="Folders to keep in step with.")],
    kb: Kb = KB,
    embedder: Annotated[str, typer.Option(help="Embedder of a new collection: auto, minilm or light.")] = "auto",
    root: Annotated[Path | None, typer.Option(help="Make document ids relative to this folder.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be done; no file is parsed, so none fails yet.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Remove vanished documents however many they are.")] = False,
    assignments: Assignments = None,
    as_json: Json = False,
) -> None:
    """Ingest folders, and remove the documents whose files have vanished from them."""
    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, **{"embedder": embedder} | Settings.parse(assignments or ())))
        progress = stack.enter_context(render.ingest_progress())
        report = collection.sync(folders, root=root, dry_run=dry_run, force=force, progress=progress)
    if as_json:
        render.json_object({**asdict(report), "counts": report.counts, "findings": report.findings, "flagged": report.flagged})
    else:
        render.ingest_report(report, all_changes=dry_run)
    raise typer.Exit(INCOMPLETE if report.failures else DONE)


@app.command()
def watch(
    folders: Annotated[list[Path], typer.Argument(help="Folders to keep in step with.")],
    kb: Kb = KB,
    embedder: Annotated[str, typer.Option(help="Embedder of a new collection: auto, minilm or light.")] = "auto",
    assignments: Assignments = None,
) -> None:
    """Sync folders now and whenever something in them changes, until interrupted."""
    from api.watch import watch as syncs

    with open_collection(kb, **{"embedder": embedder} | Settings.parse(assignments or ())) as collection:
        for report in syncs(collection, folders):
            if isinstance(report, RaglineError):
                render.error(report)
            else:
                render.ingest_report(report)


@app.command()
def freshness(kb: Kb = KB, as_json: Json = False) -> None:
    """Show how old the newest document is, and which folders have stopped changing."""
    with open_collection(kb, create=False) as collection:
        report = collection.freshness()
    if as_json:
        render.json_object(asdict(report))
    else:
        render.freshness(report)


@app.command()
def duplicates(
    kb: Kb = KB,
    unit: Annotated[str, typer.Option(help="What is compared: document or chunk.")] = "document",
    threshold: Annotated[float, typer.Option(help="Least similarity, 0.5 to 1: share of word triples in common.")] = 0.85,
    as_json: Json = False,
) -> None:
    """Find near-duplicate documents or chunks, and link them: those of chunks for `ragline search --collapse`."""
    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, create=False))
        progress = stack.enter_context(render.duplicate_progress())
        report = collection.duplicates(threshold, cast("Unit", unit), progress=progress)
    if as_json:
        render.json_object({**asdict(report), "redundant": report.redundant, "share": report.share})
    else:
        render.duplicates(report)


for command in (*cli_search.COMMANDS, *cli_ask.COMMANDS):
    app.command()(command)
for name, command in {**cli_eval.COMMANDS, **cli_compare.COMMANDS, **cli_live.COMMANDS, **cli_chunks.COMMANDS}.items():
    app.command(name)(command)
app.add_typer(cli_golden.golden)


@app.command()
def delete(doc_id: str, kb: Kb = KB, as_json: Json = False) -> None:
    """Remove a document from every index."""
    with open_collection(kb, create=False) as collection:
        report = collection.delete(doc_id)
    if as_json:
        render.json_object(asdict(report))
    else:
        render.line(f"{doc_id}: {report.chunks} chunks removed" if report.found else f"{doc_id}: no such document")
    raise typer.Exit(DONE if report.found else BAD_INPUT)


OTHERS: tuple[Callable[..., None], ...] = (
    *cli_upkeep.COMMANDS,
    *cli_quarantine.COMMANDS,
    *cli_access.COMMANDS,
    *cli_tune.COMMANDS,
    *cli_calibrate.COMMANDS,
    *cli_log.COMMANDS,
)
for command in OTHERS:
    app.command()(command)


@app.command()
def demo(
    samples: Annotated[Path, typer.Option(help="The sample corpus.")] = Path("data/samples"),
    kb: Kb = Path(".demo/kb"),
    report: Annotated[Path, typer.Option(help="Folder for the evaluation report.")] = Path(".demo/report"),
) -> None:
    """Ingest the samples, search, answer, evaluate."""
    from api.demo import run_demo

    if not (samples / "golden.jsonl").is_file():
        raise InputError(f"No sample corpus at {samples}. Run the demo from a clone of the repository, or give --samples.")
    with open_collection(kb) as collection:
        run_demo(collection, samples, report)


def main() -> None:
    """Entry point of the ``ragline`` command."""
    as_json = "--json" in sys.argv
    tell = render.json_error if as_json else render.error
    try:
        # As JSON, what is wrong with the command line is told here too, and not by the library in its own form.
        code = app(standalone_mode=not as_json)
        if code == INTERRUPTED:
            render.json_message("Interrupted", "Interrupted; what was committed is kept. Run the command again to go on.")
        sys.exit(code)
    except typer.TyperException as error:
        render.json_message("UsageError", f"{error.format_message()} Try: ragline --help")
        sys.exit(BAD_INPUT)
    except InputError as error:
        tell(error)
        sys.exit(BAD_INPUT)
    except RaglineError as error:
        tell(error)
        sys.exit(FAILED)
