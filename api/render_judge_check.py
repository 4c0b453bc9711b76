"""How a judge did on known answers, as a terminal shows it: one line where it is believed, and a warning in red where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from api import render
from api.terminal import escape

if TYPE_CHECKING:
    from eval.bootstrap import Interval
    from eval.judges.base import JudgeCheck


def judge_check(check: JudgeCheck) -> None:
    """The figures, on standard output."""
    items = sum(kind.items for kind in check.kinds.values())
    kinds = ", ".join(f"{name} {kind.right}/{kind.scored}" for name, kind in check.kinds.items())
    render.line(f"judge {check.judge}, on {items} known answers: right on {kinds}")
    render.line(f"  balanced accuracy {_shown(check.balanced_accuracy)}")
    render.line(f"  AUROC {_shown(check.auroc)}, of equal lengths {_shown(check.auroc_length_matched)}")
    if check.biases:
        render.line("  bias: " + ", ".join(f"{name} {share:+.2f}" for name, share in check.biases.items()))


def warn(check: JudgeCheck, console: Console | None = None) -> None:
    """Why the judge is not believed, if so, in red on standard error (or ``console``)."""
    if check.problems:
        console = console or Console(stderr=True, highlight=False)
        console.print(f"[bold red]warning:[/bold red] [red]{escape(warning(check))}[/red]", soft_wrap=True)


def warning(check: JudgeCheck) -> str:
    """Why the judge is not believed, and what to do."""
    return (
        f"do not rely on the judge {check.judge}: {'; '.join(check.problems)}. Its scores stand in the report all the same. "
        "Use another judge or model."
    )


def _shown(interval: Interval | None) -> str:
    return "-" if interval is None else f"{interval.mean:.3f} ({interval.low:.3f} to {interval.high:.3f})"
