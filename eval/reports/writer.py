"""Writing the reports of an evaluation."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from eval.report_folder import report_folder
from eval.reports.csv_report import csv_report
from eval.reports.files import report_files
from eval.reports.html_report import html_report
from eval.reports.json_report import json_report
from eval.reports.junit_report import junit_report
from eval.reports.markdown_report import markdown_report
from eval.result import EvalResult
from ingestion.own_files import mark_reports
from ragline.durable import write_atomically

WRITERS: Mapping[str, Callable[[EvalResult], str]] = MappingProxyType(
    {"json": json_report, "markdown": markdown_report, "html": html_report, "junit": junit_report, "csv": csv_report}
)


def write_reports(result: EvalResult, folder: str | Path) -> dict[str, Path]:
    """Write every report to ``folder`` (made if absent); the path by format, as :data:`eval.reports.files.NAMES` has them.

    Each file is replaced in one step: a reader sees the former report or the new one, never a part. A marker beside them keeps
    them out of a later ingest of the folder. Raises :class:`InputError` when the folder cannot be made.
    """
    folder = report_folder(Path(folder))
    files = report_files(folder)
    for name, written in WRITERS.items():
        _write(files[name], written(result))
    mark_reports(folder, [path.name for path in files.values()])
    return files


def _write(path: Path, text: str) -> None:
    # lone surrogates, which a JSON golden set can hold, have no UTF-8 form: they are shown as escapes
    write_atomically(path, text.encode("utf-8", errors="backslashreplace"))
