"""Generations on disk: one folder each, written beside the one in use and put in its place by one rename.

``generations/000007/`` holds the index, its rows and ``manifest.json``, which is written last; ``current.json`` names the
generation in use. A folder without a manifest, or one whose files differ from it, is never loaded.
"""

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from indexes.rebuilding.gate import Inspection
from indexes.rows import BaseRows
from indexes.snapshot import Generation
from indexes.tuned import NOT_TUNED, Tuned
from indexes.vector.base import VectorIndex
from indexes.vector.metrics import METRICS, Metric
from indexes.vector.registry import kind_of
from ragline.durable import TEMPORARY_SUFFIX, json_digest, sha256_file, sync_file, sync_folder, write_json
from ragline.errors import CorruptIndexError, IncompatibleError, InputError
from ragline.settings import Settings

FORMAT = 2
MANIFEST = "manifest.json"
POINTER = "current.json"
ROW_FILES = ("chunk_nos.npy", "doc_nos.npy", "chunk_ids.npy")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is made of. ``files`` maps a name to its size in bytes and its sha256; ``checks`` it has passed.

    ``build``, ``search`` and ``evidence`` are those of :class:`indexes.tuned.Tuned`.
    """

    format: int
    number: int
    sequence: int
    kind: str
    count: int
    dim: int
    metric: Metric
    embedder: str
    created_at: float
    recall_at_10: float
    parameters: dict[str, Any]
    versions: dict[str, str]
    files: dict[str, tuple[int, str]]
    checks: list[dict[str, Any]] = field(default_factory=list)
    build: dict[str, Any] = field(default_factory=dict)
    search: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def tuned(self) -> Tuned:
        """How it was tuned, where it was."""
        return Tuned(self.build, self.search, self.evidence)

    @property
    def promised_recall(self) -> float:
        """Recall@10 as it was measured when the kind was chosen, else when it was built."""
        return float(self.evidence.get("recall_at_10", self.recall_at_10))


@dataclass(frozen=True, slots=True)
class LoadedGeneration:
    """A verified generation, ready to search."""

    generation: Generation
    rows: BaseRows
    manifest: Manifest


class GenerationStore:
    """The generations of one collection. Writing methods are called under the collection's rebuild lock.

    ``given`` names the settings that the caller chose: these go before what a manifest says.
    """

    def __init__(self, folder: Path, *, embedder: str, settings: Settings, given: frozenset[str] = frozenset()) -> None:
        self._folder = folder
        self.pointer = folder / POINTER
        self._embedder = embedder
        self._settings = settings
        self._given = given

    def current(self) -> int:
        """The number of the generation in use, 0 for none. Raises :class:`CorruptIndexError`."""
        if not self.pointer.exists():
            return 0
        try:
            return int(json.loads(self.pointer.read_bytes())["generation"])
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptIndexError(f"{self.pointer} cannot be read ({error}). Run: ragline rebuild") from error

    def numbers(self) -> list[int]:
        """Numbers of the generations on disk that have a manifest, ascending."""
        names = (path.parent.name for path in self._folder.glob(f"*/{MANIFEST}"))
        return sorted(int(name) for name in names if name.isdecimal())  # a build has its manifest before it has its name

    def load(self, number: int) -> LoadedGeneration:
        """Verify a generation's files against its manifest, then load it.

        Raises :class:`CorruptIndexError` before any native loader has seen a byte, :class:`IncompatibleError` for a generation
        of another embedder, a newer format or an unknown kind.
        """
        folder = self._path(number)
        manifest = _read_manifest(folder)
        if manifest.format != FORMAT or manifest.embedder != self._embedder:
            raise IncompatibleError(
                f"{folder} was built for {manifest.embedder!r} in format {manifest.format}, not for {self._embedder!r} in "
                f"format {FORMAT}. Run: ragline rebuild"
            )
        kind = kind_of(manifest.kind)
        if manifest.metric not in METRICS:
            raise IncompatibleError(f"{folder} is for the metric {manifest.metric!r}, which is unknown. Run: ragline rebuild")
        try:
            _verify(folder, manifest)
            settings = kind.searched_as(self._settings, manifest.search, self._given)
            index = kind.load(folder, metric=manifest.metric, settings=settings)
            numbers, documents, ids = (np.load(folder / name, allow_pickle=False) for name in ROW_FILES)
        except OSError as error:  # a reader may come to it while another process removes it
            raise CorruptIndexError(f"{folder} cannot be read ({error}). Run: ragline rebuild") from error
        if not (index.count == manifest.count == len(numbers) == len(documents) == len(ids)):
            raise CorruptIndexError(f"The row counts of {folder} do not agree. Run: ragline rebuild")
        generation = Generation(number, manifest.sequence, index, manifest.promised_recall, manifest.tuned)
        return LoadedGeneration(generation, BaseRows(numbers, documents, ids), manifest)

    def manifest(self, number: int) -> Manifest:
        """What a generation says of itself; nothing is verified. Raises :class:`CorruptIndexError`."""
        return _read_manifest(self._path(number))

    def write(
        self,
        index: VectorIndex,
        rows: BaseRows,
        *,
        sequence: int,
        check: Callable[[VectorIndex], Inspection],
        settle: Callable[[VectorIndex], Tuned] = lambda _: NOT_TUNED,
    ) -> tuple[int, Inspection]:
        """Write a new generation beside the others, durably; it is not yet in use. Returns its number, and what was found.

        ``settle`` gets the index as it was written, loaded from its files, and says how it is searched and why; then ``check``
        gets it as it will be searched. Both raise to refuse it: nothing is left then.
        """
        self._folder.mkdir(exist_ok=True)
        taken = [int(path.name) for path in self._folder.iterdir() if path.name.isdecimal()]
        number = max([*taken, self._current_or_newest()], default=0) + 1
        with self._building(number) as building:
            for name, array in zip(ROW_FILES, (rows.chunk_nos, rows.doc_nos, rows.chunk_ids), strict=True):
                np.save(building / name, array, allow_pickle=False)
            names = [*ROW_FILES, *_save(index, building)]
            for name in names:
                sync_file(building / name)
            kind = kind_of(index.kind)
            loaded = kind.load(building, metric=index.metric, settings=self._settings)
            tuned = settle(loaded)
            found = check(loaded.searched_with(kind.searched_as(self._settings, tuned.search, self._given)))
            manifest = Manifest(
                FORMAT,
                number,
                sequence,
                index.kind,
                index.count,
                index.dim,
                index.metric,
                self._embedder,
                time.time(),
                found.recall_at_10,
                dict(index.parameters),
                {package: version(package) for package in index.packages},
                {name: ((building / name).stat().st_size, sha256_file(building / name)) for name in names},
                [asdict(each) for each in found.checks],
                dict(tuned.build),
                dict(tuned.search),
                dict(tuned.evidence),
            )
            content = asdict(manifest)
            write_json(building / MANIFEST, {**content, "digest": json_digest(content)})
        return number, found

    def use(self, number: int) -> None:
        """Put a generation (0 = none) in use, by one atomic rename."""
        self._folder.mkdir(exist_ok=True)
        write_json(self.pointer, {"generation": number})

    def previous(self) -> int:
        """The newest generation before the one in use. Raises :class:`InputError` when there is none."""
        current = self._current_or_newest()
        older = [number for number in self.numbers() if number < current]
        if not older:
            raise InputError("There is no earlier generation to roll back to. Make one with: ragline rebuild")
        return older[-1]

    def prune(self, *, keep: int | None = None) -> None:
        """Remove left-over temporary folders, and generations but for the one in use and the ``keep - 1`` before and after it.

        ``keep`` is the setting ``keep_generations`` where it is not given.
        A mapped file stays readable to its reader.
        """
        for path in self._folder.glob(f"*{TEMPORARY_SUFFIX}"):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        keep = self._settings.keep_generations if keep is None else keep
        current = self._current_or_newest()
        older = [number for number in self.numbers() if number < current]
        newer = [number for number in self.numbers() if number > current]
        for number in (*older[: max(0, len(older) + 1 - keep)], *newer[: max(0, len(newer) + 1 - keep)]):
            # Renamed first: half a generation must not pass for one if this is where the process dies.
            shutil.rmtree(self._path(number).rename(self._temporary(number)))

    def _current_or_newest(self) -> int:
        """The generation in use; the newest where that cannot be told, as for those who read it."""
        try:
            return self.current()
        except CorruptIndexError:
            return max(self.numbers(), default=0)

    @contextmanager
    def _building(self, number: int) -> Iterator[Path]:
        """A temporary folder that becomes generation ``number`` when all goes well, and goes when anything fails."""
        building = self._temporary(number)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        try:
            yield building
            building.rename(self._path(number))
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        sync_folder(self._folder)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}"

    def _temporary(self, number: int) -> Path:
        return self._folder / f"{number:06d}{TEMPORARY_SUFFIX}"


def _save(index: VectorIndex, folder: Path) -> list[str]:
    try:
        return index.save(folder)
    except RuntimeError as error:  # FAISS's own, for every failure of its writer
        raise OSError(f"{folder} cannot be written ({error})") from error


def _verify(folder: Path, manifest: Manifest) -> None:
    for name, (size, digest) in manifest.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size or sha256_file(path) != digest:
            raise CorruptIndexError(f"{path} is missing or differs from its manifest. Run: ragline rebuild")


def _read_manifest(folder: Path) -> Manifest:
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        if content.pop("digest", None) != json_digest(content):  # a sequence number off by one would serve what was replaced
            raise ValueError("it was altered: its digest does not fit")
        manifest = Manifest(**content)
        _check_promise(manifest)
        return manifest
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise CorruptIndexError(f"{folder / MANIFEST} cannot be read ({error}). Run: ragline rebuild") from error


def _check_promise(manifest: Manifest) -> None:
    """What cannot be used fails here, not where it is needed."""
    _ = manifest.promised_recall, manifest.tuned.target_recall, dict(manifest.build), dict(manifest.search)
