"""The chart of a tuning: recall against latency, with memory as the area of the marks."""

from math import log10
from pathlib import Path
from typing import Any

from eval.tuning.choice import front
from eval.tuning.outcome import TuneReport
from ragline.errors import MissingExtra

_WIDTH, _HEIGHT, _DPI = 9, 5.6, 120
_LEAST_AREA, _MOST_AREA = 20.0, 420.0
_LEAST_LOSS = 10**-3.5
"""Of 5,000 neighbours that are asked for, one or two: what cannot be told from none."""

_TICKS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)
_MARKERS = "osD^vPX"
"""One shape for each kind, so that the chart is read without colours too."""


def draw_pareto(report: TuneReport, path: Path) -> None:
    """Draw the points of a report into a PNG file. Raises :class:`MissingExtra` where matplotlib is not installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("matplotlib", extra="plot", purpose="The chart of a tuning") from error
    figure = Figure((_WIDTH, _HEIGHT), layout="constrained")
    FigureCanvasAgg(figure)  # no global state, and no display
    axes = figure.add_subplot()
    _draw_kinds(axes, report)
    best = front(report.points)
    places = [point.p50_ms for point in best], [_height(point.recall) for point in best]
    axes.plot(*places, ":", color="0.6", zorder=1, label="front")
    _draw_goals(axes, report)
    taken = report.chosen or report.nearest
    label = "chosen" if report.met else "nearest"
    place = [taken.p50_ms], [_height(taken.recall)]
    axes.scatter(*place, s=_MOST_AREA, facecolors="none", edgecolors="black", label=label, zorder=3)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="x", which="minor", labelsize="x-small", rotation=45)
    axes.set_xlabel("p50 of single searches, ms (log)")
    _scale_recall(axes, report)
    axes.set_title(f"{report.total:,} vectors: {taken.name} ({label}); area = memory")
    axes.grid(visible=True, alpha=0.3)
    legend = axes.legend(loc="lower right", fontsize="small", framealpha=0.9)
    for handle in legend.legend_handles:
        if hasattr(handle, "set_sizes"):
            handle.set_sizes([50])
    figure.savefig(path, dpi=_DPI, format="png")


def _draw_kinds(axes: Any, report: TuneReport) -> None:
    most = max(point.memory_bytes for point in report.points) or 1
    kinds = dict.fromkeys(point.kind for point in report.points)
    for number, kind in enumerate(kinds):
        points = [point for point in report.points if point.kind == kind]
        megabytes = points[0].memory_bytes / 1e6
        axes.scatter(
            [point.p50_ms for point in points],
            [_height(point.recall) for point in points],
            s=[_LEAST_AREA + (_MOST_AREA - _LEAST_AREA) * point.memory_bytes / most for point in points],
            marker=_MARKERS[number % len(_MARKERS)],
            alpha=0.65,
            label=f"{kind}, {megabytes:,.1f} MB",
            zorder=2,
        )


def _height(recall: float) -> float:
    """Where a recall is drawn: what is lost counts by its powers of ten, so that .98 and .99 are as far apart as .8 and .9."""
    return -log10(max(1 - recall, _LEAST_LOSS))


def _scale_recall(axes: Any, report: TuneReport) -> None:
    lowest = min(point.recall for point in report.points)
    ticks = [tick for tick in _TICKS if tick >= lowest] or [_TICKS[-1]]
    axes.set_yticks([_height(tick) for tick in ticks], [f"{tick:g}" for tick in ticks])
    axes.set_ylim(_height(lowest) - 0.15, _height(1) + 0.25)
    axes.set_ylabel("recall@10 against exact search")


def _draw_goals(axes: Any, report: TuneReport) -> None:
    recall, p95_ms = report.goals.target_recall, report.goals.p95_ms
    axes.axhline(_height(recall), color="tab:red", lw=1, ls="--", label=f"goal: recall {recall:g}")
    if p95_ms is not None:
        axes.axvline(p95_ms, color="tab:orange", lw=1, ls="--", label=f"goal: p95 {p95_ms:g} ms")
