"""The files of a report, and what they are called."""

from pathlib import Path

FORMAT = "ragline-evaluation"
VERSION = 2

NAMES = {
    "json": "report.json",
    "markdown": "report.md",
    "html": "report.html",
    "junit": "report.junit.xml",
    "csv": "report.csv",
}


def report_files(folder: Path, json_file: Path | None = None) -> dict[str, Path]:
    """The path of each format in ``folder``; the JSON report may have been given another name."""
    files = {name: folder / file for name, file in NAMES.items()}
    return files if json_file is None else files | {"json": json_file}
