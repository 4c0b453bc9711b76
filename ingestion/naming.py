"""Gives every file its document id, the same one however the file is reached.

A *root* is a folder whose files have ids: a prefix, and the path below the folder. The nearest root above a file names it. A
new root is made only for files that no root is above yet, so it never renames a file: folders, the folders in them and single
files can come in any order, and each document keeps the id that it got first. Folders are compared with links resolved, so a
file has one id by whatever link its folder is reached; a root itself is remembered as it was named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingestion.guard.files import is_file
from ragline.errors import InputError


@dataclass(frozen=True, slots=True)
class _Root:
    """A folder as it was named, and what ids below it begin with (empty: nothing)."""

    folder: Path
    prefix: str


class Naming:
    """The rule for one ingest."""

    def __init__(self, folders: Iterable[Path], root: Path | None, known: Mapping[Path, str]) -> None:
        """``folders`` are absolute, and may lie in one another: the outermost names the files.

        With ``root`` new ids are relative to that folder instead.
        """
        self._real_folders: dict[Path, Path] = {}
        self._root = None if root is None else self._real(root)
        self._known = {self._real(folder): _Root(folder, prefix.strip("/")) for folder, prefix in sorted(known.items())}
        given = [_Root(folder, folder.name) for folder in folders] if root is None else [_Root(root, "")]
        offered = {self._real(each.folder): each for each in reversed(given)}
        self._offered = {folder: each for folder, each in offered.items() if offered.keys().isdisjoint(folder.parents)}
        self._new: dict[Path, _Root] = {}
        self._by_first_part: dict[str, list[Path]] = {}
        for folder, each in self._known.items():
            self._by_first_part.setdefault(each.prefix.split("/")[0], []).append(folder)

    def doc_id(self, path: Path) -> str:
        """The id of a file below one of the folders.

        Raises :class:`InputError` for a file outside the root that was given, and where the id is another file's.
        """
        place = self._real(path.parent) / path.name
        if self._root is not None and not place.is_relative_to(self._root):
            raise InputError(f"{path} is not below the root {self._root}; pass a root that holds all files")
        base = _nearest(place, self._known)
        if base is not None:
            root = self._known[base]
        else:
            base = _nearest(place, self._offered)
            if base is None:
                raise InputError(f"{path} is below none of the folders that were given; name its folder")
            root = self._new.setdefault(base, self._offered[base])
        relative = place.relative_to(base).as_posix()
        doc_id = f"{root.prefix}/{relative}" if root.prefix else relative
        self._refuse_other_file(doc_id, root.prefix, place)
        return doc_id

    def known_id(self, path: Path) -> str:
        """The id that a file has below a known root; empty where it is below none, and so has none yet."""
        place = self._real(path.parent) / path.name
        base = _nearest(place, self._known)
        return "" if base is None else f"{self._known[base].prefix}/{place.relative_to(base).as_posix()}".lstrip("/")

    def new_roots(self) -> dict[Path, str]:
        """The roots, as folder and prefix, that were needed beside the known ones and are to be remembered.

        A prefix stands for one folder. One whose folder has gone is handed on: the folder was moved, and its documents keep
        their ids. Raises :class:`InputError` where the folder is still there.
        """
        owners = {root.prefix: root for folder, root in self._known.items() if folder.exists()}
        for root in self._new.values():
            other = owners.setdefault(root.prefix, root)
            if other is not root:
                named = f"Ids below {root.prefix!r}" if root.prefix else "Ids without a folder's name in front"
                way = "Give root= to choose other ids" if root.prefix else "Leave root= out"
                raise InputError(
                    f"{named} stand for {other.folder}; {root.folder} would overwrite them. {way}, or use another collection."
                )
        return {root.folder: root.prefix for root in self._new.values()}

    def _refuse_other_file(self, doc_id: str, own: str, place: Path) -> None:
        """Prefixes can meet: ``docs/a.md`` below a root without a prefix, and ``a.md`` below a root named ``docs``."""
        for folder in (*self._by_first_part.get("", ()), *self._by_first_part.get(doc_id.split("/")[0], ())):
            prefix = self._known[folder].prefix
            if prefix == own or (prefix and not doc_id.startswith(f"{prefix}/")):
                continue
            other = folder / doc_id[len(prefix) :].lstrip("/")
            if _nearest(other, self._known) == folder and is_file(other):
                raise InputError(
                    f"{place} and {other} would both be the document {doc_id!r}. Rename one, or use another collection."
                )

    def _real(self, folder: Path) -> Path:
        """The folder with links resolved."""
        if folder not in self._real_folders:
            self._real_folders[folder] = folder.resolve()
        return self._real_folders[folder]


def _nearest(place: Path, folders: Mapping[Path, _Root]) -> Path | None:
    return next((parent for parent in place.parents if parent in folders), None)
