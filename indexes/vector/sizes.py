"""How many bytes each kind of index takes, from the number of vectors and their length: exact for codes and vectors, expected
for what chance decides (the upper levels of a graph, the filling of cells).
"""

from dataclasses import dataclass

FLOAT, HALF, LINK, ROW_ID, HEADER = 4, 2, 4, 8, 128
GRAPH_RESIDENT = 12
"""Bytes a vector of a mapped FAISS graph that stay in memory: its level (4) and where its links begin (8)."""

HNSWLIB_RESIDENT = 152
"""What hnswlib keeps for a vector beside what is in its file: a lock (40), its pointers and level, marks of the visited, and an
entry of the table from labels to places. Measured: 1,837 bytes a vector resident, of which 1,685 are in the file.
"""

BLOCK = 32
"""Fast-scan codes are laid out in blocks of so many vectors; the last block of a cell is half empty on average."""


ROUNDED_UP = 0.3
"""In memory the fast-scan codes of a cell have room for a power of two bytes; so large a share more of them is in use. Measured
in five sets of 10,000 to 45,178 vectors: .22 to .34.
"""


@dataclass(frozen=True, slots=True)
class IndexSize:
    """Bytes of an index that was loaded from its files.

    ``disk`` are all its files; ``resident`` is memory that no file backs; ``mapped`` is the part of the files that is read
    where a search touches it, and whose pages the system may drop.
    """

    disk: int
    resident: int
    mapped: int


def flat_size(count: int, dim: int, *, has_half: bool) -> IndexSize:
    """The matrix in float32, mapped; for scans once more in half precision, in memory."""
    disk = FLOAT * dim * count + HEADER
    return IndexSize(disk, HALF * dim * count if has_half else 0, disk)


def graph_size(count: int, dim: int, m: int, *, component: int, is_rescored: bool) -> IndexSize:
    """A FAISS graph over components of so many bytes; ``is_rescored``: with vectors in half precision beside it.

    ``2 m`` links at the ground level; a node is on level ``l`` with probability ``m ** -l``, with ``m`` links on each, which
    makes ``m / (m - 1)`` more on average.
    """
    links = LINK * (2 * m + m / (m - 1))
    codebook = 2 * FLOAT * dim if component == 1 else 0
    resident = GRAPH_RESIDENT * count
    disk = round((component * dim + links) * count) + resident + codebook + HEADER
    if is_rescored:
        disk += HALF * dim * count + HEADER
    return IndexSize(disk, resident, disk - resident)


def hnswlib_size(count: int, dim: int, m: int) -> IndexSize:
    """A graph of hnswlib, which holds the vectors, read into memory; the vectors once more in a mapped file."""
    ground = LINK * (2 * m + 1) + FLOAT * dim + ROW_ID
    above = LINK + LINK * (m + 1) / (m - 1)
    graph, vectors = round((ground + above) * count) + HEADER, FLOAT * dim * count + HEADER
    return IndexSize(graph + vectors, graph + HNSWLIB_RESIDENT * count, vectors)


def cells_size(count: int, dim: int, *, cells: int, code_bytes: int, code_dim: int, is_coded: bool) -> IndexSize:
    """An inverted file, read into memory; vectors in half precision in a mapped file. No ``cells``: only these.

    ``code_bytes`` a vector, over ``code_dim`` dimensions; ``is_coded``: product codes with 16 centroids for each part, else one
    bit a dimension after a rotation.
    """
    vectors = HALF * dim * count + HEADER
    if not cells:
        return IndexSize(vectors, 0, vectors)
    inverted = (code_bytes + ROW_ID) * count + FLOAT * code_dim * cells + HEADER
    inverted += FLOAT * 16 * code_dim + code_bytes * BLOCK // 2 * cells if is_coded else FLOAT * code_dim * dim
    spare = round(ROUNDED_UP * code_bytes * count) if is_coded else 0
    return IndexSize(vectors + inverted, inverted + spare, vectors)
