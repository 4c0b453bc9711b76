"""What an index will take before it is built: bytes by formula, time by a short build of a sample.

The formulas are those of :mod:`indexes.vector.sizes`. Of time no formula is known; building takes ``(n / m) ** growth`` times
as long for ``n`` vectors as for ``m``, where the growth is that of the kind. On a machine that does nothing else the forecast
for 45,178 vectors was 1.0 of the time for graphs, 1.1 for RaBitQ and 2.4 for product codes, which are trained in a fixed time.
"""

import time
from dataclasses import dataclass

from indexes.vector.base import Vectors
from indexes.vector.registry import Kind
from ragline.settings import Settings

SAMPLE = 4_000
"""Vectors that are built for the rate: half a second for a graph."""

ROW_BYTES = 48
"""Of a chunk's row beside any index, on disk and in memory: its number (8), that of its document (8), its id (32)."""

MANIFEST_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class Forecast:
    """A generation of ``count`` vectors of ``dim`` components. ``disk_bytes`` are all files of it; ``memory_bytes`` what its
    index and rows hold that no file backs; ``mapped_bytes`` is the part of the files that is read as searches touch it.
    ``build_s`` comes from building ``sample`` vectors.
    """

    kind: str
    count: int
    dim: int
    disk_bytes: int
    memory_bytes: int
    mapped_bytes: int
    build_s: float
    sample: int

    def __str__(self) -> str:
        return (
            f"{self.kind} over {self.count:,} chunks: {self.disk_bytes / 1e6:,.1f} MB on disk, "
            f"{self.memory_bytes / 1e6:,.1f} MB in memory and {self.mapped_bytes / 1e6:,.1f} MB mapped, "
            f"about {self.build_s:,.1f} s to build"
        )


def forecast(kind: Kind, vectors: Vectors, count: int, settings: Settings, *, threads: int) -> Forecast:
    """The forecast for ``count`` vectors such as these, of which up to ``SAMPLE`` are built.

    Raises :class:`ragline.errors.MissingExtra` for a kind whose library is not installed.
    """
    part = vectors[: min(SAMPLE, max(1, count))]
    started = time.perf_counter()
    kind.build(part, metric="cosine", threads=threads, settings=settings)
    seconds = time.perf_counter() - started
    return scaled(kind, seconds, len(part), count, vectors.shape[1], settings)


def scaled(kind: Kind, seconds: float, sample: int, count: int, dim: int, settings: Settings) -> Forecast:
    """The forecast for ``count`` vectors, when ``sample`` of them took so many ``seconds``."""
    size = kind.size(count, dim, settings)
    rows = ROW_BYTES * count
    build_s = seconds * (count / max(1, sample)) ** kind.growth
    disk = size.disk + rows + MANIFEST_BYTES
    return Forecast(kind.name, count, dim, disk, size.resident + rows, size.mapped, build_s, sample)
