"""Personal data and secrets through a whole ingest: no redacted character is in the collection, and the report counts them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import ragline
from indexes.embedders.light import LightEmbedder
from ragline.errors import SettingsError
from ragline.types import Document

pytest.importorskip("detect_secrets", reason="needs the privacy extra")
pytest.importorskip("phonenumbers", reason="needs the privacy extra")

MAIL, PHONE = "jane.doe@example.com", "+49 30 901820"
TEXT = f"# Contacts\n\nWrite to {MAIL} about the inlet filter, or call {PHONE}.\n\n## Pump\n\nThe pump stops.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "docs"
    place.mkdir()
    (place / "contacts.md").write_text(TEXT)
    (place / "plain.txt").write_text("The filter is clean.")
    (place / "people.csv").write_text(f"name,mail\nJo,{MAIL}\nAl,al@example.org\n")
    return place


def stored_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def open_with(tmp_path: Path, mode: str, **settings: str) -> ragline.Collection:
    return ragline.open(tmp_path / f"kb-{mode}", embedder="light", privacy=mode, **settings)


def test_redacted_passages_are_nowhere_in_the_collection(tmp_path: Path, folder: Path) -> None:
    with open_with(tmp_path, "redact") as kb:
        report = kb.ingest([folder])
        more = kb.ingest([Document("note", f"Ask {MAIL}.", f"Note by {MAIL}", {"author": MAIL})])
        assert report.findings == {"email": 3, "phone": 1}
        assert {Path(row.source).name: dict(row.findings) for row in report.rows} == {
            "contacts.md": {"email": 1, "phone": 1},
            "people.csv": {"email": 2},
            "plain.txt": {},
        }
        assert more.findings == {"email": 1}
        for doc_id in kb.document_ids():
            document = kb.get(doc_id)
            assert document is not None
            for chunk in kb.chunks(doc_id):
                assert document.text[chunk.start : chunk.end] == chunk.text
        hits = kb.search("write about the inlet filter", k=1, filters={"privacy_findings": "email"})
        assert "[EMAIL]" in hits[0].text
        assert "[PHONE]" in hits[0].text
        note = kb.get("note")
        assert note is not None
        assert (note.title, note.text, note.metadata["author"]) == ("Note by [EMAIL]", "Ask [EMAIL].", "[EMAIL]")
        assert kb.ingest([folder]).counts["unchanged"] == 3
        assert kb.health()["ok"]
    data = stored_bytes(tmp_path / "kb-redact")
    for passage in (MAIL, "al@example.org", "901820"):
        assert passage.encode() not in data


def test_tagged_documents_are_found_by_their_tag(tmp_path: Path, folder: Path) -> None:
    with open_with(tmp_path, "tag") as kb:
        assert kb.ingest([folder]).findings == {"email": 3, "phone": 1}
        found = {hit.doc_id for hit in kb.search("filter", k=9, filters={"privacy_findings": "phone"})}
        assert found == {"docs/contacts.md"}
        document = kb.get("docs/contacts.md")
        assert document is not None
        assert document.text == TEXT


def test_refused_documents_are_failed_rows_and_the_others_go_in(tmp_path: Path, folder: Path) -> None:
    with open_with(tmp_path, "refuse") as kb:
        report = kb.ingest([folder])
        assert kb.document_ids() == ["docs/plain.txt"]
        (row,) = [row for row in report.rows if row.source.endswith("contacts.md")]
        assert row.status == "failed"
        assert "holds 1 email, 1 phone; take them out" in row.reason
        assert MAIL not in row.reason
        assert row.findings == {"email": 1, "phone": 1}
        assert report.findings == {"email": 3, "phone": 1}


def test_another_setting_reads_everything_anew(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "kb"
    with ragline.open(place, embedder="light") as kb:
        assert kb.ingest([folder]).findings == {}
    with ragline.open(place, embedder="light", privacy="redact", privacy_kinds="email") as kb:
        report = kb.ingest([folder])
        assert report.counts["updated"] == 3
        assert report.findings == {"email": 3}
        document = kb.get("docs/contacts.md")
        assert document is not None
        assert PHONE in document.text
        assert MAIL not in document.text
        with pytest.raises(SettingsError, match="choose one of off, tag, redact, refuse"):
            ragline.open(place, privacy="hide")
    with ragline.open(place, embedder="light", privacy="tag", privacy_kinds="nonsense") as kb, pytest.raises(SettingsError):
        kb.ingest([folder])


class CallersCounter(LightEmbedder):
    """A counter without a recipe: children parse, the parent chunks."""

    def __init__(self) -> None:
        super().__init__()
        self.recipe = None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return super().count_tokens(texts)


@pytest.mark.parametrize("mode", ["redact", "refuse"])
def test_a_parent_that_chunks_itself_looks_too(tmp_path: Path, folder: Path, mode: str) -> None:
    with open_with(tmp_path, mode) as kb:
        kb.__dict__["embedder"] = CallersCounter()
        report = kb.ingest([folder])
        assert report.findings == {"email": 3, "phone": 1}
        assert report.counts["failed"] == (0 if mode == "redact" else 2)
    assert MAIL.encode() not in stored_bytes(tmp_path / f"kb-{mode}")
