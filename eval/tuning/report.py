"""The reports of a tuning: JSON, Markdown, and the chart where it can be drawn."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.report_folder import report_folder
from eval.tuning.choice import front
from eval.tuning.outcome import TuneReport
from eval.tuning.pareto import draw_pareto
from eval.tuning.points import Point
from ingestion.own_files import mark_reports
from ragline.durable import write_atomically
from ragline.errors import MissingExtra

FORMAT, VERSION = "ragline-tuning", 1
JSON_FILE, MARKDOWN_FILE, CHART_FILE = "tuning.json", "tuning.md", "tuning.png"


def write_reports(report: TuneReport, folder: Path) -> TuneReport:
    """Write the reports to ``folder`` (made if absent); the report with the paths in ``files``.

    Without matplotlib there is no chart, and a note says so. Raises :class:`InputError` when the folder cannot be made.
    """
    report_folder(folder)
    names = {"json": JSON_FILE, "markdown": MARKDOWN_FILE}
    try:
        _write_chart(report, folder / CHART_FILE)
        names["chart"] = CHART_FILE
    except MissingExtra as error:
        (folder / CHART_FILE).unlink(missing_ok=True)  # one of an earlier tuning
        if str(error) not in report.notes:
            report = replace(report, notes=(*report.notes, str(error)))
    report = replace(report, files={format_: str(folder / name) for format_, name in names.items()})
    write_atomically(folder / JSON_FILE, json_report(report).encode())
    write_atomically(folder / MARKDOWN_FILE, markdown_report(report).encode())
    mark_reports(folder, names.values())
    return report


def json_report(report: TuneReport) -> str:
    """Everything, as one JSON object."""
    return json.dumps({"format": FORMAT, "version": VERSION, **report.json()}, indent=1, allow_nan=False) + "\n"


def markdown_report(report: TuneReport) -> str:
    """The verdict, goals, all points and the forecasts, as tables."""
    goals = report.goals
    wanted = [f"recall@10 at least {goals.target_recall:g} (with 95 % confidence)"]
    if goals.max_memory is not None:
        wanted.append(f"at most {goals.max_memory / 1e6:,.1f} MB in memory")
    if goals.p95_ms is not None:
        wanted.append(f"p95 at most {goals.p95_ms:g} ms")
    chart = [f"![recall, latency and memory]({CHART_FILE})"] if "chart" in report.files else []
    parts = [
        "# Tuning of the vector index",
        f"**{report.verdict}**",
        f"Goals: {'; '.join(wanted)}.",
        f"{report.vectors:,} of {report.total:,} vectors, {report.queries} queries ({report.source}), {report.measured_at}, "
        f"{report.seconds:.0f} s.",
        *chart,
        "## Measured",
        _points(report),
        "Those marked * are beaten by no other in recall, latency and memory at once.",
        "## Forecast of a build over all vectors",
        _table(
            ("kind", "disk MB", "memory MB", "mapped MB", "build s"),
            [
                (
                    one.kind,
                    f"{one.disk_bytes / 1e6:,.1f}",
                    f"{one.memory_bytes / 1e6:,.1f}",
                    f"{one.mapped_bytes / 1e6:,.1f}",
                    f"{one.build_s:,.1f}",
                )
                for one in report.forecasts
            ],
        ),
        "\n".join(f"- {note}" for note in [*report.notes, *(f"{kind}: {why}" for kind, why in report.skipped.items())]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _points(report: TuneReport) -> str:
    best = front(report.points)
    header = ("", "index", "recall@10", "at least", "p50 ms", "p95 ms", "memory MB", "B a vector", "mapped MB", "built in s")
    return _table(header, [_row(point, report, is_best=point in best) for point in report.points])


def _row(point: Point, report: TuneReport, *, is_best: bool) -> Sequence[str]:
    mark = "chosen" if point is report.chosen else "*" if is_best else ""
    return (
        mark,
        point.name,
        f"{point.recall:.4f}",
        f"{point.recall_low:.4f}",
        f"{point.p50_ms:.3f}",
        f"{point.p95_ms:.3f}",
        f"{point.memory_bytes / 1e6:,.1f}",
        f"{point.resident_bytes:,.0f}",
        f"{point.mapped_bytes / 1e6:,.1f}",
        f"{point.build_s:.1f}",
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _write_chart(report: TuneReport, path: Path) -> None:
    with TemporaryDirectory(dir=path.parent, prefix=".chart-") as folder:
        draw_pareto(report, Path(folder) / path.name)
        write_atomically(path, (Path(folder) / path.name).read_bytes())
