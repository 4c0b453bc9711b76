"""The new generation that was refused last, remembered beside the others: it is not built again until something has changed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from indexes.rebuilding.gate import Check
from ragline.durable import sync_folder, write_json

FILE = "refused.json"


@dataclass(frozen=True, slots=True)
class Refusal:
    """``attempt`` is what was tried: the sequence number, the kind of index and its parameters. ``reason`` is a message."""

    attempt: tuple[Any, ...]
    reason: str


class RefusalNote:
    """The note in a folder of generations. Written by whoever holds the rebuild lock."""

    def __init__(self, generations: Path) -> None:
        self._path = generations / FILE

    def read(self) -> Refusal | None:
        """What was refused; ``None`` when nothing was, or the note cannot be read: then it is simply tried again."""
        try:
            found = json.loads(self._path.read_bytes())
            return Refusal(tuple(found["attempt"]), str(found["reason"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, refusal: Refusal, checks: Sequence[Check] = ()) -> None:
        """Remember a refusal, with every check that was made."""
        self._path.parent.mkdir(exist_ok=True)
        content = {"attempt": list(refusal.attempt), "reason": refusal.reason, "checks": [asdict(check) for check in checks]}
        write_json(self._path, content)

    def forget(self) -> None:
        """There is nothing to remember any more."""
        if self._path.exists():
            self._path.unlink()
            sync_folder(self._path.parent)
