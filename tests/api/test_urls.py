"""Documents from the web: off by default, and rows like any other when on."""

import tempfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import BAD_INPUT, app
from ingestion.guard import url as guard
from ragline.errors import InputError

PAGES = {
    "/guide": ("text/html", b"<html><h1>Pump guide</h1><p>The pump stops with error E-4012.</p></html>"),
    "/notes.md": ("text/plain", b"# Notes\n\nClean the inlet filter.\n"),
    "/image": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "/fake.txt": ("text/plain", b"\x7fELF\x02\x01\x01\0\0"),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body = PAGES.get(self.path.partition("?")[0], ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a site on this machine, which the policy allows here and nowhere else."""
    home = ip_address("127.0.0.1")
    policy = guard.UrlPolicy(is_allowed=lambda each: each == home, resolve=lambda host, port: [str(home)], timeout_s=10)
    fetch = guard.fetch
    monkeypatch.setattr(guard, "fetch", lambda address: fetch(address, policy))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://docs.example:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", allow_urls=True) as collection:
        yield collection


def test_urls_are_off_by_default(tmp_path: Path, site: str, docs: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as collection:
        for sources in (f"{site}/guide", [docs, f"{site}/guide"]):
            with pytest.raises(
                InputError, match=r"is off\. Switch it on with .*allow_urls=True.*--allow-urls.*RAGLINE_ALLOW_URLS"
            ):
                collection.ingest(sources)
        assert collection.document_ids() == []
    done = CliRunner().invoke(app, ["ingest", f"{site}/guide", "--kb", str(tmp_path / "kb")])
    assert isinstance(done.exception, InputError) or done.exit_code == BAD_INPUT


def test_pages_and_files_go_in_together(kb: ragline.Collection, site: str, docs: Path) -> None:
    report = kb.ingest([docs, f"{site}/guide?lang=en#top", f"{site}/notes.md"])
    assert report.counts["added"] == 5
    assert {row.source for row in report.rows[-2:]} == {f"{site}/guide?lang=en", f"{site}/notes.md"}
    (hit,) = kb.search("pump guide E-4012", k=1)
    assert hit.doc_id == f"{site}/guide?lang=en"
    assert hit.chunk.title == "Pump guide"
    assert kb.ingest([f"{site}/guide?lang=en", f"{site}/notes.md"]).counts["unchanged"] == 2
    assert kb.health()["ok"]


def test_a_changed_page_replaces_its_former_version(kb: ragline.Collection, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kb.ingest(f"{site}/guide")
    monkeypatch.setitem(PAGES, "/guide", ("text/html", b"<h1>Pump guide</h1><p>The error is E-5000 now.</p>"))
    assert kb.ingest(f"{site}/guide").counts["updated"] == 1
    assert kb.search("stops", mode="lexical") == []


def test_what_cannot_be_fetched_is_a_failed_row(kb: ragline.Collection, site: str) -> None:
    report = kb.ingest([f"{site}/missing", f"{site}/image", f"{site}/fake.txt", f"{site}/notes.md"])
    assert [row.status for row in report.rows] == ["failed", "failed", "failed", "added"]
    for row, reason in zip(report.rows, ("answers 404", "is no document", "binary content"), strict=False):
        assert reason in row.reason
    assert report.rows[0].doc_id == f"{site}/missing"


def test_a_private_address_is_a_failed_row_and_is_not_asked(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", allow_urls=True) as collection:
        (row,) = collection.ingest("http://169.254.169.254/latest/meta-data/").rows
    assert row.status == "failed"
    assert "not on the public internet" in row.reason


@pytest.mark.parametrize("url", ["http://user:pw@docs.example/", "https://", "http://docs.example:22/"])
def test_a_malformed_address_is_bad_input(kb: ragline.Collection, url: str) -> None:
    with pytest.raises(InputError, match="cannot be fetched"):
        kb.ingest(url)


def test_nothing_is_left_behind(kb: ragline.Collection, site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    kb.ingest([f"{site}/guide", f"{site}/missing", f"{site}/fake.txt"])
    assert list(place.iterdir()) == []
