"""Runs in a file of JSON lines: one run a line, the newest last. It needs nothing but a disk."""

import json
from dataclasses import dataclass
from pathlib import Path

from eval.tracking.run import TrackedRun
from ragline.errors import StorageError


@dataclass(frozen=True, slots=True)
class JsonLinesTracker:
    """Appends to ``path``, which is made with its folder if absent."""

    path: Path

    def require_library(self) -> None:
        """It takes none."""

    def record(self, run: TrackedRun) -> str:
        """Append ``run``. Raises :class:`StorageError` where that cannot be done."""
        line = {
            "kind": run.kind,
            "name": run.name,
            "started_at": run.started_at,
            "parameters": dict(run.parameters),
            "figures": dict(run.figures),
            "tags": dict(run.tags),
            "rows": [dict(row) for row in run.rows],
            "files": {name: str(path) for name, path in run.files.items()},
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, allow_nan=False) + "\n")  # one write, so that runs side by side do not mix
        except OSError as error:
            raise StorageError(f"{self.path}: the run cannot be appended ({error.strerror}). Name another file.") from error
        return str(self.path)
