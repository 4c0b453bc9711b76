"""Where the files of a collection lie: spaces, one of which is in use.

A *space* is a folder with a catalog, a lexical index and generations, all of one embedder and one chunker. The first space is
the collection's folder itself; later ones are ``spaces/000002`` and so on, made by migrations. ``space.json`` names the one in
use and the one to go back to; without it the first is in use. It is written by one rename, so a process sees one or the other.

A space in the making has a note ``spaces/000002.json`` beside its folder that says what it is to become. The note goes when the
space has come into use: a folder with a note is never opened.
"""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from indexes.disk import storage_errors
from indexes.lock import rebuild_lock
from indexes.places import CATALOG, GENERATIONS, LEXICAL
from ragline.durable import TEMPORARY_SUFFIX, sync_folder, write_json
from ragline.errors import CollectionLockedError, CorruptIndexError

FIRST = 1
POINTER = "space.json"
SPACES = "spaces"
MIGRATION_LOCK = "migration.lock"
"""Held for the length of a migration: there is one at a time. The write lock is held in its last step only."""

_DIGITS = 6
_FILES_OF_FIRST = (CATALOG, f"{CATALOG}-wal", f"{CATALOG}-shm", f"{CATALOG}-journal")


@dataclass(frozen=True, slots=True)
class InUse:
    """The number of the space in use, and of the one before it while that is kept (else ``None``)."""

    number: int = FIRST
    previous: int | None = None


def space_in_use(home: Path) -> InUse:
    """What ``space.json`` in the collection's folder says. Raises :class:`CorruptIndexError`."""
    path = home / POINTER
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return InUse()
    try:
        said = json.loads(data)
        numbers = [int(said["space"]), said["previous"]]
        if said["check"] != _check(numbers):  # a flipped bit must not put an old space in use
            raise ValueError("its check sum is wrong")
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptIndexError(
            f"{path} cannot be read ({error}), so nothing tells which space is in use. Restore the collection from a backup."
        ) from error
    return InUse(*numbers)


def use_space(home: Path, number: int, *, previous: int | None) -> None:
    """Put a space in use, by one rename; the caller holds the write lock."""
    with storage_errors(home):
        write_json(home / POINTER, {"space": number, "previous": previous, "check": _check([number, previous])})


def stamp(home: Path) -> tuple[int, int]:
    """Changes whenever any process puts a space in use."""
    try:
        found = os.stat(f"{home}/{POINTER}")  # noqa: PTH116 - asked by every query: a path is made in a tenth of the time so
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def space_folder(home: Path, number: int) -> Path:
    """The folder with the files of a space."""
    return home if number == FIRST else home / SPACES / f"{number:0{_DIGITS}d}"


def spaces_on_disk(home: Path) -> list[int]:
    """Numbers of the spaces of which anything is there, ascending."""
    found = {int(path.stem) for path in (home / SPACES).glob("*") if path.stem.isdecimal() and path.suffix in {"", ".json"}}
    return sorted(found | ({FIRST} if (home / CATALOG).exists() else set()))


def unfinished(home: Path) -> dict[int, Mapping[str, Any]]:
    """Spaces in the making, with what they are to become; that is empty where it cannot be read."""
    in_use = space_in_use(home)
    found: dict[int, Mapping[str, Any]] = {}
    for path in sorted((home / SPACES).glob("*.json")):
        if path.stem.isdecimal() and int(path.stem) not in {in_use.number, in_use.previous}:
            found[int(path.stem)] = _read_note(path)
    return found


def begin_space(home: Path, note: Mapping[str, Any]) -> int:
    """Take a new number for a space, and note what it is to become. Nothing else of it is made."""
    in_use = space_in_use(home)
    number = max([*spaces_on_disk(home), in_use.number, in_use.previous or FIRST]) + 1
    with storage_errors(home):
        (home / SPACES).mkdir(exist_ok=True)
        write_json(_note(home, number), dict(note))
        sync_folder(home)
    return number


def finish_space(home: Path, number: int) -> None:
    """The space has come into use, so the note of its making goes."""
    with storage_errors(home):
        _note(home, number).unlink(missing_ok=True)


def remove_space(home: Path, number: int) -> bool:
    """Remove the files of a space that is neither in use nor named as the one before it.

    False, and nothing is removed, while another process builds an index there: what it writes last would stay.
    """
    folder = space_folder(home, number)
    try:
        with rebuild_lock(folder).hold() if folder.is_dir() else nullcontext():
            _remove_files(home, number)
    except CollectionLockedError:
        return False
    return True


def _remove_files(home: Path, number: int) -> None:
    with storage_errors(home):
        if number == FIRST:
            for name in _FILES_OF_FIRST:
                (home / name).unlink(missing_ok=True)
            for name in (LEXICAL, GENERATIONS):
                shutil.rmtree(home / name, ignore_errors=True)
            return
        folder = space_folder(home, number)
        gone = folder.with_name(f"{folder.name}{TEMPORARY_SUFFIX}")
        with suppress(FileNotFoundError):
            folder.rename(gone)  # half a space must not pass for one if this is where the process dies
        shutil.rmtree(gone, ignore_errors=True)
        _note(home, number).unlink(missing_ok=True)


def forget_spaces(home: Path, *, with_unfinished: bool) -> bool:
    """Remove every space but the one in use; the caller holds the write lock. False when one is still being worked on.

    Without ``with_unfinished`` those stay that are in the making.
    """
    in_use = space_in_use(home)
    if in_use.previous is not None:
        use_space(home, in_use.number, previous=None)  # first, so that nothing leads to what is half removed
    making = unfinished(home)
    gone = [number for number in spaces_on_disk(home) if number != in_use.number]
    gone = [number for number in gone if with_unfinished or number not in making]
    were_removed = [remove_space(home, number) for number in gone]
    if with_unfinished:
        for path in (home / SPACES).glob(f"*{TEMPORARY_SUFFIX}"):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    with suppress(OSError):  # others are in it
        (home / SPACES).rmdir()
    return all(were_removed)


def _note(home: Path, number: int) -> Path:
    folder = space_folder(home, number)
    return folder.with_name(f"{folder.name}.json")


def _read_note(path: Path) -> Mapping[str, Any]:
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _check(numbers: list[Any]) -> int:
    return crc32(json.dumps(numbers).encode())
