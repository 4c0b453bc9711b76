"""How judging looks in a terminal: what it will take, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import TaskID
from rich.table import Table

from api.render import progress_bar
from api.terminal import escape
from eval.judges.progress import Checking, Estimate

if TYPE_CHECKING:
    from eval.judges.progress import Progress, Told
    from eval.result import EvalResult, MetricValue

SHOWN_NAMES = 5

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def evaluation_progress() -> Iterator[tuple[Callable[[int], None] | None, Told]]:
    """Who is told of questions done, and of judgements: bars on a terminal; elsewhere what judging will take and took only."""
    bar = progress_bar("items", _err) if _err.is_terminal else None
    with nullcontext() if bar is None else bar:
        last: list[Progress] = []
        tasks: list[TaskID] = []
        checks: list[TaskID] = []
        questions = None if bar is None else bar.add_task("evaluate", total=None, note="")

        def told(state: Estimate | Progress | Checking) -> None:
            if isinstance(state, Checking):
                if bar is not None:
                    if not checks:
                        checks.append(bar.add_task("check the judge", total=state.total, note=""))
                    bar.update(checks[0], completed=state.done)
                return
            if isinstance(state, Estimate):
                _err.print(escape(estimate_line(state)))
                return
            last[:] = [state]
            if bar is not None:
                if not tasks:
                    tasks.append(bar.add_task("judge", total=state.total, note=""))
                bar.update(tasks[0], completed=state.done, note=progress_line(state))

        yield (None if bar is None or questions is None else lambda count: bar.advance(questions, count)), told
        for state in last:
            _err.print(escape(f"judged: {progress_line(state)}"))


def estimate_line(state: Estimate) -> str:
    """What judging will take, in a line."""
    from eval.reports.text import counted, dollars

    kept = f" ({state.kept} are known, or do not apply)" if state.kept else ""
    cost = "of unknown price" if state.cost_usd is None else f"about {dollars(state.cost_usd)}"
    tokens = f"{state.prompt_tokens:,} + {state.completion_tokens:,} tokens"
    rest = f"{counted(state.judgements - state.kept, 'judgement')}{kept}; {counted(state.calls, 'call')}"
    return f"judging: {rest}, {tokens}, {cost}, {_time(state.seconds)}"


def progress_line(state: Progress) -> str:
    """How far judging is, in a line."""
    from eval.reports.text import dollars

    spent = state.spent
    cost = "" if spent.cost_usd is None else f", {dollars(spent.cost_usd)}"
    failed = f", {state.failed} failed" if state.failed else ""
    retried = f", {spent.retried} retried" if spent.retried else ""
    tokens = f"{spent.prompt_tokens:,} + {spent.completion_tokens:,} tokens"
    left = f", {_time(state.seconds_left)} left" if state.seconds_left else ""
    return f"{state.scored} scored{failed}; {spent.calls} calls{retried}, {tokens}{cost}{left}"


def answers(result: EvalResult) -> None:
    """The metrics of the answers with their intervals, what they are of, and the mean if what has no score were 0 or 1."""
    from eval.reports.text import directed, worst_and_best

    if not result.answers:
        return
    judge = result.configuration.get("judge")
    table = Table(title=f"answers, judge: {judge}" if judge else "answers", title_justify="left")
    for name in ("metric", "value", "95 % interval", "scored", "worst to best"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for name, metric in result.answers.items():
        table.add_row(directed(name), *_figures(metric, *worst_and_best(name, metric)))
    _out.print(table)


def warn_unscored(result: EvalResult) -> None:
    """That metrics have too few scores to be believed, in one line, and what to do about it."""
    names = result.unscored
    shown = ", ".join(names[:SHOWN_NAMES]) + (f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else "")
    remedy = (
        "The reasons stand in the report's rows. Run again to judge only them"
        if set(names) <= result.answers.keys()
        else "Correct the errors in the report's rows; where a row has none, no chunk holds what it is to find: see `ragline "
        "golden check`"
    )
    what = f"fewer than 95 of 100 questions have a score: {shown}. {remedy}, or pass --allow-unscored."
    _err.print(f"[bold red]warning:[/bold red] {escape(what)}")


def _figures(metric: MetricValue, worst: float | None, best: float | None) -> tuple[str, str, str, str]:
    value = "-" if metric.value is None else f"{metric.value:.3f}"
    interval = "-" if metric.low is None or metric.high is None else f"{metric.low:.3f} to {metric.high:.3f}"
    bounds = "-" if worst is None or best is None else f"{worst:.3f} to {best:.3f}"
    return value, interval, f"{metric.scored}/{metric.total}", bounds


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
