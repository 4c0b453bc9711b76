"""The folder that reports are written to."""

from pathlib import Path

from ragline.errors import InputError


def report_folder(folder: Path) -> Path:
    """``folder``, made if absent. Raises :class:`InputError` where not: asked for first, it costs no measuring."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: no folder can be made there ({error.strerror}). Name another for the reports.") from error
    return folder
