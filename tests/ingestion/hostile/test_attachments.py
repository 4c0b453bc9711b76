"""Names of attachments that would lead out of a folder, if anything were written under them."""

from pathlib import Path

import pytest

import ragline

pytest.importorskip("oxmsg", reason="needs the documents extra")
pytestmark = pytest.mark.shared_data

NAME = "fake-attachment.txt"


@pytest.mark.parametrize(
    "evil", ["../../../../evil.tx", "/tmp/ragline/evil.t", "..\\..\\..\\..\\evil.tx", "C:\\Windows\\evil.txt"]
)
def test_an_outlook_message_with_a_name_that_leads_elsewhere(shared_data: Path, tmp_path: Path, evil: str) -> None:
    assert len(evil) == len(NAME)
    data = (shared_data / "docs-unstructured" / "fake-email-attachment.msg").read_bytes()
    assert data.count(NAME.encode("utf-16-le")) == 2
    docs = tmp_path / "a" / "b" / "c" / "docs"
    docs.mkdir(parents=True)
    (docs / "mail.msg").write_bytes(data.replace(NAME.encode("utf-16-le"), evil.encode("utf-16-le")))
    before = set((tmp_path / "a").rglob("*"))
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        (row,) = kb.ingest(docs).rows
        assert row.status in {"added", "degraded"}
        document = kb.get("docs/mail.msg")
        assert document is not None
        assert "../" not in document.text
        assert evil not in document.text
        assert "evil.t" in document.text
        assert kb.health()["ok"]
    assert set((tmp_path / "a").rglob("*")) == before
    assert not Path("/tmp/ragline/evil.t").exists()
