"""The command line: ``ragline ingest | sync | watch | freshness | duplicates | search | ask | eval | delete | rebuild |
rollback | runs | stats | health | doctor | backup | restore | compact | purge | demo``.

Exit codes: 0 done, 1 failed, 2 wrong input or usage, 3 done with failures (a source that could not be read, a query that
raised, a collection that is not healthy). Results go to standard output, progress and errors to standard error. With ``--json``
standard output is one JSON object, whatever happens: a command that fails gives ``{"error": {"type": ..., "message": ...}}``,
where the type is the name of one of Ragline's errors, ``UsageError`` for a command line that cannot be understood, or
``Interrupted``.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from api import render
from ragline.errors import InputError, RaglineError
from ragline.settings import Settings, choices_of
from ragline.types import Principal, SearchMode

if TYPE_CHECKING:
    from api.collection import Collection
    from indexes.duplicate_report import Unit

DONE, FAILED, BAD_INPUT, INCOMPLETE = 0, 1, 2, 3
INTERRUPTED = 130  # as shells have it: 128 and the number of SIGINT

app = typer.Typer(
    name="ragline",
    help="Ranked passages, cited answers and honest figures from a folder of documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Kb = Annotated[Path, typer.Option("--kb", help="The collection's folder.", envvar="RAGLINE_KB")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Mode = Annotated[str, typer.Option(help="hybrid, vector or lexical.")]
Filters = Annotated[str, typer.Option("--filter", help='A filter as JSON, e.g. \'{"year": {"gte": 2024}}\'.')]
Names = Annotated[list[str] | None, typer.Option("--as", help="Principal and groups that ask; the first is the id.")]
Assignments = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any setting, e.g. ocr=eng; may be given several times.")
]
KB = Path("kb")
INDEX_KINDS = ", ".join(choices_of("index_kind"))


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
    assignments: Assignments = None,
    as_json: Json = False,
) -> None:
    """Put documents into a collection; unchanged ones are skipped."""
    given: dict[str, Any] = {"allow_urls": allow_urls, "privacy": privacy}
    overrides = Settings.parse(assignments or ()) | {name: value for name, value in given.items() if value is not None}
    with ExitStack() as stack:
        collection = stack.enter_context(_open(kb, **{"embedder": embedder} | overrides))
        progress = stack.enter_context(render.ingest_progress())
        report = collection.ingest(sources, root=root, progress=progress)
    if as_json:
        render.json_object({**asdict(report), "counts": report.counts, "findings": report.findings})
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
        collection = stack.enter_context(_open(kb, **{"embedder": embedder} | Settings.parse(assignments or ())))
        progress = stack.enter_context(render.ingest_progress())
        report = collection.sync(folders, root=root, dry_run=dry_run, force=force, progress=progress)
    if as_json:
        render.json_object({**asdict(report), "counts": report.counts, "findings": report.findings})
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

    with _open(kb, **{"embedder": embedder} | Settings.parse(assignments or ())) as collection:
        for report in syncs(collection, folders):
            if isinstance(report, RaglineError):
                render.error(report)
            else:
                render.ingest_report(report)


@app.command()
def freshness(kb: Kb = KB, as_json: Json = False) -> None:
    """Show how old the newest document is, and which folders have stopped changing."""
    with _open(kb, create=False) as collection:
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
        collection = stack.enter_context(_open(kb, create=False))
        progress = stack.enter_context(render.duplicate_progress())
        report = collection.duplicates(threshold, cast("Unit", unit), progress=progress)
    if as_json:
        render.json_object({**asdict(report), "redundant": report.redundant, "share": report.share})
    else:
        render.duplicates(report)


@app.command()
def search(
    query: str,
    kb: Kb = KB,
    k: Annotated[int, typer.Option("-k", help="How many passages.")] = 5,
    mode: Mode = "hybrid",
    filters: Filters = "",
    names: Names = None,
    explain: Annotated[bool, typer.Option(help="Show how each passage came to its place.")] = False,
    collapse: Annotated[
        bool | None, typer.Option(help="Show near-duplicate passages as one.", show_default="the setting collapse_duplicates")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the best passages for a query."""
    with _open(kb, create=False) as collection:
        hits = collection.search(
            query,
            k,
            mode=_mode(mode),
            filters=_filter(filters),
            principal=_principal(names),
            explain=explain,
            collapse=collapse,
        )
    if as_json:
        render.json_object({"query": query, "hits": [asdict(hit) for hit in hits]})
    else:
        render.hits(hits, query)


