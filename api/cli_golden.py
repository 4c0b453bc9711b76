"""The commands that make, check and convert golden sets, and read and write runs of TREC."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api import render
from api.cli_options import DONE, INCOMPLETE, KB, Golden, Json, Kb, Mode, Names, mode_of, open_collection, principal_of, show

golden = typer.Typer(name="golden", help="Make, check and convert golden sets.", no_args_is_help=True)

Version = Annotated[str, typer.Option("--set-version", help="What this state of the set is called.")]


@golden.command()
def build(
    out: Annotated[Path, typer.Argument(help="The file to write (JSONL).")],
    kb: Kb = KB,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--from", help="log, faq, definition, heading or llm; repeatable.", show_default="faq, definition, heading"
        ),
    ] = None,
    questions: Annotated[int, typer.Option(help="Questions that the model is asked for.")] = 100,
    model: Annotated[str, typer.Option(help="The model, a litellm name; empty = the setting model.")] = "",
    version: Version = "1",
    seed: Annotated[int, typer.Option(help="Decides which passages the model is asked about.")] = 0,
    names: Names = None,
    as_json: Json = False,
) -> None:
    """Build a golden set from the documents of a collection, its log, or by a model; every question has its origin as a tag."""
    from api.golden_sets import OFFLINE

    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, create=False))
        progress = stack.enter_context(render.query_progress("questions"))
        report = collection.build_golden(
            out,
            tuple(sources) if sources else OFFLINE,
            questions=questions,
            model=model,
            version=version,
            seed=seed,
            principal=principal_of(names),
            progress=progress,
        )
    if as_json:
        render.json_object(report.json())
    else:
        for part in report.parts:
            refused = "".join(
                f"; {count} {reason}" for reason, count in sorted(part.refused.items(), key=lambda each: -each[1])
            )
            render.line(f"{part.origin}: {len(part.items)} of {part.candidates}{refused}")
            for note in part.notes:
                render.line(f"  {note}")
        wrote = (
            f"{report.path}: version {report.version}, sha256 {report.sha256[:12]}" if report.path else "nothing was written"
        )
        render.line(f"{report.questions} questions; {wrote}")
    raise typer.Exit(DONE if report.questions else INCOMPLETE)


@golden.command()
def check(
    path: Golden,
    kb: Kb = KB,
    out: Annotated[Path | None, typer.Option(help="Write the set here, with quotes that moved at their new places.")] = None,
    version: Annotated[
        str | None, typer.Option("--set-version", help="Write it as this version; over the file itself without --out.")
    ] = None,
    names: Names = None,
    as_json: Json = False,
) -> None:
    """Check that a golden set is well formed and still fits a collection; exit code 3 where it does not."""
    with open_collection(kb, create=False) as collection:
        target = path if out is None and version is not None else out
        found = collection.check_golden(path, set_version=version, out=target, principal=principal_of(names))
    if as_json:
        render.json_object(found.json())
    else:
        states = ", ".join(f"{count} {state}" for state, count in found.states.items())
        named = f"version {found.golden.version}, " if found.golden.version else ""
        render.line(f"{found.golden.name}: {named}sha256 {found.golden.sha256}")
        render.line(f"{len(found.golden)} questions, {found.judgements} judgements: {states or 'none'}")
        render.line("origins: " + ", ".join(f"{count} {name}" for name, count in found.origins.items()))
        for finding in found.stale:
            render.line(f"  {finding}")
        if target is not None:
            render.line(f"written: {target}, version {found.updated.version or 'unnamed'}, sha256 {found.updated.sha256[:12]}")
        elif any(finding.state == "moved" for finding in found.stale):
            render.line(f"To place the quotes that moved anew: ragline golden check {path} --set-version NEW")
    raise typer.Exit(INCOMPLETE if found.stale else DONE)


@golden.command()
def convert(
    source: Annotated[Path, typer.Argument(help="JSONL, a folder of BEIR or TREC, topics of TREC, SQuAD or RAGAS.")],
    target: Annotated[Path, typer.Argument(help="A file (.jsonl), or a folder with --to beir or trec.")],
    source_format: Annotated[
        str, typer.Option("--from", help="jsonl, beir, trec, ragas or squad.", show_default="told by the file")
    ] = "",
    target_format: Annotated[str, typer.Option("--to", help="jsonl, beir or trec.", show_default="told by the name")] = "",
    kb: Annotated[Path | None, typer.Option("--kb", help="Where the contexts of RAGAS are looked for.")] = None,
    split: Annotated[str, typer.Option(help="Which judgements of a folder.")] = "test",
    topic_field: Annotated[str, typer.Option("--field", help="Of topics: title, description or narrative.")] = "title",
    qrels: Annotated[Path | None, typer.Option(help="The judgements, where the source is a file of topics.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="Write the paragraphs of SQuAD here (corpus.jsonl).")] = None,
    version: Version = "",
    names: Names = None,
    as_json: Json = False,
) -> None:
    """Convert a golden set; what the other format has no place for is counted."""
    from eval.golden_convert import convert as converted

    with ExitStack() as stack:
        collection = None if kb is None else stack.enter_context(open_collection(kb, create=False))
        principal = principal_of(names)
        report = converted(
            source,
            target,
            source_format=source_format,
            target_format=target_format,
            documents=None if collection is None else lambda: collection.texts(principal=principal),
            split=split,
            topic_field=topic_field,
            qrels=qrels,
            corpus=corpus,
            version=version,
        )
    if as_json:
        render.json_object(asdict(report))
        return
    render.line(f"{report.source_format}: {report.read} questions read, {report.questions} written to {report.target}")
    render.line(f"{report.judgements} judgements, sha256 {report.sha256[:12]}")
    for name, count in report.lost.items():
        render.line(f"  not in {report.target_format}: {count} {name}")
    for item_id, context in report.unplaced:
        render.line(f"  {item_id}: in no document: {' '.join(context.split())[:80]!r}")


@golden.command()
def run(
    path: Golden,
    out: Annotated[Path, typer.Argument(help="The file to write: six columns of TREC.")],
    kb: Kb = KB,
    mode: Mode = "hybrid",
    depth: Annotated[int, typer.Option(help="Documents a question.")] = 100,
    tag: Annotated[str, typer.Option(help="The name of the run.")] = "ragline",
    names: Names = None,
    as_json: Json = False,
) -> None:
    """Search every question and write the rankings as a run of TREC, for other tools to score."""
    from api.evaluation import BoundCollection
    from eval.formats.trec_run import write_run
    from eval.golden import load_golden
    from eval.golden_runs import run_of

    with ExitStack() as stack:
        collection = stack.enter_context(open_collection(kb, create=False))
        progress = stack.enter_context(render.query_progress("search"))
        principal = principal_of(names)
        collection.check_access(principal)
        bound = BoundCollection(collection, mode_of(mode), principal)
        found = run_of(load_golden(path), bound, depth=depth, tag=tag, progress=progress)
    lines = write_run(found, out)
    show({"path": str(out), "tag": tag, "queries": len(found.rankings), "lines": lines}, as_json=as_json)


@golden.command()
def score(
    path: Golden,
    run_file: Annotated[Path, typer.Argument(metavar="RUN", help="A run of TREC, of any system.")],
    report: Annotated[Path | None, typer.Option(help="Folder for the reports.")] = None,
    as_json: Json = False,
) -> None:
    """Score a run of TREC: the metrics of `ragline eval`, with intervals and slices."""
    from eval.formats.trec_run import read_run
    from eval.golden import load_golden
    from eval.golden_runs import evaluate_run

    result = evaluate_run(load_golden(path), read_run(run_file), reports=report)
    if as_json:
        render.json_object(asdict(result))
    else:
        render.evaluation(result)


@golden.command()
def schema() -> None:
    """Print the JSON Schema of a line of a golden set."""
    from eval.golden_lines import golden_schema

    render.line(golden_schema().rstrip())
