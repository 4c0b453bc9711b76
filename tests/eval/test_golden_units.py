"""Which chunks are relevant: the same golden set at two chunk sizes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragline
from eval.golden import GoldenItem, Relevance, load_golden
from eval.golden_units import chunk_judgements, relevant_chunks
from ragline.types import Chunk


def chunks(*spans: tuple[int, int], doc_id: str = "a") -> list[Chunk]:
    return [Chunk(f"{doc_id}:{start}-{end}", doc_id, "x" * (end - start), start, end) for start, end in spans]


def test_a_chunk_is_relevant_when_it_overlaps_the_span() -> None:
    item = GoldenItem(
        "q", "?", relevant=(Relevance("a", 2, "", 10, 20), Relevance("a", 1, "", 19, 25), Relevance("a", 0, "", 30, 31))
    )
    of = {"a": chunks((0, 10), (9, 11), (10, 12), (19, 20), (20, 30), (25, 30), (29, 40))}
    assert relevant_chunks(item, lambda doc_id: of.get(doc_id, [])) == {
        "a:9-11": 2,
        "a:10-12": 2,
        "a:19-20": 2,
        "a:20-30": 1,
        "a:29-40": 0,
    }


def test_of_a_document_that_is_judged_as_a_whole_all_chunks_are() -> None:
    item = GoldenItem("q", "?", relevant=(Relevance("a"), Relevance("gone", 1, "", 0, 5)))
    row = Chunk("row", "a", "x", 0, 1, role="row")
    assert relevant_chunks(item, lambda doc_id: [*chunks((0, 5), (5, 9)), row] if doc_id == "a" else []) == {
        "a:0-5": 1,
        "a:5-9": 1,
    }


SPANS = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda span: (span[0], span[0] + span[1]))


@given(st.lists(SPANS, min_size=1, max_size=4), st.integers(1, 40), st.integers(1, 40))
def test_whatever_the_size_the_relevant_chunks_hold_the_spans(wanted: list[tuple[int, int]], one: int, other: int) -> None:
    item = GoldenItem("q", "?", relevant=tuple(Relevance("a", 1, "", *span) for span in dict.fromkeys(wanted)))
    places = {at for span in wanted for at in range(*span)}
    for size in (one, other):
        cut = chunks(*((start, start + size) for start in range(0, 100, size)))
        relevant = relevant_chunks(item, lambda _: cut)  # noqa: B023 - called at once
        held = {at for chunk in cut if chunk.id in relevant for at in range(chunk.start, chunk.end)}
        assert places <= held
        assert all(places & set(range(chunk.start, chunk.end)) for chunk in cut if chunk.id in relevant)


@pytest.mark.slow
def test_the_samples_cut_anew_have_relevant_chunks_from_the_same_golden_set(samples: Path, tmp_path: Path) -> None:
    golden = load_golden(samples / "golden.jsonl")
    judged = {}
    for tokens in (64, 220):
        with ragline.open(tmp_path / str(tokens), embedder="light", chunk_tokens=tokens) as kb:
            kb.ingest(samples / "documents", root=samples)
            judgements = chunk_judgements(golden.items, kb.chunks)
            by_id = {chunk.id: chunk for doc_id in kb.document_ids() for chunk in kb.chunks(doc_id)}
            texts = dict(kb.texts())
            for item in golden.items:
                grades = judgements[item.id]
                for relevance in item.relevant:
                    assert relevance.span is not None
                    places = {at for at in range(*relevance.span) if not texts[relevance.doc_id][at].isspace()}
                    of_document = [by_id[name] for name in grades if by_id[name].doc_id == relevance.doc_id]
                    assert places <= {at for chunk in of_document for at in range(chunk.start, chunk.end)}, (item.id, relevance)
                assert bool(grades) == bool(item.relevant)
            judged[tokens] = {item: set(grades) for item, grades in judgements.items()}
    assert sum(map(len, judged[64].values())) > sum(map(len, judged[220].values())) > 106
    different = sum(judged[64][item] != judged[220][item] for item in judged[64])
    assert different > 50, "the two sizes gave the same chunks, which shows nothing"
