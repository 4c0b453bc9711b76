"""Answers that are kept: found again, and gone with any write, any change of access, and any other asker."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ragline
from indexes.embedders.base import Vectors
from indexes.embedders.light import LightEmbedder
from ragline.types import Answer, Principal

QUESTION = "How many days of leave do I get?"
OPEN = ragline.Document("open.md", "Everyone gets 28 days of leave a year.")
CLOSED = ragline.Document("closed.md", "Directors get 44 days of leave a year.", acl=("directors",))


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", answer_cache="exact") as collection:
        collection.ingest([OPEN, CLOSED])
        yield collection


def counts(kb: ragline.Collection) -> dict[str, int]:
    found: dict[str, int] = kb.stats()["answer_cache"]
    return found


def test_it_is_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([OPEN])
        assert not kb.answer(QUESTION).cached
        assert not kb.answer(QUESTION).cached
        assert kb.stats()["answer_cache"] is None


def test_the_same_question_is_answered_from_the_cache(kb: ragline.Collection) -> None:
    first, second = kb.answer(QUESTION), kb.answer(QUESTION)
    assert (first.cached, second.cached, second.original_query) == (False, True, QUESTION)
    assert (second.text, second.citations, second.hits) == (first.text, first.citations, first.hits)
    assert (counts(kb)["exact_hits"], counts(kb)["misses"]) == (1, 1)


def test_what_a_caller_does_to_an_answer_is_not_kept(kb: ragline.Collection) -> None:
    first = kb.answer(QUESTION)
    first.hits[0].chunk.metadata["seen"] = True
    second = kb.answer(QUESTION)
    assert (second.cached, "seen" in second.hits[0].chunk.metadata) == (True, False)
    second.hits[0].chunk.metadata["seen"] = True
    assert "seen" not in kb.answer(QUESTION).hits[0].chunk.metadata


def test_a_stream_finds_and_fills_it_too(kb: ragline.Collection) -> None:
    *_, last = kb.stream_answer(QUESTION)
    assert last.done is not None
    pieces = list(kb.stream_answer(QUESTION))
    assert pieces[-1].done is not None
    assert pieces[-1].done.cached
    assert "".join(piece.text for piece in pieces) == last.done.text
    assert kb.answer(QUESTION).cached


def test_a_near_question_shows_the_one_it_was_answered_for(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", answer_cache="near", answer_cache_cosine=0.8) as kb:
        kb.ingest([OPEN])
        kb.answer("How many days of leave do I get in a year?")
        near = kb.answer("How many days of leave do I get a year?")
        assert near.cached
        assert near.query == "How many days of leave do I get a year?"
        assert near.original_query == "How many days of leave do I get in a year?"
        assert counts(kb)["near_hits"] == 1


def test_the_cache_takes_the_vector_that_the_search_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    embed = LightEmbedder.embed_query

    def embed_query(self: LightEmbedder, text: str) -> Vectors:
        asked.append(text)
        return embed(self, text)

    with ragline.open(tmp_path / "kb", embedder="light", answer_cache="near", query_expansion="none") as kb:
        kb.ingest([OPEN])
        monkeypatch.setattr(LightEmbedder, "embed_query", embed_query)
        kb.answer(QUESTION)
        assert asked.count(QUESTION) <= 2  # for the search, and by the answerer


@pytest.mark.parametrize("write", ["ingest", "delete", "purge"])
def test_any_write_ends_what_was_kept(write: str, kb: ragline.Collection) -> None:
    kb.answer(QUESTION)
    if write == "ingest":
        kb.ingest([ragline.Document("other.md", "The canteen opens at noon.")])
    else:
        getattr(kb, write)("open.md")
    answer = kb.answer(QUESTION)
    assert not answer.cached
    if write != "ingest":
        assert "28" not in answer.text
        assert all(hit.doc_id != "open.md" for hit in answer.hits)


def test_a_write_of_another_process_ends_it_too(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.answer(QUESTION)
    with ragline.open(tmp_path / "kb") as other:
        other.delete("open.md")
    answer = kb.answer(QUESTION)
    assert not answer.cached
    assert "28" not in answer.text


def test_a_rebuild_is_another_state(kb: ragline.Collection) -> None:
    kb.answer(QUESTION)
    kb.rebuild(kind="flat")
    assert not kb.answer(QUESTION).cached


ASKERS = st.none() | st.builds(
    Principal, st.sampled_from(["anna", "directors", "ben"]), st.frozensets(st.sampled_from(["directors", "staff", "anna"]))
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ASKERS, min_size=2, max_size=6), st.sampled_from(["hybrid", "lexical"]))
def test_nobody_ever_gets_an_answer_that_was_kept_for_another(
    kb: ragline.Collection, askers: list[Principal | None], mode: Any
) -> None:
    for asker in askers:
        answer = kb.answer(QUESTION, principal=asker, mode=mode)
        may_see = asker is not None and "directors" in asker.names
        assert may_see == any(hit.doc_id == "closed.md" for hit in answer.hits)
        assert may_see or "44" not in answer.text


@pytest.mark.parametrize(
    "other",
    [
        {"k": 1},
        {"mode": "lexical"},
        {"filters": {"doc_id": "open.md"}},
        {"principal": Principal("anna")},
        {"principal": Principal("anna", frozenset({"staff"}))},
        {"principal": Principal("anna", tenant="t")},
    ],
)
def test_what_is_asked_otherwise_is_another_question(other: dict[str, Any], kb: ragline.Collection) -> None:
    kb.answer(QUESTION)
    assert not kb.answer(QUESTION, **other).cached
    assert kb.answer(QUESTION, **other).cached


def test_a_calibration_ends_it(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.answers.answerability import model_for
    from retrieval.answers.calibrated import Calibrated

    kept: Answer = kb.answer(QUESTION)
    assert not kept.abstained
    kb._store_calibration(Calibrated(0.999, model_for("light").digest, "g", "0"))
    answer = kb.answer(QUESTION)
    assert not answer.cached
    assert answer.abstained
