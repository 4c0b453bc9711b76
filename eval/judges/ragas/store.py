"""What a judge has said, kept by what it was asked: a file of lines that is only ever added to.

A record is on the disk before its reply is used. A process that is killed, or a disk that is full, loses at most the line
that was being written, and a later run pays for nothing that stands there. The file holds replies, which quote what was
judged: it belongs into the folder of the reports, and is deleted with it.
"""

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ingestion.own_files import mark_reports
from ragline.durable import json_digest, sync_folder
from ragline.errors import InputError, StorageError

JUDGEMENTS = "judgements.jsonl"
"""The name of the file."""

ACCOUNT = "judging.json"
"""The file beside it that says what the last run took."""

DIGEST_DIGITS = 16
"""Of a line's own digest: 64 bits tell a torn or an altered line."""

MODE = 0o600
"""The file is for its owner: it quotes documents."""


def key_of(**what: Any) -> str:
    """The key of a record: the sha256 of all that its value depends on."""
    return json_digest(what)


class JudgementStore:
    """Records by key. Safe to use from several threads; several processes may add to one file.

    Without a ``folder`` it keeps them in memory, and they end with the process. ``damaged`` counts the lines that were not
    read because they are torn or altered.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._records: dict[str, dict[str, Any]] = {}
        self._path = None if folder is None else folder / JUDGEMENTS
        self.damaged = 0
        if self._path is not None and folder is not None:
            self._prepare(folder)
            self._read(self._path)

    def __len__(self) -> int:
        return len(self._records)

    def get(self, key: str) -> Mapping[str, Any] | None:
        """The record that was kept last under ``key``."""
        with self._lock:
            return self._records.get(key)

    def put(self, key: str, record: Mapping[str, Any]) -> None:
        """Keep ``record``, durably. Raises :class:`StorageError` where the disk does not take it."""
        entry = dict(record)
        with self._lock:
            if self._path is not None:
                self._append(self._path, key, entry)
            self._records[key] = entry

    def _prepare(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{folder}: no folder can be made there ({error.strerror}). Name another for the reports."
            ) from error
        mark_reports(folder, [JUDGEMENTS, ACCOUNT])  # so that an ingest of the folder leaves it out

    def _read(self, path: Path) -> None:
        with suppress(FileNotFoundError), path.open("rb") as file:
            for line in file:
                if not line.strip():
                    continue  # two processes saw the same torn line
                record = _record(line)
                if record is None:
                    self.damaged += 1
                else:
                    self._records[record["key"]] = record["value"]

    def _append(self, path: Path, key: str, value: dict[str, Any]) -> None:
        content = {"key": key, "value": value}
        line = json.dumps({"digest": json_digest(content)[:DIGEST_DIGITS], **content}, separators=(",", ":")) + "\n"
        try:
            is_new = not path.exists()
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, MODE)
            try:
                size = os.fstat(handle).st_size
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"  # of a process that was killed
                _write(handle, (b"\n" if torn else b"") + line.encode())
                os.fsync(handle)
            finally:
                os.close(handle)
            if is_new:
                sync_folder(path.parent)
        except OSError as error:
            raise StorageError(
                f"{path}: cannot be written ({error.strerror}). Make room, and run again: it goes on there."
            ) from error


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _record(line: bytes) -> dict[str, Any] | None:
    """The record of a line, ``None`` where it is not the line that was written."""
    try:
        record = json.loads(line)
        content = {"key": record["key"], "value": record["value"]}
        intact = record["digest"] == json_digest(content)[:DIGEST_DIGITS] and isinstance(record["value"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return content if intact else None
