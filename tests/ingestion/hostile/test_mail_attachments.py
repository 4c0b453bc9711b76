"""Hostile files as attachments: each is a warning of its message, and the message is read."""

from email.message import EmailMessage
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

import ragline

HERE = Path(__file__).parent
REFUSED = ("bomb.docx", "laughs.xlsx", "nested.docx", "overlap.docx", "slip.docx", "deep.html", "deep.json", "growing.csv")


def _files() -> Any:
    spec = spec_from_file_location("hostile_attached", HERE / "files.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def message(*attachments: tuple[str, bytes]) -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "Report", "a@b.example"
    mail.set_content("The pump stops at noon.\n")
    for name, data in attachments:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


@pytest.mark.slow
def test_what_is_refused_as_a_file_is_refused_as_an_attachment(tmp_path: Path) -> None:
    files = _files()
    attached = [(name, files.FILES[name][0]()) for name in REFUSED]
    attached += [("packed.zip", files.nested(1)), ("good.md", b"# Seal\n\nThe seal is blue.\n")]
    (tmp_path / "mail.eml").write_bytes(message(*attached))
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        (row,) = kb.ingest(tmp_path / "mail.eml").rows
        assert row.status == "degraded"
        for name in REFUSED:
            assert f"attachment {name} was not read: " in row.reason
            assert files.FILES[name][2] in row.reason
        assert "attachment packed.zip was not read: format .zip is not supported: archives are not opened" in row.reason
        (hit, *_) = kb.search("seal", k=1, mode="lexical")
        assert "The seal is blue." in hit.text
        assert row.seconds < 20


def test_messages_in_messages_end(tmp_path: Path) -> None:
    inner = message()
    for depth in range(8):
        inner = message((f"m{depth}.eml", inner))
    (tmp_path / "mail.eml").write_bytes(inner)
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        (row,) = kb.ingest(tmp_path / "mail.eml").rows
    assert row.status == "degraded"
    assert "nested more than 3 deep" in row.reason
