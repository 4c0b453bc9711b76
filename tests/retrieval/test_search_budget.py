"""What a search may cost: however deep it has to look, models are asked once, and the same words are embedded once."""

import logging
from collections.abc import Iterator

import numpy as np
import pytest

import ragline
from indexes.embedders.base import Vectors
from indexes.embedders.light import LightEmbedder
from ragline.errors import BackendUnavailableError
from ragline.types import Document
from retrieval.rerankers.base import CandidatePool, Reranked
from retrieval.rerankers.learned import LearnedReranker

TWO = "How long is the warranty of the pump and which parts of the machine are covered?"
DEEP = {"k": 25, "collapse": True, "depths": {"vector": 25, "lexical": 25}}
"""So many copies of one passage come first that the legs must be asked again, deeper."""


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path_factory.mktemp("budget") / "kb", embedder="light") as collection:
        words = np.random.default_rng(3)
        copies = [Document(f"copy{n}", "The warranty of the pump lasts three years for all parts.") for n in range(120)]
        others = [" ".join(words.choice(["oil", "gas", "steel", "ice", "sand", "salt", "lamp"], 9)) for _ in range(30)]
        collection.ingest([*copies, *(Document(f"other{n}", f"Number {n}: {text}") for n, text in enumerate(others))])
        yield collection


@pytest.mark.parametrize("fails", [False, True])
def test_a_reranker_is_asked_once_and_for_no_more_than_its_budget(
    kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, fails: bool
) -> None:
    asked: list[int] = []

    def score(_self: object, pool: CandidatePool) -> Reranked:
        asked.append(len(pool))
        if fails:
            raise BackendUnavailableError("no answer; wait")
        return Reranked(np.arange(len(pool), dtype=np.float64))

    monkeypatch.setattr(LearnedReranker, "score", score)
    with caplog.at_level(logging.WARNING):
        hits = kb.search("warranty of the pump", **DEEP)
    assert len(hits) == 25
    assert len(asked) == 1
    assert asked[0] <= kb.settings.rerank_depth
    assert len(caplog.records) == fails
    said = [hit.rerank.score for hit in hits if hit.rerank is not None]
    assert said == sorted(said, reverse=True)
    assert [hit.rerank is not None for hit in hits] == [True] * len(said) + [False] * (25 - len(said))


def test_forms_of_a_query_are_embedded_once(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    embed = LightEmbedder.embed_query

    def embed_query(self: LightEmbedder, text: str) -> Vectors:
        asked.append(text)
        return embed(self, text)

    monkeypatch.setattr(LightEmbedder, "embed_query", embed_query)
    for _ in range(2):
        hits = kb.search(TWO, expand="parts", **DEEP)
        assert {"vector:parts.1", "vector:parts.2"} <= {leg for hit in hits for leg in hit.legs}
    assert len(asked) == len(set(asked))
