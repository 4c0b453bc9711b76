"""A file of settings: TOML, with the settings in the table ``[settings]`` and where they come from in ``[evidence]``.

The variable ``RAGLINE_SETTINGS`` names one; variables of single settings and what a caller gives go before it.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ragline.durable import write_named_file
from ragline.errors import SettingsError

TABLES = ("settings", "evidence")
"""What a file may hold. Evidence is for the reader: nothing goes by it."""


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # a comment of TOML may not hold them


def read_settings_file(path: str | Path) -> dict[str, Any]:
    """The table ``[settings]``, by name; the values are not checked.

    Raises :class:`SettingsError`, naming the file, where it is absent, is no TOML, or has another table.
    """
    file = Path(path)
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {file} cannot be read ({error.strerror}). Correct RAGLINE_SETTINGS.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The settings file {file} is no TOML ({error}). Write e.g. [settings] and below it depth = 100."
        ) from None
    if unknown := [name for name in content if name not in TABLES]:
        raise SettingsError(f"The settings file {file} has {unknown[0]!r} outside its tables. Put settings below [settings].")
    table = content.get("settings")
    if not isinstance(table, dict):
        raise SettingsError(f"The settings file {file} has no table [settings]. Add one, and the settings below it.")
    return table


def write_settings_file(path: Path, settings: Mapping[str, Any], evidence: Mapping[str, Any], *, comment: str = "") -> None:
    """Write a file that :func:`read_settings_file` reads, in one step. ``comment`` goes to its head, line by line.

    Raises :class:`SettingsError` for a value that is no text, number, truth value or list of those.
    """
    lines = [f"# {_CONTROL.sub(' ', line)}".rstrip() for line in comment.splitlines()]
    for name, table in (("settings", settings), ("evidence", evidence)):
        lines += ["", f"[{name}]", *(f"{key} = {_toml(key, value)}" for key, value in table.items() if value is not None)]
    write_named_file(path, ("\n".join(lines).lstrip("\n") + "\n").encode())


def _toml(name: str, value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # else a JSON text is a TOML text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(_toml(name, item) for item in value)}]"
    raise SettingsError(f"{name} is a {type(value).__name__}, which a settings file cannot hold. Give a text or a number.")
