"""How a tuning, a forecast, a fit of the reranker and a search over settings look in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from api import render

if TYPE_CHECKING:
    from eval.reranking.refit import RefitReport
    from eval.tuning.outcome import TuneReport
    from eval.tuning.points import Point
    from eval.tuning.search.outcome import SearchReport, Stopped
    from eval.tuning.search.search import SearchProgress
    from eval.tuning.tuner import TuneProgress

LEAST_SHOWN = 0.9
"""Points that find less than this are left to the report."""

_HEADER = f"{'':<8} {'index':<33} recall@10 (at least)  p50 ms  p95 ms  memory MB  mapped MB"


@contextmanager
def tune_progress() -> Iterator[Callable[[TuneProgress], None] | None]:
    """A bar over the kinds on a terminal, with what is measured now; nothing elsewhere."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield None
        return
    with render.progress_bar("kinds", console) as bar:
        task = bar.add_task("tune", total=None, note="")

        def update(now: TuneProgress) -> None:
            bar.update(task, total=now.total, completed=now.done, note=f"{now.kind}: {now.step}")

        yield update


def tuning(report: TuneReport) -> None:
    """The points that no other beats, the forecasts, and the verdict."""
    from eval.tuning.choice import front

    render.line(_HEADER)
    for point in front(report.points):
        if point.recall >= LEAST_SHOWN or point == report.nearest:
            render.line(_row(point, report))
    for one in report.forecasts:
        render.line(f"  {one}")
    render.line(
        f"{report.vectors:,} of {report.total:,} vectors, {report.queries} queries ({report.source}), {report.seconds:.0f} s"
    )
    for kind, reason in report.skipped.items():
        render.line(f"  {kind} was left out: {reason}")
    for note in report.notes:
        render.line(f"  {note}")
    render.line(report.verdict)
    if report.generation:
        render.line(f"generation {report.generation} is in use")
    for path in report.files.values():
        render.line(f"  {path}")


def refit(report: RefitReport) -> None:
    """The weights before and after, and the verdict."""
    render.line(f"{'':<8} {'vector':>8} {'lexical':>8} {'feedback':>8} {'blend':>8}")
    for name, weights in (("in use", report.current), ("fitted", report.weights)):
        render.line(f"{name:<8} " + " ".join(f"{number:8.2f}" for number in weights.json().values()))
    render.line(report.verdict)


@contextmanager
def search_progress() -> Iterator[Callable[[SearchProgress], None] | None]:
    """A bar over the trials on a terminal, with the best so far; nothing elsewhere."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield None
        return
    with render.progress_bar("trials", console) as bar:
        task = bar.add_task("tune", total=None, note="")

        def update(now: SearchProgress) -> None:
            bar.update(task, total=now.total, completed=now.done, note=f"best {now.best:.4f}, in use {now.current:.4f}")

        yield update


_ENDED: Mapping[Stopped, str] = {
    "trials": "as many as were allowed",
    "time": "the time was up",
    "exhausted": "there was nothing else to try",
    "interrupted": "interrupted",
}


def searched(report: SearchReport) -> None:
    """The point in use, those that no other beats, and the verdict."""
    render.line(f"{report.metric:<10} p50 ms  p95 ms  point (train part, {report.split['train']} queries)")
    shown = {trial.number: trial for trial in (report.trials[0], *report.front, report.chosen)}
    for trial in shown.values():
        values = ", ".join(f"{name}={value}" for name, value in trial.point.items())
        mark = " (in use)" if not trial.number else " (best)" if trial.number == report.chosen.number else ""
        render.line(f"{trial.quality or 0:<10.4f} {trial.p50_ms:6.1f}  {trial.p95_ms:6.1f}  {values}{mark}")
    failed = [trial for trial in report.trials if trial.error]
    for trial in failed:
        render.line(f"  trial {trial.number} failed: {trial.error}")
    tried = f"{len(report.trials) - 1} trials by {report.sampler}, seed {report.seed}"
    render.line(f"{tried}; {_ENDED[report.stopped]}, after {report.seconds:.0f} s")
    render.line(report.verdict)
    for path in (report.file, *report.files.values()):
        if path:
            render.line(f"  {path}")


def _row(point: Point, report: TuneReport) -> str:
    mark = "chosen" if point == report.chosen else "nearest" if point == report.nearest else ""
    return (
        f"{mark:<8} {point.name:<33}    {point.recall:.4f} ({point.recall_low:.4f}) {point.p50_ms:8.3f}{point.p95_ms:8.3f} "
        f"{point.memory_bytes / 1e6:10,.1f} {point.mapped_bytes / 1e6:10,.1f}"
    )
