"""Finds the files to ingest and names them: folders, files and glob patterns to document ids.

The walk is safe against the tree it walks: links to folders are not followed, links to files must stay below the folder.
Nothing is silent: what is not taken is reported with its reason, hidden files aside.
"""

import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ingestion.elements import RawSource
from ingestion.parsers.registry import is_supported
from ragline.errors import InputError, ParseError

# A document is held in memory several times over while it is parsed, and no text that a person wrote is larger.
MAX_FILE_BYTES = 64 * 2**20
_TOO_LARGE = f"larger than {MAX_FILE_BYTES // 2**20} MB; split it"
_GLOB_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to ingest, the id of its document, and its size in bytes when it was found."""

    path: Path
    doc_id: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class SkippedSource:
    """A file or folder that is not taken, and why."""

    path: Path
    reason: str


Found = SourceFile | SkippedSource


def walk(
    paths: str | Path | Iterable[str | Path],
    *,
    root: str | Path | None = None,
    known_roots: Mapping[str, str] | Mapping[Path, str] | None = None,
) -> Iterator[Found]:
    """The files below ``paths``, sorted by document id (skipped ones by path, behind them).

    A document id is, in this order: the path relative to ``root`` where one is given; for a file below a known root
    (absolute folder -> prefix; the longest wins) the prefix and the path below it; for a file below a folder in ``paths``
    the name of the folder (the outermost wins) and the path below it; for a file found by a pattern the same with the
    folder before its first wildcard; for a single file the name of its folder and its own.

    Raises :class:`InputError` at once for a path that does not exist, a folder or pattern without files, a file outside
    ``root`` and two files with the same id.
    """
    arguments = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not arguments:
        raise InputError("no paths were given; name at least one file or folder")
    naming = _Naming(arguments, root, known_roots or {})
    files: dict[Path, SourceFile] = {}
    skipped: dict[Path, SkippedSource] = {}
    for argument in arguments:
        for found in _expand(argument, naming):
            if isinstance(found, SourceFile):
                files.setdefault(found.path, found)
            else:
                skipped.setdefault(found.path, found)
    ordered = sorted(files.values(), key=lambda source: source.doc_id)
    _refuse_same_ids(ordered)
    return iter([*ordered, *sorted(skipped.values(), key=lambda source: str(source.path))])


def load(source: SourceFile) -> RawSource:
    """The bytes of a file. Raises :class:`ParseError` when it has gone or grown since it was found."""
    try:
        with source.path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ParseError(f"cannot be read ({error.strerror}); check the file and its permissions") from error
    if len(data) > MAX_FILE_BYTES:
        raise ParseError(_TOO_LARGE)
    return RawSource(str(source.path), data)


class _Naming:
    """The rule that gives a file its document id."""

    def __init__(
        self,
        arguments: list[str | Path],
        root: str | Path | None,
        known_roots: Mapping[str, str] | Mapping[Path, str],
    ) -> None:
        self._root = None if root is None else _absolute(root)
        self._known = {_absolute(folder): prefix.strip("/") for folder, prefix in known_roots.items()}
        self._given = {folder for argument in arguments if (folder := _absolute(argument)).is_dir()}

    def doc_id(self, path: Path, folder: Path) -> str:
        """The id of ``path``, which was found in ``folder``."""
        if self._root is not None:
            if not path.is_relative_to(self._root):
                raise InputError(f"{path} is not below the root {self._root}; pass a root that holds all files")
            return path.relative_to(self._root).as_posix()
        known = next((parent for parent in path.parents if parent in self._known), None)
        given = next((parent for parent in reversed(path.parents) if parent in self._given), folder)
        base = given if known is None else known
        prefix = base.name if known is None else self._known[known]
        relative = path.relative_to(base).as_posix()
        return f"{prefix}/{relative}" if prefix else relative


def _expand(argument: str | Path, naming: _Naming) -> Iterator[Found]:
    path = _absolute(argument)
    if path.is_dir():
        found = list(_walk_folder(path, naming))
        if not found:
            raise InputError(f"the folder {argument} holds no files; check the path (hidden files are not read)")
        yield from found
    elif path.exists():
        yield _judge(path, path.parent, naming)
    elif glob.has_magic(str(argument)):
        yield from _match(str(argument), naming)
    else:
        raise InputError(f"{argument} does not exist; check the path")


def _match(pattern: str, naming: _Naming) -> Iterator[Found]:
    parts = Path(pattern).parts
    magic = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    folder = _absolute(Path(*parts[:magic]))
    expression = re.compile(_translate("/".join(parts[magic:])))
    found = [each for each in _walk_folder(folder, naming) if expression.match(each.path.relative_to(folder).as_posix())]
    if not found:
        raise InputError(f"no file matches {pattern}; check the pattern")
    yield from found


def _translate(pattern: str) -> str:
    """A glob pattern as a regular expression over relative paths: ``*`` stays in one folder, ``**`` spans any number."""
    expression = []
    for part in _GLOB_TOKEN.findall(pattern):
        if part == "**/":
            expression.append("(?:[^/]+/)*")
        elif part.startswith("*"):
            expression.append(".*" if part == "**" else "[^/]*")
        elif part == "?":
            expression.append("[^/]")
        elif len(part) > 2 and part.startswith("["):
            members = part[1:-1].replace("\\", "\\\\")
            expression.append(f"[^/{members[1:]}]" if members.startswith("!") else f"[{members}]")
        else:
            expression.append(re.escape(part))
    return "".join(expression) + r"\Z"


def _walk_folder(folder: Path, naming: _Naming) -> Iterator[Found]:
    """Everything below ``folder`` that is not hidden. A stack, not recursion: depth is not in our hand."""
    inside = folder.resolve()
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            with os.scandir(current) as entries:
                names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
        except OSError as error:
            yield SkippedSource(current, f"cannot be read ({error.strerror}); check its permissions")
            continue
        for name in names:
            path = current / name
            if path.is_symlink():
                refusal = _refused_link(path, inside)
                yield _judge(path, folder, naming) if refusal is None else SkippedSource(path, refusal)
            elif path.is_dir():
                pending.append(path)
            else:
                yield _judge(path, folder, naming)


def _refused_link(path: Path, inside: Path) -> str | None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "link to nothing; remove it"
    if not target.is_relative_to(inside):
        return "link that leaves the folder; copy the file into it or name its target"
    return "link to a folder, whose files are read where they are" if target.is_dir() else None


def _judge(path: Path, folder: Path, naming: _Naming) -> Found:
    try:
        status = path.stat()
    except OSError as error:
        return SkippedSource(path, f"cannot be read ({error.strerror}); check its permissions")
    if not stat.S_ISREG(status.st_mode):
        return SkippedSource(path, "not a regular file")
    if not is_supported(path.name):
        return SkippedSource(path, f"format {path.suffix or 'without suffix'} is not supported; convert it or leave it out")
    if status.st_size > MAX_FILE_BYTES:
        return SkippedSource(path, _TOO_LARGE)
    if not os.access(path, os.R_OK):
        return SkippedSource(path, "cannot be read (permission denied); check its permissions")
    return SourceFile(path, naming.doc_id(path, folder), status.st_size)


def _refuse_same_ids(ordered: list[SourceFile]) -> None:
    for one, other in pairwise(ordered):
        if one.doc_id == other.doc_id:
            reason = f"{one.path} and {other.path} would both be the document {one.doc_id!r}"
            raise InputError(f"{reason}; pass root= (a folder above both) to tell them apart")


def _absolute(path: str | Path) -> Path:
    """Absolute and without ``..``, but with links as they are named."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps "..", Path.resolve follows links
