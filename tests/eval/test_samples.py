"""The golden set of the sample corpus points to characters that are there."""

import io
import zipfile
from collections import Counter
from pathlib import Path
from statistics import mean

import pytest

import ragline
from api.collection import Collection
from eval.golden import GoldenItem, load_golden
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
    assert len(golden) == 120
    assert golden.version, "the first line names the version and the digest, which loading checks"
    assert sum(not item.answerable for item in golden.items) >= 12
    assert all(judgement.quote for judgement in relevant)


def test_the_readme_of_the_samples_counts_what_is_there(samples: Path) -> None:
    golden = load_golden(samples / "golden.jsonl")
    readme = (samples / "README.md").read_text(encoding="utf-8")
    documents = [path for path in (samples / "documents").rglob("*") if path.is_file()]
    answerable = sum(item.answerable for item in golden.items)
    assert f"{len(documents)} documents" in readme
    assert f"{len(golden)} questions, {answerable} with an answer and {len(golden) - answerable} without" in readme
    tags = Counter(tag for item in golden.items for tag in item.tags)
    assert all(f"| `{tag}` | {count} |" in readme for tag, count in tags.items())
    assert tags["table"] >= 15


def test_office_documents_are_what_their_sources_say(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(samples))
    make_office = pytest.importorskip("make_office", reason="needs the documents extra")
    for source, (target, make) in make_office.TARGETS.items():
        made = make((samples / "office_sources" / source).read_text(encoding="utf-8"))
        assert contents(made) == contents((samples / "documents" / target).read_bytes()), "run data/samples/make_office.py"


def contents(data: bytes) -> dict[str, object] | bytes:
    """What an archive holds, archives inside included: how tightly it is packed depends on the zlib of the machine."""
    if not data.startswith(b"PK\x03\x04"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: contents(archive.read(name)) for name in archive.namelist()}


@pytest.mark.slow
@pytest.mark.models
def test_table_questions_are_found(samples: Path, tmp_path: Path) -> None:
    golden = load_golden(samples / "golden.jsonl")
    with ragline.open(tmp_path / "kb", embedder="minilm") as kb:
        assert not kb.ingest(samples / "documents").failures
        recalls = [recall(item, kb) for item in golden.items if "table" in item.tags]
    assert len(recalls) >= 15
    assert mean(recalls) >= 0.9


def recall(item: GoldenItem, kb: Collection) -> float:
    """The share of the places that answer a question, of which a character is in the first five hits."""
    places = [judgement for judgement in item.relevant if judgement.grade == 2]
    hits = kb.search(item.query, 5)
    found = [
        any(
            place.doc_id == f"documents/{hit.doc_id.removeprefix('documents/')}"
            and place.span is not None
            and hit.chunk.start < place.span[1]
            and place.span[0] < hit.chunk.end
            for hit in hits
        )
        for place in places
    ]
    return mean(found)
