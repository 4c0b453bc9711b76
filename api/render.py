"""How results look in a terminal. Standard output carries results; progress and errors go to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, get_args

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from api.terminal import escape
from ragline.reports import IngestStatus

if TYPE_CHECKING:
    from eval.result import EvalResult
    from indexes.duplicate_report import DuplicateProgress, DuplicateReport
    from indexes.freshness import FreshnessReport
    from indexes.ingest import IngestProgress
    from indexes.maintenance.doctor import DoctorReport
    from indexes.migration.report import MigrationProgress
    from ragline.reports import IngestReport

CLUSTERS = 20
MEMBERS = 5
_TOLD = frozenset({"failed", "degraded", "skipped", "moved", "removed"})

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False)


def line(text: str) -> None:
    """One line of plain text."""
    _out.print(escape(text))


def heading(text: str) -> None:
    """A heading between the parts of a longer output."""
    _out.print(f"\n[bold]{escape(text)}[/bold]")


def error(failure: Exception) -> None:
    """An error, in one line."""
    _err.print(f"[bold red]error:[/bold red] {escape(str(failure))}", soft_wrap=True)


def note(text: str) -> None:
    """A line on standard error, beside the results."""
    _err.print(escape(text), soft_wrap=True)


def json_error(failure: Exception) -> None:
    """An error as the one JSON object on standard output."""
    json_message(type(failure).__name__, str(failure))


def json_message(kind: str, message: str) -> None:
    """What went wrong without being an error of ours, in the same form."""
    json_object({"error": {"type": kind, "message": message}})


def json_object(value: Any) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n")


def pairs(values: dict[str, Any]) -> None:
    """A two-column table of names and values; of fractions four digits that matter."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in values.items():
        shown = f"{value:.4g}" if isinstance(value, float) and abs(value) < 1000 else str(value)
        table.add_row(f"[dim]{escape(name)}[/dim]", escape(shown))
    _out.print(table)


def ingest_report(report: IngestReport, *, all_changes: bool = False) -> None:
    """The counts of an ingest, and every source that is not simply done (or, with ``all_changes``, that is not unchanged)."""
    counts = ", ".join(f"{count} {status}" for status, count in report.counts.items() if count)
    line(
        f"{len(report.rows)} sources in {report.seconds:.1f} s: {counts or 'nothing to do'}; {report.embedded} chunks embedded"
    )
    for row in report.rows:
        if row.status in _TOLD or (all_changes and row.status != "unchanged"):
            reason = f": {row.reason}" if row.reason else ""
            _out.print(f"  [yellow]{row.status}[/yellow] {escape(row.source)}{escape(reason)}")
    if report.findings:
        found = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in report.findings.items())
        line(f"  found in the texts: {found}")
    for warning in report.warnings:
        _out.print(f"  [yellow]warning[/yellow] {escape(warning)}")


def runs(recorded: Sequence[dict[str, Any]]) -> None:
    """A line for every run: its id, its kind, and what it did."""
    for run in recorded:
        counts = ", ".join(f"{run[status]} {status}" for status in (*get_args(IngestStatus), "restored") if run.get(status))
        end = "" if run["finished_at"] and "interrupted" not in run else "interrupted"
        line(f"{run['run_id']}  {run['kind']:<8}  {', '.join(part for part in (counts, end) if part)}")


def audit(rows: Sequence[dict[str, Any]]) -> None:
    """A line for every row of an audit log."""
    if not rows:
        line("Nothing is recorded. The setting audit_log=true records what is asked for from then on.")
    for row in rows:
        who = row.get("principal") or "nobody named"
        tenant = f" of {row['tenant']}" if row.get("tenant") else ""
        asked = row.get("query") or row.get("doc_id") or f"query {row.get('query_sha256', '')[:12]}"
        shown = ", ".join(row.get("documents", ())[:MEMBERS])
        more = f" and {len(row['documents']) - MEMBERS} more" if len(row.get("documents", ())) > MEMBERS else ""
        line(
            f"{row.get('time')}  {row.get('action'):<10} {who}{tenant}: {asked} -> {row.get('outcome')}  {shown}{more}".rstrip()
        )


def freshness(report: FreshnessReport) -> None:
    """A line for every folder, those that have stopped changing marked."""
    newest = "nothing in it" if report.newest_age is None else f"the newest was changed {report.newest_age:.1f} days ago"
    line(f"{report.documents} documents; {newest}")
    for row in report.sources:
        mark = "  [yellow]has stopped changing[/yellow]" if row.has_stopped else ""
        gap = "" if row.usual_gap is None else f", usually every {row.usual_gap:.0f} days"
        place = escape(row.source or "(no folder)")
        _out.print(f"  {place}: {row.documents} documents, changed {row.newest_age:.1f} days ago{gap}{mark}")


def findings(report: DoctorReport) -> None:
    """A line for each check: well, mended, or what is wrong and what to do about it."""
    for finding in report.findings:
        mark = "[green]ok[/green]" if not finding.problem else "[yellow]mended[/yellow]"
        if not finding.ok:
            mark = "[bold red]broken[/bold red]"
        said = f": {finding.problem} ({finding.repair})" if finding.problem else f": {finding.repair}" if finding.repair else ""
        _out.print(f"{mark:24} {escape(finding.check)}{escape(said)}", soft_wrap=True)


