"""Finds the files to ingest: folders, files and glob patterns to files with document ids.

The walk is safe against the tree it walks: links to folders are not followed, links to files must stay below the folder, and
what Ragline itself has written there is left alone. Nothing is silent: what is not taken is reported with its reason, hidden
files aside.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from ingestion.code_files import refused_code, refused_folder
from ingestion.description import Describe, Sidecars, describe_file, described_by, is_sidecar
from ingestion.elements import RawSource
from ingestion.guard.files import is_folder, is_link, is_there, read_regular
from ingestion.naming import Naming
from ingestion.options import NO_OPTIONS, Options
from ingestion.own_files import REPORT_MARKER, is_collection, report_names
from ingestion.parsers.registry import is_supported, unsupported
from ingestion.patterns import GlobPattern, is_pattern
from ragline.errors import InputError, ParseError
from ragline.types import Description

# A document is held in memory several times over while it is parsed, and no text that a person wrote is larger.
MAX_FILE_BYTES = 64 * 2**20
_LEAVES = "link that leaves the folder; copy the file into it or name its target"
_TOO_LARGE = f"larger than {MAX_FILE_BYTES // 2**20} MB; split it"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to ingest and the id of its document; size in bytes and last change (seconds since 1970) are as it was found.

    ``place`` is where it really is, links followed: read is only what is still there. ``url`` is set for a file that holds what
    was fetched from there.
    """

    path: Path
    doc_id: str
    size: int = 0
    modified_at: float | None = None
    description: Description | None = None
    url: str = ""
    place: str | None = None

    @property
    def name(self) -> str:
        """What reports and the catalog call it."""
        return self.url or str(self.path)


@dataclass(frozen=True, slots=True)
class SkippedSource:
    """A file or folder that is not taken, and why.

    ``doc_id`` is set where a document may be there from when it was taken; then what is said of it holds all the same.
    """

    path: Path
    reason: str
    doc_id: str = ""
    description: Description | None = None


