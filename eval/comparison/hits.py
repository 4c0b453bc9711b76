"""What became of the documents of a query from one ranking to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from eval.rows import RankedDocument

Change = Literal["entered", "left", "moved"]


@dataclass(frozen=True, slots=True)
class HitChange:
    """A document with its rank in A and in B, ``None`` where it is not among the documents shown. They are never equal."""

    doc_id: str
    a: int | None
    b: int | None
    is_relevant: bool

    @property
    def change(self) -> Change:
        """What happened to it from A to B."""
        if self.a is None:
            return "entered"
        return "left" if self.b is None else "moved"


def hit_changes(a: Sequence[RankedDocument], b: Sequence[RankedDocument]) -> tuple[HitChange, ...]:
    """The documents that entered, left or moved, in the order of B and then, for those that left, of A.

    Evaluations keep the first 10 documents of a ranking: what fell below them has left.
    """
    ranks_a, ranks_b = ({document.doc_id: document.rank for document in ranking} for ranking in (a, b))
    relevant = {document.doc_id for document in (*a, *b) if document.is_relevant}
    changes = [
        HitChange(doc_id, ranks_a.get(doc_id), ranks_b.get(doc_id), doc_id in relevant)
        for doc_id in dict.fromkeys([*ranks_b, *ranks_a])
    ]
    return tuple(change for change in changes if change.a != change.b)