def duplicates(report: DuplicateReport) -> None:
    """The share of the collection that is redundant, and the largest clusters."""
    line(
        f"{report.items} {report.unit}s, {report.redundant} of them near-duplicates of another ({report.share:.1%}), in "
        f"{len(report.clusters)} clusters; {report.computed} texts were new; {report.seconds:.1f} s"
    )
    for cluster in report.clusters[:CLUSTERS]:
        first = cluster.representative
        _out.print(f"  [bold]{escape(_name(first.doc_id, first.chunk_id))}[/bold] and {len(cluster.members)} more")
        for member in cluster.members[:MEMBERS]:
            line(f"    {member.similarity:.2f}  {_name(member.doc_id, member.chunk_id)}")
    if len(report.clusters) > CLUSTERS:
        line(f"  and {len(report.clusters) - CLUSTERS} smaller clusters; --json lists all of them, with every member")
    if report.crowded:
        line(f"  {report.crowded} texts were not compared with all that may be like them: near-duplicates may be missing")


def evaluation(result: EvalResult) -> None:
    """The metrics at the two deepest cut-offs with their intervals, the abstention summary and the report's path."""
    from eval.reports.text import counted, unfitting

    deepest = tuple(f"@{k}" for k in result.ks[-2:])
    table = Table(title=f"{result.golden_name}: {counted(len(result.rows), 'question')}", title_justify="left")
    for name in ("metric", "value", "95 % interval", "scored"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for name, metric in result.metrics.items():
        if not name.endswith(deepest):
            continue
        shown = ("-", "-") if metric.value is None else (f"{metric.value:.3f}", f"{metric.low:.3f} to {metric.high:.3f}")
        table.add_row(name, *shown, f"{metric.scored}/{metric.total}")
    _out.print(table)
    if result.abstention is not None:
        shares = (f"{name} {at.mean:.2f} ({at.low:.2f} to {at.high:.2f})" for name, at in result.abstention.intervals.items())
        silent = counted(result.counts["unanswerable"], "question")
        line(f"abstention: {', '.join(shares) or 'not measured'}; {silent} without an answer")
    line(_verdicts(result))
    if result.stale:
        line(f"stale: {unfitting(len(result.stale))} the documents any more, the first: {result.stale[0]}")
        line("to list them all, and to place quotes that moved anew: ragline golden check")
    if "html" in result.files:
        line(f"report: {result.files['html']}")


def _verdicts(result: EvalResult) -> str:
    """How many questions went right, and at which stage the others were lost."""
    from eval.diagnosis import LABELS

    counts = ", ".join(f"{count} {verdict}" for verdict, count in result.verdicts.items() if count)
    causes = ", ".join(f"{count} {LABELS[cause]}" for cause, count in result.diagnoses.items() if count)
    return f"questions: {counts}" + (f"; {causes}" if causes else "")


@contextmanager
def ingest_progress() -> Iterator[Callable[[IngestProgress], None] | None]:
    """A bar with rate and time left on a terminal; nothing elsewhere."""
    if not _err.is_terminal:
        yield None
        return
    with progress_bar("documents", _err) as bar:
        task = bar.add_task("ingest", total=None, note="")

        def show(state: IngestProgress) -> None:
            bar.update(task, completed=state.done, total=state.total, note=f"{state.embedded} chunks embedded")

        yield show


@contextmanager
def query_progress(name: str) -> Iterator[Callable[[int], None] | None]:
    """A bar over the queries of an evaluation on a terminal; nothing elsewhere."""
    if not _err.is_terminal:
        yield None
        return
    with progress_bar("questions", _err) as bar:
        task = bar.add_task(name, total=None, note="")
        yield lambda count: bar.advance(task, count)


@contextmanager
def duplicate_progress() -> Iterator[Callable[[DuplicateProgress], None] | None]:
    """A bar over the texts of an analysis on a terminal; nothing elsewhere."""
    if not _err.is_terminal:
        yield None
        return
    with progress_bar("texts", _err) as bar:
        tasks: dict[str, TaskID] = {}

        def show(state: DuplicateProgress) -> None:
            if state.stage not in tasks:
                tasks[state.stage] = bar.add_task(state.stage, total=state.total, note="")
            bar.update(tasks[state.stage], completed=state.done)

        yield show


@contextmanager
def migration_progress() -> Iterator[Callable[[MigrationProgress], None] | None]:
    """A bar over the documents on a terminal, with the step at hand; nothing elsewhere."""
    if not _err.is_terminal:
        yield None
        return
    with progress_bar("documents", _err) as bar:
        task = bar.add_task("migrate", total=None, note="")

        def show(state: MigrationProgress) -> None:
            note = f"{state.embedded} chunks embedded" if state.step == "bring" else state.step
            bar.update(task, completed=state.done, total=state.total or None, note=note)

        yield show


class RateColumn(ProgressColumn):
    """How many units are done in a second, over the last half minute; empty until that is known."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """The rate as text."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f} {self._unit}/s", style="progress.data.speed")


def progress_bar(unit: str, console: Console) -> Progress:
    """A bar with the share done, the rate in ``unit`` a second, the time left, and the task's field ``note``."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        RateColumn(unit),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[note]}[/dim]"),
        console=console,
        transient=True,
    )


def _name(doc_id: str, chunk_id: str) -> str:
    return f"{doc_id}  {chunk_id}" if chunk_id else doc_id


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset | set | tuple):
        return list(value)
    return str(value)
