"""Writing the reports of an evaluation."""

import os
import tempfile
from pathlib import Path

from eval.reports.html_report import html_report
from eval.reports.json_report import json_report
from eval.reports.markdown_report import markdown_report
from eval.result import EvalResult
from ragline.errors import InputError


def write_reports(result: EvalResult, folder: str | Path) -> dict[str, Path]:
    """Write ``report.json``, ``report.md`` and ``report.html`` to ``folder`` (made if absent); the path by format.

    Each file is replaced in one step: a reader sees the former report or the new one, never a part. Raises
    :class:`InputError` when the folder cannot be made.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: no folder can be made there ({error.strerror}). Name another for the reports.") from error
    files = {"json": folder / "report.json", "markdown": folder / "report.md", "html": folder / "report.html"}
    _write(files["json"], json_report(result))
    _write(files["markdown"], markdown_report(result))
    _write(files["html"], html_report(result))
    return files


def _write(path: Path, text: str) -> None:
    # lone surrogates, which a JSON golden set can hold, have no UTF-8 form: they are shown as escapes
    data = text.encode("utf-8", errors="backslashreplace")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the renaming of a file in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
