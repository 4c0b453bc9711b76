"""The rows of what the lexical leg names: found at once where no number is missing, and never made up."""

import numpy as np
import pytest

from indexes.catalog.records import VectorRows
from indexes.rows import RowTable
from indexes.snapshot import Snapshot, StaleSnapshotError


class NamedChunks:
    """A lexical view that finds these chunks, whatever is asked."""

    def __init__(self, numbers: list[int]) -> None:
        self._numbers = np.array(numbers, np.int64)

    def search(self, query: str, **_: object) -> tuple[np.ndarray, np.ndarray]:
        return self._numbers, np.linspace(2, 1, len(self._numbers), dtype=np.float32)


def snapshot(chunk_nos: list[int], named: list[int]) -> Snapshot:
    count = len(chunk_nos)
    rows = RowTable(4)
    ids = np.array([f"{number:032d}" for number in chunk_nos], "S32")
    rows.append(VectorRows(np.array(chunk_nos, np.int64), np.arange(count), ids, np.zeros((count, 4), np.float32)))
    return Snapshot(1, None, rows, count, None, {}, NamedChunks(named))  # type: ignore[arg-type]


@pytest.mark.parametrize("chunk_nos", [[5, 6, 7, 8], [5, 7, 9, 30], [8]])
def test_every_named_chunk_has_its_row(chunk_nos: list[int]) -> None:
    named = chunk_nos[::-1]
    found = snapshot(chunk_nos, named).lexical_candidates("q", 10, None)
    assert [chunk_nos[row] for row in found.rows] == named
    assert [int(key) for key in found.chunk_ids] == named
    assert not len(snapshot(chunk_nos, []).lexical_candidates("q", 10, None).rows)


@pytest.mark.parametrize("chunk_nos", [[5, 6, 7, 8], [5, 7, 9, 30], []])
@pytest.mark.parametrize("stranger", [4, 0, 31, 10_000])
def test_a_chunk_that_is_not_in_the_view_makes_it_stale(chunk_nos: list[int], stranger: int) -> None:
    with pytest.raises(StaleSnapshotError):
        snapshot(chunk_nos, [*chunk_nos, stranger]).lexical_candidates("q", 10, None)
