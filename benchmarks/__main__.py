"""``python -m benchmarks [suite ...]``: measure, write the figures down, and check them.

Exit codes: 0 done, 1 a recorded score dropped or was not measured (with ``--strict`` also: a target was missed), 2 wrong usage.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from benchmarks import (
    abstention,
    ann,
    chunk_audit,
    chunking,
    churn,
    comparison_null,
    concurrency,
    context,
    duplicates,
    evaluation,
    expansion,
    feedback,
    formats,
    grounding,
    health,
    ingest,
    injection,
    judge_check,
    latency,
    metrics,
    migration,
    offline_judge,
    opening,
    parsing,
    quality,
    rerank,
    rerankers,
    samples,
    scale,
    search_tuning,
    swap,
    tuning,
)
from benchmarks.conditions import conditions, load_average
from benchmarks.corpora import CorpusMissingError
from benchmarks.expected import EXPECTED, check, load_expected, record
from benchmarks.figures import Figure, markdown_page
from benchmarks.vector_store import VectorStore, default_store
from benchmarks.workspace import Workspace
from ragline.errors import RaglineError

SUITES: Mapping[str, Callable[[Workspace], list[Figure]]] = {
    "samples": samples.measure,
    "quality": quality.measure,
    "rerank": rerank.measure,
    "feedback": feedback.measure,
    "abstention": abstention.measure,
    "ingest": ingest.measure,
    "latency": latency.measure,
    "formats": formats.measure,
    "duplicates": duplicates.measure,
    "parsing": parsing.measure,
    "chunking": chunking.measure,
    "ann": ann.measure,
    "swap": swap.measure,
    "churn": churn.measure,
    "comparison_null": comparison_null.measure,
    "concurrency": concurrency.measure,
    "open": opening.measure,
    "scale": scale.measure,
    "migration": migration.measure,
    "tuning": tuning.measure,
    "search-tuning": search_tuning.measure,
    "health": health.measure,
    "chunk-audit": chunk_audit.measure,
    "rerankers": rerankers.measure,
    "context": context.measure,
    "expansion": expansion.measure,
    "injection": injection.measure,
    "grounding": grounding.measure,
    "offline_judge": offline_judge.measure,
    "judge_check": judge_check.measure,
    "metrics": metrics.measure,
    "evaluation": evaluation.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites asked for; returns the exit code."""
    options = _options(arguments)
    facts = conditions()
    measured: dict[str, list[Figure]] = {}
    runs: dict[str, str] = {}
    with closing(VectorStore(default_store())) as store:
        for suite in options.suites or SUITES:
            try:
                measured[suite], runs[suite] = _run(suite, store, quick=options.quick)
            except CorpusMissingError as error:
                runs[suite] = f"skipped: {error}"
            print(f"{suite}: {runs[suite]}", flush=True)
            for figure in measured.get(suite, ()):
                print(f"  {figure.name:<60} {figure!s:>14}  {figure.target}", flush=True)
    facts |= {"quick": options.quick, "suites": runs}
    if options.record:
        record(measured, facts)
        print(f"recorded in {EXPECTED.name}")
    _write(options.out, measured, facts)
    return 0 if options.no_check else _judge(measured, partial=options.quick, strict=options.strict)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure quality and speed, and check them.")
    parser.add_argument("suites", nargs="*", metavar="suite", help=f"which to run: {', '.join(SUITES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="shorter: fewer documents, queries and corpora")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), help="folder for the figures")
    parser.add_argument("--no-check", action="store_true", help="measure only")
    parser.add_argument("--strict", action="store_true", help="a missed target fails too")
    parser.add_argument("--record", action="store_true", help="write the scores of this run to expected.toml")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.suites if name not in SUITES]:
        parser.error(f"unknown suite {unknown[0]!r}; choose from {', '.join(SUITES)}")
    if options.record and options.quick:
        parser.error("a quick run does not measure everything; record a full one")
    return options


def _run(suite: str, store: VectorStore, *, quick: bool) -> tuple[list[Figure], str]:
    """The figures of a suite, and how long it took at which load."""
    started, load = time.perf_counter(), load_average()
    with tempfile.TemporaryDirectory(dir=default_store().parent, prefix=f"{suite}-") as folder:
        figures = SUITES[suite](Workspace(Path(folder), store, quick))
    return figures, f"{time.perf_counter() - started:.0f} s, load average before {load}, after {load_average()}"


def _write(folder: Path, measured: Mapping[str, list[Figure]], facts: Mapping[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    day = str(facts["date"])[:10]
    report = {"conditions": facts, "figures": {suite: [asdict(figure) for figure in measured[suite]] for suite in measured}}
    file = folder / f"{day}-{facts['commit']}.json"
    file.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    (folder / "latest.md").write_text(markdown_page(measured, load_expected(), facts), "utf-8")
    print(f"written: {file}, {folder / 'latest.md'}")


def _judge(measured: Mapping[str, list[Figure]], *, partial: bool, strict: bool) -> int:
    verdict = check(measured, load_expected(), partial=partial, strict=strict)
    for warning in verdict.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for failure in verdict.failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if verdict.failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RaglineError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
