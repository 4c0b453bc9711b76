"""What a process of its own measures for the suite of churn."""

from pathlib import Path

import numpy as np

from benchmarks.child import memory_status
from benchmarks.given_vectors import open_given, query_of


def memory(folder: str, vectors: str) -> dict[str, float]:
    """Resident bytes of this process after a collection was opened and searched for every query: in all, and not of files."""
    base, queries = (np.load(Path(vectors) / name, mmap_mode="r") for name in ("base.npy", "queries.npy"))
    with open_given(Path(folder), base, queries, create=False) as kb:
        for number in range(len(queries)):
            kb.search(query_of(number), 10, mode="vector")
        return {"rss": memory_status("VmRSS"), "anonymous": memory_status("RssAnon")}
