"""Code that nobody reads: installed packages, build output, minified files. It is skipped, with the reason in the report."""

from pathlib import Path

from ingestion.guard.files import read_regular
from ingestion.parsers.code import CodeParser

# Folders that tools fill; each name means nothing else.
_INSTALLED = frozenset(
    {"node_modules", "bower_components", "jspm_packages", "site-packages", "dist-packages", "__pycache__", "__pypackages__"}
)
_INSTALLED_ENDS = (".dist-info", ".egg-info")
# What Python puts into the folder of a virtual environment.
_ENVIRONMENT_MARKER = "pyvenv.cfg"
# Lines that a person writes are shorter by far; minifiers write one line.
_MAX_LINE_BYTES = 5_000
_WINDOW_BYTES = 1 << 16


def refused_folder(path: Path, names: frozenset[str] | set[str]) -> str | None:
    """Why a folder with these entries is not read, ``None`` where it is."""
    if path.name in _INSTALLED or path.name.endswith(_INSTALLED_ENDS) or _ENVIRONMENT_MARKER in names:
        return "installed packages, no documents of yours; name the folder itself to read it"
    return None


def refused_code(path: Path) -> str | None:
    """Why a file is not read though its suffix is that of code: it is minified. ``None`` for any other file.

    Looks at the first 64 KB. A file that cannot be opened is left to whoever reads it.
    """
    if path.suffix.lower() not in CodeParser.suffixes:
        return None
    try:
        window = read_regular(path, _WINDOW_BYTES)
    except OSError:
        return None
    if max(map(len, window.split(b"\n"))) <= _MAX_LINE_BYTES:
        return None
    return f"minified code (a line of more than {_MAX_LINE_BYTES:,} bytes); ingest what it was made from"
