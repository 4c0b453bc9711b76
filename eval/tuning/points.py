"""One configuration of a vector index and what was measured of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A kind of index, searched as ``search`` says (settings by name).

    ``recall`` is the mean recall@10 against exact search over ``queries`` queries; ``recall_low`` is what it is at least, with
    95 % confidence. Times are milliseconds of single searches in one thread. ``memory_bytes`` (no file backs them) and
    ``mapped_bytes`` (pages of files, which the system may drop) are for the whole collection, ``resident_bytes`` a vector.
    ``build_s`` is how long the vectors that were measured took to build.
    """

    kind: str
    search: Mapping[str, int]
    recall: float
    recall_low: float
    p50_ms: float
    p95_ms: float
    memory_bytes: int
    mapped_bytes: int
    resident_bytes: float
    build_s: float
    queries: int

    @property
    def name(self) -> str:
        """The kind with its search settings in short: ``hnsw, ef 150``."""
        return ", ".join([self.kind, *(f"{_SHORT.get(name, name)} {value}" for name, value in self.search.items())])


_SHORT = {"hnsw_ef_search": "ef", "ivf_probes": "probes", "over_fetch": "over-fetch"}
