"""What an analysis of near-duplicates found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Unit = Literal["document", "chunk"]


@dataclass(frozen=True, slots=True)
class DuplicateMember:
    """A document or chunk (``chunk_id`` is empty for documents), and its exact similarity to its cluster's representative."""

    doc_id: str
    chunk_id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class DuplicateCluster:
    """A representative, the first by document id and reading order, and the others in that order."""

    representative: DuplicateMember
    members: tuple[DuplicateMember, ...]


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """Clusters of near-duplicates, the largest first, equally large ones by their representative.

    ``items`` counts the live documents or chunks, ``texts`` the different texts among them, ``computed`` the signatures that
    this analysis had to make (0 where it was made for a principal). ``crowded`` counts the texts that were not compared with
    all texts that share a band with them (see :mod:`ingestion.duplicates.clusters`): above 0, near-duplicates may be missing.
    """

    unit: Unit
    threshold: float
    items: int
    texts: int
    computed: int
    clusters: tuple[DuplicateCluster, ...]
    crowded: int
    seconds: float

    @property
    def redundant(self) -> int:
        """Items that a representative stands for: without them nothing would be lost that is not in another item."""
        return sum(len(each.members) for each in self.clusters)

    @property
    def share(self) -> float:
        """``redundant / items`` in [0, 1]; 0 for an empty collection."""
        return self.redundant / self.items if self.items else 0.0


@dataclass(frozen=True, slots=True)
class DuplicateProgress:
    """How far an analysis is: texts done of ``total`` in its stage, ``signatures`` or ``clusters``."""

    stage: Literal["signatures", "clusters"]
    done: int
    total: int


ProgressCallback = Callable[[DuplicateProgress], None]
