"""A batch of queries is answered as one after the other, on every kind of index."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ragline
from ragline.errors import AccessDeniedError, FilterError, InputError
from ragline.settings import choices_of
from ragline.types import Document, Hit, Principal

WORDS = [f"{head}{tail}" for head in ("al", "be", "ga", "de", "om") for tail in ("pha", "ta", "mma", "lta", "ega")]
KINDS = [kind for kind in choices_of("index_kind") if kind != "auto"]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"mode": "vector", "filters": {"year": {"gte": 3}}, "principal": Principal("ann")},
    {"collapse": True, "principal": Principal("bob")},
    {"mode": "lexical"},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ragline.Collection]:
    random = np.random.default_rng(3)
    with ragline.open(tmp_path_factory.mktemp("many") / "kb", embedder="light", query_cache=0) as kb:
        acls = [None, None, ("ann",), ("bob", "ann")]
        kb.ingest(
            Document(f"d{n}", " ".join(random.choice(WORDS, 12)), metadata={"year": n % 7}, acl=acls[n % 4])
            for n in range(2500)
        )
        yield kb


def plain(hits: list[list[Hit]]) -> list[list[Hit]]:
    return [[replace(hit, explanation=None) for hit in each] for each in hits]


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_is_answered_as_one_query_after_the_other(made: ragline.Collection, kind: str) -> None:
    if kind == "hnswlib" and find_spec("hnswlib") is None:
        pytest.skip("hnswlib is not installed")
    made.rebuild(kind=kind)
    made.ingest([Document("new", "alpha beta gamma")])
    random = np.random.default_rng(4)
    queries = [" ".join(random.choice(WORDS, 3)) for _ in range(25)]
    queries.append(queries[0])
    for options in OPTIONS:
        serial = [made.search(query, 7, **options) for query in queries]
        assert made.search_many(queries, 7, **options) == serial, options
        assert plain(made.search_many(queries, 7, explain=True, **options)) == serial
    made.delete("new")


def test_a_batch_is_checked_before_anything_is_searched(made: ragline.Collection) -> None:
    assert made.search_many([]) == []
    for wrong in ("alpha", {"alpha"}, 3):
        with pytest.raises(InputError, match="list of texts"):
            made.search_many(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="empty"):
        made.search_many(["alpha", " "])
    with pytest.raises(FilterError):
        made.search_many(["alpha"], filters={"nonsense": 1})
    made.set_access("required")
    with pytest.raises(AccessDeniedError):
        made.search_many(["alpha"])
    made.set_access("lists")


def test_queries_are_kept_and_counted(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", query_cache=2) as kb:
        kb.ingest([Document("a", "words")])
        kb.search_many(["words", "of", "words"])
        first = kb.search("of")
        assert kb.search("of") == first
        assert kb.stats()["query_cache"] == {"entries": 2, "capacity": 2, "hits": 2, "misses": 2}
