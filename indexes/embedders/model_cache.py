"""A folder of small JSON notes about the models on this machine: what was verified, what was measured.

Everything in it can be deleted at any time; it is found out again at the next start.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragline.durable import write_json

_log = logging.getLogger(__name__)


def default_cache_folder() -> Path:
    """``$RAGLINE_CACHE_DIR``, else ``$XDG_CACHE_HOME/ragline``, else ``~/.cache/ragline``."""
    if own := os.environ.get("RAGLINE_CACHE_DIR"):
        return Path(own)
    # The XDG specification says that a relative path is to be ignored.
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (xdg if xdg.is_absolute() else Path.home() / ".cache") / "ragline"


@dataclass(frozen=True, slots=True)
class ModelCache:
    """JSON notes by name in ``folder``, which is created at the first write."""

    folder: Path

    def read(self, name: str) -> dict[str, Any] | None:
        """The note, or ``None`` where there is none or it is not readable as a JSON object."""
        try:
            note = json.loads((self.folder / f"{name}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return note if isinstance(note, dict) else None

    def write(self, name: str, note: Mapping[str, Any]) -> None:
        """Write the note so that a reader sees the old one or the new one, never a half.

        A folder that cannot be written is no error: the note is only a saving, so it is logged and the work goes on.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(self.folder / f"{name}.json", note)
        except OSError as error:
            _log.warning("cannot write %s to the cache folder %s: %s", name, self.folder, error)
