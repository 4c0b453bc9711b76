"""The golden set of the sample corpus points to characters that are there."""

from pathlib import Path

from eval.golden import load_golden
from eval.spans import locate
from ingestion.elements import RawSource
from ingestion.parsers.registry import parse


def test_every_quote_is_found_in_the_parsed_documents(samples: Path) -> None:
    golden = load_golden(samples / "golden.jsonl")

    def text_of(doc_id: str) -> str | None:
        path = samples / doc_id
        return parse(RawSource(doc_id, path.read_bytes())).text if path.is_file() else None

    located = locate(golden, text_of)
    relevant = [judgement for item in located.items for judgement in item.relevant]
    assert all(judgement.span is not None for judgement in relevant if judgement.quote)
    written = [judgement for item in golden.items for judgement in item.relevant]
    assert [judgement.span for judgement in written] == [judgement.span for judgement in relevant], (
        "spans are out of date: python data/samples/locate_spans.py"
    )
    assert len(golden) >= 60
    assert sum(not item.answerable for item in golden.items) >= 12
    assert all(judgement.quote for judgement in relevant)
