"""The audit as a whole: each fault is counted once a chunk, with shares and examples, and the figures add up."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import app
from eval.chunk_audit.audit import FAULTS, AuditedDocument, ChunkAudit, audit_chunks
from ragline.types import Chunk

SOUND = "The pump P-200 stops with an error when its inlet filter is blocked by dust."


def document(doc_id: str, *parts: str, role: str = "body") -> AuditedDocument:
    text, chunks, start = "\n\n".join(parts), [], 0
    for number, part in enumerate(parts):
        chunks.append(Chunk(f"{doc_id}:{number}", doc_id, part, start, start + len(part), role=role))  # type: ignore[arg-type]
        start += len(part) + 2
    return AuditedDocument(doc_id, text, "en", chunks)


def audit(*documents: AuditedDocument, max_tokens: int | None = 50, examples: int = 3) -> ChunkAudit:
    count = lambda texts: [len(text.split()) for text in texts]  # noqa: E731 - a counter of words
    return audit_chunks(documents, count_tokens=count, max_tokens=max_tokens, examples=examples)


def test_sound_chunks_have_no_fault() -> None:
    found = audit(document("a", SOUND, "Its successor P-300 has a filter that cleans itself every night at two."[4:]))
    assert found.sound_share == 1.0
    assert [fault.count for fault in found.faults] == [0] * len(FAULTS)


def test_planted_faults_are_counted_with_examples() -> None:
    found = audit(
        document("a", SOUND, "However, the filter may be washed by hand with lukewarm water.", "word " * 80),
        document("b", SOUND, "Short."),
    )
    assert (found.documents, found.chunks) == (2, 5)
    counts = {fault.name: fault.count for fault in found.faults}
    assert counts == {"not self-contained": 1, "boundary": 0, "duplicate": 1, "short": 1, "long": 1}
    assert found.sound == 1
    assert found.fault("duplicate").by_detail == {"in another document": 1}
    assert found.fault("duplicate").examples[0].chunk_id == "b:0", "the first of them is the original"
    assert found.fault("not self-contained").examples[0].excerpt.startswith("However")
    assert found.fault("long").share == 0.2


def test_a_chunk_that_is_broken_on_both_sides_counts_once() -> None:
    text = "one two three four five six seven eight nine ten eleven twelve " * 3
    pieces = [(0, 60), (60, 120), (120, len(text))]
    chunks = [Chunk(str(n), "d", text[a:b], a, b) for n, (a, b) in enumerate(pieces)]
    fault = audit(AuditedDocument("d", text, None, chunks)).fault("boundary")
    assert fault.count == 3
    assert sum(fault.by_detail.values()) == 4


def test_rows_and_summaries_have_no_part_and_an_empty_collection_is_sound() -> None:
    assert audit(document("a", "It is short.", role="row")).chunks == 0
    assert audit().sound_share == 1.0


def test_examples_are_as_many_as_asked_for() -> None:
    many = document("a", *(f"However, thing number {n} may be washed by hand with water." for n in range(9)))
    assert len(audit(many, examples=2).fault("not self-contained").examples) == 2
    assert audit(many, examples=0).fault("not self-contained").examples == ()


def test_a_chunker_that_counts_words_breaks_more_than_one_that_knows_sentences(tmp_path: Path, samples: Path) -> None:
    found = {}
    for chunker in ("fixed", "structure"):
        with ragline.open(
            tmp_path / chunker, embedder="light", chunker=chunker, chunk_tokens=128, chunk_overlap=0.0, threads=1
        ) as kb:
            kb.ingest(samples / "documents" / "manuals")
            found[chunker] = kb.audit_chunks().fault("boundary")
    assert found["structure"].share < 0.2 < 0.9 < found["fixed"].share
    assert not [detail for detail in found["structure"].by_detail if "sentence" in detail or "word" in detail]
    assert found["fixed"].by_detail["ends in a sentence"] > 50


def test_the_command_tells_and_writes_nothing(tmp_path: Path, samples: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", threads=1) as kb:
        kb.ingest(samples / "documents" / "hr")
        sequence = kb.stats()["sequence"]
    run = CliRunner().invoke(app, ["audit-chunks", "--kb", str(tmp_path / "kb"), "--json"])
    assert run.exit_code == 0, run.output
    plain = json.loads(run.stdout)
    assert plain["chunks"] > 0
    assert [fault["name"] for fault in plain["faults"]] == list(FAULTS)
    assert plain["faults"][-1]["count"] == 0, "no chunk is longer than the embedder reads"
    text = CliRunner().invoke(app, ["audit-chunks", "--kb", str(tmp_path / "kb")]).stdout
    assert f"{plain['chunks']} chunks" in text
    with ragline.open(tmp_path / "kb", threads=1) as kb:
        assert kb.stats()["sequence"] == sequence


def test_with_a_principal_only_what_it_may_see_is_told(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", threads=1) as kb:
        kb.ingest([ragline.Document("open", SOUND), ragline.Document("secret", f"However, {SOUND}", acl=("boss",))])
        assert kb.audit_chunks().chunks == 2
        seen = kb.audit_chunks(principal=ragline.Principal("ann"))
        assert (seen.documents, seen.sound_share) == (1, 1.0)


def test_a_threshold_that_is_none_is_refused(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb, pytest.raises(ragline.RaglineError, match="threshold"):
        kb.audit_chunks(threshold=0.1)