@app.command()
def ask(
    query: str,
    kb: Kb = KB,
    model: Annotated[str, typer.Option(help="LiteLLM model that writes the answer; empty = extractive, offline.")] = "",
    filters: Filters = "",
    names: Names = None,
    as_json: Json = False,
) -> None:
    """Answer a question with citations, or say that the documents do not answer it."""
    overrides = {"model": model} if model else {}
    with _open(kb, create=False, **overrides) as collection:
        answer = collection.answer(query, filters=_filter(filters), principal=_principal(names))
    if as_json:
        render.json_object(asdict(answer))
    else:
        render.answer(answer)


@app.command("eval")
def evaluate(
    golden: Annotated[Path, typer.Argument(help="A golden set (JSONL) or a BEIR folder.")],
    kb: Kb = KB,
    mode: Mode = "hybrid",
    answers: Annotated[bool, typer.Option(help="Also answer every question, and measure abstention.")] = True,
    report: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("ragline-report"),
    as_json: Json = False,
) -> None:
    """Measure a collection on a golden set and write a report."""
    with ExitStack() as stack:
        collection = stack.enter_context(_open(kb, create=False))
        progress = stack.enter_context(render.query_progress("evaluate"))
        result = collection.evaluate(golden, mode=_mode(mode), answers=answers, reports=report, progress=progress)
    if as_json:
        render.json_object(asdict(result))
    else:
        render.evaluation(result)
    raise typer.Exit(INCOMPLETE if result.counts["errors"] else DONE)


@app.command()
def delete(doc_id: str, kb: Kb = KB, as_json: Json = False) -> None:
    """Remove a document from every index."""
    with _open(kb, create=False) as collection:
        report = collection.delete(doc_id)
    if as_json:
        render.json_object(asdict(report))
    else:
        render.line(f"{doc_id}: {report.chunks} chunks removed" if report.found else f"{doc_id}: no such document")
    raise typer.Exit(DONE if report.found else BAD_INPUT)


@app.command()
def rebuild(
    kb: Kb = KB,
    kind: Annotated[str, typer.Option(help=f"One of {INDEX_KINDS}; auto = the setting index_kind.")] = "auto",
    as_json: Json = False,
) -> None:
    """Build the vector index anew beside the one in use, check it, and swap."""
    with _open(kb, create=False) as collection:
        report = collection.rebuild(kind=kind)
    if as_json:
        render.json_object(asdict(report))
    else:
        render.line(
            f"generation {report.number}: {report.kind}, {report.count} chunks, recall@10 {report.recall_at_10:.3f}, "
            f"{report.seconds:.1f} s"
        )


@app.command()
def rollback(
    run_id: Annotated[str, typer.Argument(help="The run to undo, from `ragline runs`.")] = "",
    kb: Kb = KB,
    as_json: Json = False,
) -> None:
    """Undo an ingest or sync; without a run, put the previous generation of the vector index in use again."""
    with _open(kb, create=False) as collection:
        report = collection.rollback(run_id or None)
    if as_json:
        render.json_object(asdict(report))
    elif run_id:
        counts = f"{len(report.removed)} documents removed, {len(report.restored)} restored, {len(report.kept)} kept"
        render.line(f"run {run_id} is undone: {counts}; to undo that: ragline rollback {report.run_id}")
    else:
        render.line(f"generation {report.generation} is in use")


