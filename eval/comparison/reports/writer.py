"""Writing the reports of a comparison."""

from pathlib import Path

from eval.comparison.comparison import Comparison
from eval.comparison.reports.html_report import html_report
from eval.comparison.reports.json_report import json_report
from eval.comparison.reports.markdown_report import markdown_report
from eval.report_folder import report_folder
from ingestion.own_files import mark_reports
from ragline.durable import write_atomically


def write_comparison(comparison: Comparison, folder: str | Path) -> dict[str, Path]:
    """Write ``comparison.json``, ``comparison.md`` and ``comparison.html`` to ``folder`` (made if absent); the path by format.

    Each file is replaced in one step, and a marker keeps them out of a later ingest of the folder. Raises
    :class:`InputError` when the folder cannot be made.
    """
    folder = report_folder(Path(folder))
    texts = {"json": json_report(comparison), "markdown": markdown_report(comparison), "html": html_report(comparison)}
    suffixes = {"json": "json", "markdown": "md", "html": "html"}
    files = {name: folder / f"comparison.{suffix}" for name, suffix in suffixes.items()}
    for name, path in files.items():
        write_atomically(path, texts[name].encode("utf-8", errors="backslashreplace"))  # a lone surrogate has no UTF-8 form
    mark_reports(folder, [path.name for path in files.values()])
    return files
