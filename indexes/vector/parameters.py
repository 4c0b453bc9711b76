"""What the kinds of index take from the settings."""

from dataclasses import dataclass
from typing import ClassVar

from ragline.settings import Settings


@dataclass(frozen=True, slots=True)
class GraphParameters:
    """Links a node, breadth of the search while building, and least breadth of a search.

    ``building`` and ``searching`` name the settings that a build and a search look at.
    """

    building: ClassVar[tuple[str, ...]] = ("hnsw_m", "hnsw_ef_construction")
    searching: ClassVar[tuple[str, ...]] = ("hnsw_ef_search",)
    m: int
    ef_construction: int
    ef_search: int

    @classmethod
    def of(cls, settings: Settings) -> "GraphParameters":
        return cls(settings.hnsw_m, settings.hnsw_ef_construction, settings.hnsw_ef_search)


@dataclass(frozen=True, slots=True)
class CellParameters:
    """Cells, cells searched, bytes of a code (0 = chosen from the data), and candidates scored again for each row wanted.

    ``building`` and ``searching`` name the settings that a build and a search look at.
    """

    building: ClassVar[tuple[str, ...]] = ("ivf_cells", "pq_code_bytes")
    searching: ClassVar[tuple[str, ...]] = ("ivf_probes", "over_fetch")
    cells: int
    probes: int
    code_bytes: int
    over_fetch: int

    @classmethod
    def of(cls, settings: Settings) -> "CellParameters":
        return cls(settings.ivf_cells, settings.ivf_probes, settings.pq_code_bytes, settings.over_fetch)
