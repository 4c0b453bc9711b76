"""Bad input: each case of the list is a typed error or a row of the report, and nothing is lost."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

import ragline
from ragline.errors import FilterError, InputError
from ragline.types import Document, Principal


def test_a_missing_path(kb: ragline.Collection, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        kb.ingest(tmp_path / "nowhere")


@pytest.mark.parametrize("wrong", [3, None, "\ud800"])
def test_what_is_no_id_is_no_document(kb: ragline.Collection, wrong: Any) -> None:
    assert kb.get(wrong) is None
    assert not kb.delete(wrong).found
    assert kb.purge([wrong]).absent == (wrong,)


def test_an_empty_folder(kb: ragline.Collection, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty"):
        kb.ingest(tmp_path / "empty")


@pytest.mark.parametrize(
    ("name", "content", "status", "reason"),
    [
        ("binary.md", bytes(range(256)) * 40, "failed", "binary"),
        ("zero.pdf", b"", "failed", "empty"),
        ("truncated.pdf", b"%PDF-1.7\n1 0 obj\n<<", "failed", "PDF"),
        ("latin.txt", b"Caf\xe9 au lait costs three euros.", "degraded", "UTF-8"),
        ("blank.md", b"\n  \n", "degraded", "no text"),
    ],
)
def test_odd_files_are_rows_of_the_report(
    kb: ragline.Collection, docs: Path, name: str, content: bytes, status: str, reason: str
) -> None:
    (docs / name).write_bytes(content)
    report = kb.ingest(docs)
    (row,) = [row for row in report.rows if row.source.endswith(name)]
    assert row.status == status
    assert reason.lower() in row.reason.lower()
    assert report.counts["added"] == 3
    assert sum(report.counts.values()) == len(report.rows) == 4
    assert kb.search("error E-4012", k=1)[0].doc_id == "docs/pump.txt"


def test_an_encrypted_pdf(kb: ragline.Collection, docs: Path) -> None:
    canvas = Canvas(str(docs / "secret.pdf"), encrypt=StandardEncryption("user", "owner"))
    canvas.drawString(72, 720, "hidden")
    canvas.save()
    (row,) = [row for row in kb.ingest(docs).rows if row.source.endswith("secret.pdf")]
    assert row.status == "failed"
    assert "encrypted" in row.reason


def test_a_file_that_cannot_be_read_keeps_its_former_version(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    (docs / "pump.txt").write_bytes(bytes(range(256)) * 10)
    report = kb.ingest(docs)
    assert report.counts["failed"] == 1
    assert [row.reason.endswith("until it is deleted") for row in report.rows if row.status == "failed"] == [True]
    assert kb.search("E-4012", k=1, mode="lexical")[0].doc_id == "docs/pump.txt"


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_an_empty_query(kb: ragline.Collection, docs: Path, query: str) -> None:
    kb.ingest(docs)
    for call in (kb.search, kb.answer):
        with pytest.raises(InputError, match="empty"):
            call(query)


@pytest.mark.parametrize("query", ["inlet filter " * 7_700, "x" * 100_000, "é" * 100_000])
def test_a_query_of_100_000_characters(kb: ragline.Collection, docs: Path, query: str) -> None:
    kb.ingest(docs)
    for mode in ("hybrid", "vector", "lexical"):
        hits = kb.search(query, k=3, mode=mode)  # type: ignore[arg-type]
        assert len(hits) <= 3
    if query.startswith("inlet"):
        assert hits[0].doc_id == "docs/pump.txt"


@pytest.mark.parametrize("k", [np.int64(3), np.uint8(3)])
def test_k_may_be_any_integer(kb: ragline.Collection, docs: Path, k: Any) -> None:
    kb.ingest(docs)
    for mode in ("hybrid", "vector", "lexical"):
        assert kb.search("filter", k=k, mode=mode) == kb.search("filter", k=3, mode=mode)  # type: ignore[arg-type]


@pytest.mark.parametrize("k", [0, -1, 1.5, True, "3", None, np.int64(0), np.bool_(True), np.array([1, 2])])
def test_k_below_one(kb: ragline.Collection, docs: Path, k: object) -> None:
    kb.ingest(docs)
    with pytest.raises(InputError, match="at least one hit"):
        kb.search("filter", k=k)  # type: ignore[arg-type]


def test_k_above_the_collection(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    chunks = kb.stats()["chunks"]
    assert len(kb.search("filter", k=10_000, mode="vector")) == chunks
    assert len(kb.search("filter", k=10_000)) == chunks


def test_an_unknown_filter_field(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    with pytest.raises(FilterError, match="Unknown filter field 'colour'"):
        kb.search("filter", filters={"colour": "red"})


def test_an_unknown_mode(kb: ragline.Collection) -> None:
    with pytest.raises(InputError, match="hybrid, vector, lexical"):
        kb.search("x", mode="magic")  # type: ignore[arg-type]


def test_an_empty_collection_answers_with_nothing(kb: ragline.Collection) -> None:
    assert kb.search("anything") == []
    answer = kb.answer("anything?")
    assert answer.abstained
    assert answer.reason
    assert kb.rebuild().count == 0
    assert kb.search("anything") == []


@pytest.mark.parametrize("sources", [[], [3], {"a": 1}, 7, [Document("a", "x"), "docs"], None])
def test_sources_of_a_wrong_kind(kb: ragline.Collection, sources: object) -> None:
    with pytest.raises(InputError):
        kb.ingest(sources)  # type: ignore[arg-type]


def test_one_id_twice_in_one_ingest(kb: ragline.Collection) -> None:
    report = kb.ingest([Document("a", "first words"), Document("a", "second words")])
    assert [row.status for row in report.rows] == ["added", "failed"]
    assert kb.search("words", k=5)[0].text == "first words"


def test_lone_surrogates_are_a_failed_row(kb: ragline.Collection) -> None:
    report = kb.ingest([Document("a", "broken \ud800 text"), Document("b", "good text")])
    assert [row.status for row in report.rows] == ["failed", "added"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"id": 7}, "the id is of type int"),
        ({"id": []}, "the id is of type list"),
        ({"id": ""}, "the id is blank"),
        ({"id": "x\ud800"}, "lone surrogate"),
        ({"text": None}, "the text of document 'x' is None"),
        ({"text": b"words"}, "decode it first"),
        ({"title": "\ud800"}, "lone surrogate"),
        ({"metadata": None}, "give a mapping"),
        ({"metadata": {"day": dt.date(2026, 1, 2)}}, "a date as ISO text"),
        ({"metadata": {"raw": b"x"}}, "of type bytes"),
        ({"metadata": {"nested": {"a": 1}}}, "of type dict"),
        ({"metadata": {"note": "\ud800"}}, "lone surrogate"),
        ({"metadata": {3: "x"}}, "give texts as keys"),
        ({"acl": "board"}, "acl=('board',)"),
    ],
    ids=repr,
)
def test_a_wrong_document_is_a_failed_row_and_nothing_else_is_lost(
    kb: ragline.Collection, values: dict[str, Any], reason: str
) -> None:
    wrong = Document(**{"id": "x", "text": "secret words"} | values)
    report = kb.ingest([Document("a", "first words"), wrong, Document("b", "more words")])
    assert [row.status for row in report.rows] == ["added", "failed", "added"]
    assert reason in report.rows[1].reason
    report.rows[1].doc_id.encode()
    assert kb.document_ids() == ["a", "b"]
    assert {hit.doc_id for hit in kb.search("words", k=5, principal=Principal("b", frozenset("board")))} == {"a", "b"}


def test_names_of_an_acl_may_come_in_a_set(kb: ragline.Collection) -> None:
    kb.ingest([Document("a", "first words", acl={"board", "hr"})])  # type: ignore[arg-type]
    assert kb.search("words") == []
    assert [hit.doc_id for hit in kb.search("words", principal=Principal("hr"))] == ["a"]
    assert kb.ingest([Document("a", "first words", acl={"hr", "board"})]).counts["unchanged"] == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", ["md", "txt"])
@pytest.mark.parametrize("head", ["---\ntitle: x\n\nacl: [board]\n\n", "---\n- acl: [board]\n---\n", "---\nacl:[board]\n---\n"])
def test_an_acl_that_cannot_be_read_shuts_the_document_off_and_says_so(
    kb: ragline.Collection, tmp_path: Path, suffix: str, head: str
) -> None:
    (tmp_path / f"plan.{suffix}").write_text(f"{head}Secret figures of the merger.\n")
    (row,) = kb.ingest(tmp_path / f"plan.{suffix}").rows
    assert row.status == "degraded"
    assert "nobody may see the document" in row.reason
    for principal in (None, Principal("ann", frozenset({"board"}))):
        assert kb.search("secret figures of the merger", principal=principal) == []


@pytest.mark.parametrize("suffix", ["md", "txt"])
def test_an_acl_holds_behind_blank_lines_and_in_plain_text(kb: ragline.Collection, tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"plan.{suffix}").write_text("\n---\nacl: [board]\n---\n\nSecret figures of the merger.\n")
    assert kb.ingest(tmp_path / f"plan.{suffix}").counts["added"] == 1
    assert kb.search("secret figures") == []
    assert kb.search("secret figures", principal=Principal("ann", frozenset({"board"})))


def test_an_error_of_the_embedder_loses_nothing(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    kb.ingest([Document("a", "first words")])

    class BrokenError(Exception):
        pass

    def fail(*_: object, **__: object) -> None:
        raise BrokenError

    with monkeypatch.context() as patch:
        patch.setattr(type(kb.embedder), "embed_documents", fail)
        with pytest.raises(BrokenError):
            kb.ingest([Document("a", "changed words"), Document("b", "more")])
    assert [hit.text for hit in kb.search("words")] == ["first words"]
    assert kb.health()["ok"]
    assert kb.ingest([Document("b", "more")]).counts["added"] == 1
