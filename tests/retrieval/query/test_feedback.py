"""Pseudo-relevance feedback: the formulas, and legs that stay in the scope."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragline
from ragline.types import Document, Principal
from retrieval.query.feedback import FEEDBACK_TERMS, relevance_model, rocchio

terms = st.lists(st.sampled_from([f"term{n}" for n in range(20)]), min_size=1, max_size=30)


@given(terms, st.lists(terms, min_size=1, max_size=10), st.data())
def test_a_relevance_model_is_half_the_query_and_half_its_best_texts(
    query: list[str], texts: list[list[str]], data: st.DataObject
) -> None:
    scores = data.draw(st.lists(st.floats(0.1, 30), min_size=len(texts), max_size=len(texts)))
    weights = relevance_model(query, texts, scores)
    assert sum(weights.values()) == pytest.approx(1)
    assert set(query) <= weights.keys()
    assert len(weights.keys() - set(query)) <= FEEDBACK_TERMS
    for term in set(query):
        assert weights[term] >= 0.5 * query.count(term) / len(query) - 1e-12


def test_the_weights_of_a_relevance_model() -> None:
    weights = relevance_model(["pump"], [["pump", "oil"], ["oil", "oil"]], [3.0, 1.0])
    assert weights == pytest.approx({"oil": 0.5 * (3 / 4 * 1 / 2 + 1 / 4), "pump": 0.5 * 3 / 8 + 0.5})


def test_rocchio_moves_a_query_towards_what_it_has_found() -> None:
    query, other = np.array([1, 0], np.float32), np.array([[0, 1], [0, 1]], np.float32)
    moved = rocchio(query, other)
    assert np.linalg.norm(moved) == pytest.approx(1)
    assert moved.tolist() == pytest.approx((np.array([1, 0.4]) / np.hypot(1, 0.4)).tolist())
    assert rocchio(query, query[None]).tolist() == pytest.approx([1, 0])


def test_feedback_takes_nothing_from_hidden_documents(tmp_path: Path) -> None:
    """With a hidden document that is all about the query, what is found is what is found without it."""
    open_texts = {f"d{n}": f"The pump number {n} needs {word} oil." for n, word in enumerate(["thin", "thick", "warm", "cold"])}
    for expansion in ("feedback", "rocchio"):
        plans, ids = [], []
        for name in ("with", "without"):
            with ragline.open(tmp_path / expansion / name, embedder="light") as kb:
                documents = [Document(doc_id, text) for doc_id, text in open_texts.items()]
                if name == "with":
                    documents.append(Document("secret", "Pump pump pump nightingale.", acl=("boss",)))
                kb.ingest(documents)
                hits = kb.search("pump", 4, expand=expansion, explain=True)
                assert hits[0].explanation is not None
                plans.append(hits[0].explanation.forms)
                ids.append({hit.doc_id for hit in hits})
                if name == "with" and expansion == "feedback":
                    boss = kb.search("pump", 4, expand=expansion, explain=True, principal=Principal("boss"))[0]
                    assert boss.explanation is not None
                    assert "nightingal" in boss.explanation.forms["lexical:feedback"]
        assert plans[0] == plans[1] != {}
        assert ids[0] == ids[1] == set(open_texts)


def test_feedback_runs_in_the_legs_of_its_kind(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([Document("a", "The pump needs oil."), Document("b", "The oil is thin.")])
        both = kb.search("pump", 2, expand="feedback,rocchio")
        assert {leg for hit in both for leg in hit.legs} == {"vector", "lexical", "lexical:feedback", "vector:rocchio"}
        assert kb.search("pump", 2, mode="lexical", expand="rocchio") == kb.search("pump", 2, mode="lexical")
        assert [hit.doc_id for hit in kb.search("pump", 2, mode="lexical", expand="feedback")] == ["a", "b"]
        assert kb.search("zebra", 2, mode="lexical", expand="feedback") == []