@app.command()
def runs(kb: Kb = KB, as_json: Json = False) -> None:
    """List the recorded runs, oldest first."""
    with _open(kb, create=False) as collection:
        recorded = collection.runs()
    if as_json:
        render.json_object({"runs": recorded})
    else:
        render.runs(recorded)


@app.command()
def stats(kb: Kb = KB, as_json: Json = False) -> None:
    """Counts, sizes and configuration of a collection."""
    with _open(kb, create=False) as collection:
        _show(collection.stats(), as_json=as_json)


@app.command()
def health(kb: Kb = KB, as_json: Json = False) -> None:
    """Check that every index agrees with the catalog; repairs what can be repaired."""
    with _open(kb, create=False) as collection:
        report = collection.health()
    _show(report, as_json=as_json)
    raise typer.Exit(DONE if report["ok"] else INCOMPLETE)


@app.command()
def doctor(
    kb: Kb = KB,
    repair: Annotated[bool, typer.Option("--repair", help="Make anew from the catalog what is broken.")] = False,
    as_json: Json = False,
) -> None:
    """Look over every file, row and vector of a collection."""
    with _open(kb, create=False) as collection:
        report = collection.doctor(repair=repair)
    if as_json:
        render.json_object({"ok": report.ok, **asdict(report)})
    else:
        render.findings(report)
    raise typer.Exit(DONE if report.ok else INCOMPLETE)


@app.command()
def backup(target: Annotated[Path, typer.Argument(help="A new folder.")], kb: Kb = KB, as_json: Json = False) -> None:
    """Copy a collection as it is now, while it is searched and written."""
    with _open(kb, create=False) as collection:
        report = collection.backup(target)
    _show(asdict(report), as_json=as_json)


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="The backup's folder.")], kb: Kb = KB, as_json: Json = False) -> None:
    """Make a new collection from a backup."""
    from api.collection import restore as make

    _show(asdict(make(source, kb)), as_json=as_json)


@app.command()
def compact(kb: Kb = KB, as_json: Json = False) -> None:
    """Give back the space of what is out of sight, but for what a rollback may need."""
    with _open(kb, create=False) as collection:
        report = collection.compact()
    _show(asdict(report), as_json=as_json)
    raise typer.Exit(INCOMPLETE if report.warnings else DONE)


@app.command()
def purge(
    documents: Annotated[list[str] | None, typer.Argument(help="Ids of documents to delete for good.")] = None,
    kb: Kb = KB,
    as_json: Json = False,
) -> None:
    """Delete documents, and forget what is out of sight: no file holds its text any more, and no rollback brings it back."""
    with _open(kb, create=False) as collection:
        report = collection.purge(documents or ())
    _show(asdict(report), as_json=as_json)
    raise typer.Exit(INCOMPLETE if report.warnings else BAD_INPUT if report.absent else DONE)


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
    with _open(kb) as collection:
        run_demo(collection, samples, report)


def main() -> None:
    """Entry point of the ``ragline`` command."""
    as_json = "--json" in sys.argv
    show = render.json_error if as_json else render.error
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
        show(error)
        sys.exit(BAD_INPUT)
    except RaglineError as error:
        show(error)
        sys.exit(FAILED)


def _open(kb: Path, *, create: bool = True, **overrides: Any) -> Collection:
    from api import collection

    return collection.open(kb, create=create, **overrides)


def _filter(text: str) -> Any:
    import json

    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f'--filter is not JSON ({error}). Write e.g. \'{{"year": {{"gte": 2024}}}}\'.') from error


def _mode(text: str) -> SearchMode:
    if text not in get_args(SearchMode):
        raise InputError(f"Unknown mode {text!r}; choose one of {', '.join(get_args(SearchMode))}.")
    return cast("SearchMode", text)


def _principal(names: list[str] | None) -> Principal | None:
    return Principal(names[0], frozenset(names[1:])) if names else None


def _show(values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        render.json_object(values)
    else:
        render.pairs(values)