Found = SourceFile | SkippedSource


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at the paths found: files by document id, then what is skipped by path.

    ``new_roots`` maps folders to id prefixes. Whoever keeps the documents keeps these too and passes them as ``known_roots``
    next time: then every file keeps its id, in whatever order folders, folders in them and single files come.
    """

    found: tuple[Found, ...]
    new_roots: Mapping[Path, str]


def walk(
    paths: str | Path | Iterable[str | Path],
    *,
    root: str | Path | None = None,
    known_roots: Mapping[str, str] | Mapping[Path, str] | None = None,
) -> Iterator[Found]:
    """What :func:`survey` finds."""
    return iter(survey(paths, root=root, known_roots=known_roots).found)


def survey(
    paths: str | Path | Iterable[str | Path],
    *,
    root: str | Path | None = None,
    known_roots: Mapping[str, str] | Mapping[Path, str] | None = None,
    may_be_empty: bool = False,
    describe: Describe | None = None,
) -> Survey:
    """The files below ``paths`` with their ids, and with what is said of them by sidecar files and by ``describe``.

    A document id is, in this order: for a file below a known root (absolute folder -> prefix; the nearest wins) the prefix
    and the path below it; the path relative to ``root`` where one is given; else the name of a folder and the path below it.
    That folder is the outermost above the file among the folders in ``paths``, the folders of single files and the folders
    before the first wildcard of patterns.

    Raises :class:`InputError` for a path that does not exist, a folder or pattern without files (unless it ``may_be_empty``), a
    file outside ``root``, and where two files would have one id.
    """
    arguments = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not arguments:
        raise InputError("no paths were given; name at least one file or folder")
    known = {_absolute(folder): prefix for folder, prefix in (known_roots or {}).items()}
    naming = Naming(map(_folder_of, arguments), None if root is None else _absolute(root), known)
    files: dict[Path, SourceFile] = {}
    skipped: dict[Path, SkippedSource] = {}
    for argument in arguments:
        for found in _expand(argument, naming, may_be_empty):
            if isinstance(found, SourceFile):
                files.setdefault(found.path, found)
            else:
                skipped.setdefault(found.path, found)
    ordered = sorted(files.values(), key=lambda source: source.doc_id)
    _refuse_same_ids(ordered)
    sidecars = Sidecars()
    ordered = [replace(source, description=describe_file(source.path, describe, sidecars)) for source in ordered]
    left = [
        _left(source, naming, describe, sidecars) for source in sorted(skipped.values(), key=lambda source: str(source.path))
    ]
    return Survey((*ordered, *left), naming.new_roots())


def load(source: SourceFile, options: Options = NO_OPTIONS) -> RawSource:
    """The bytes of a file, with ``options`` where its description says nothing else.

    Raises :class:`ParseError` when it has gone or grown since it was found.
    """
    try:
        data = read_regular(source.path, MAX_FILE_BYTES + 1, place=source.place)
    except OSError as error:
        raise ParseError(f"cannot be read ({error.strerror}); check the file and its permissions") from error
    if len(data) > MAX_FILE_BYTES:
        raise ParseError(_TOO_LARGE)
    own = {} if source.description is None else source.description.options
    return RawSource(str(source.path), data, {**options, **own})


def _folder_of(argument: str | Path) -> Path:
    """The folder whose name may begin the ids of what an argument brings."""
    path = _absolute(argument)
    if is_folder(path):
        return path
    if not is_there(path) and is_pattern(str(argument)):
        return _absolute(GlobPattern(str(argument)).folder)
    return path.parent


def _expand(argument: str | Path, naming: Naming, may_be_empty: bool) -> Iterator[Found]:
    path = _absolute(argument)
    if is_folder(path):
        found = list(_walk_folder(path, naming))
        if not found and not may_be_empty:
            raise InputError(f"the folder {argument} holds no files; check the path (hidden files are not read)")
    elif is_there(path):
        found = [_skipped(path, "describes another file; name that one") if is_sidecar(path.name) else _judge(path, naming)]
    elif is_pattern(str(argument)):
        pattern = GlobPattern(str(argument))
        found = list(_walk_folder(_absolute(pattern.folder), naming, pattern))
        if not found and not may_be_empty:
            raise InputError(f"no file matches {argument}; check the pattern")
    else:
        raise InputError(f"{argument} does not exist; check the path")
    yield from found


def _walk_folder(folder: Path, naming: Naming, pattern: GlobPattern | None = None) -> Iterator[Found]:
    """Everything below ``folder`` that is not hidden. A stack, not recursion: depth is not in our hand."""
    inside = folder.resolve()
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            with os.scandir(current) as entries:
                names = {entry.name for entry in entries}
        except FileNotFoundError:
            continue
        except OSError as error:
            yield _skipped(current, f"cannot be read ({error.strerror}); check its permissions")
            continue
        if is_collection(names):
            yield _skipped(current, "a collection of Ragline, whose files are no documents; ingest what it was made from")
            continue
        refused = refused_folder(current, names) if current != folder else None
        if refused is not None:
            yield _skipped(current, refused)
            continue
        reports = report_names(current) if REPORT_MARKER in names else frozenset()
        for name in sorted(name for name in names if not name.startswith(".")):
            path = current / name
            if is_sidecar(name):
                if described_by(path).name not in names:
                    yield _skipped(path, "describes a file that is not there; remove it")
                continue
            below = path.relative_to(folder).as_posix()
            if is_folder(path) and not is_link(path):
                if pattern is None or pattern.may_hold(below):
                    pending.append(path)
            elif pattern is None or pattern.matches(below):
                refusal = _refused_link(path, inside) if is_link(path) else None
                if name in reports:
                    refusal = "an evaluation report of Ragline, no document"
                yield _judge(path, naming, inside) if refusal is None else _skipped(path, refusal)


def _refused_link(path: Path, inside: Path) -> str | None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "link to nothing; remove it"
    if not target.is_relative_to(inside):
        return _LEAVES
    return "link to a folder, whose files are read where they are" if target.is_dir() else None


def _judge(path: Path, naming: Naming, inside: Path | None = None) -> Found:
    if _printable(path) != path:
        return _skipped(path, "the name is not valid UTF-8; rename it")
    try:
        status = path.stat()
    except OSError as error:
        return SkippedSource(path, f"cannot be read ({error.strerror}); check its permissions")
    if not stat.S_ISREG(status.st_mode):
        return SkippedSource(path, "not a regular file")
    if not is_supported(path.name):
        return SkippedSource(path, unsupported(path.name))
    if status.st_size > MAX_FILE_BYTES:
        return SkippedSource(path, _TOO_LARGE)
    if not os.access(path, os.R_OK):
        return SkippedSource(path, "cannot be read (permission denied); check its permissions")
    refused = refused_code(path)
    if refused is not None:
        return SkippedSource(path, refused)
    place = os.path.realpath(path)
    if inside is not None and not Path(place).is_relative_to(inside):
        return SkippedSource(path, _LEAVES)  # it has become a link since it was looked at
    return SourceFile(path, naming.doc_id(path), status.st_size, status.st_mtime, place=place)


def _left(source: SkippedSource, naming: Naming, describe: Describe | None, sidecars: Sidecars) -> SkippedSource:
    doc_id = naming.known_id(source.path)
    if not doc_id or is_folder(source.path):
        return source
    return replace(source, doc_id=doc_id, description=describe_file(source.path, describe, sidecars))


def _refuse_same_ids(ordered: list[SourceFile]) -> None:
    for one, other in pairwise(ordered):
        if one.doc_id == other.doc_id:
            reason = f"{one.path} and {other.path} would both be the document {one.doc_id!r}"
            raise InputError(f"{reason}; pass root= (a folder above both) to tell them apart")


def _skipped(path: Path, reason: str) -> SkippedSource:
    return SkippedSource(_printable(path), reason)


def _printable(path: Path) -> Path:
    """The path with escapes for bytes that are no text; Python holds them as lone surrogates, which nothing can store."""
    return path if str(path).isascii() else Path(os.fsencode(path).decode("utf-8", "backslashreplace"))


def _absolute(path: str | Path) -> Path:
    """Absolute and without ``..``, but with links as they are named."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps "..", Path.resolve follows links
