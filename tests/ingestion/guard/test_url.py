"""Fetching from the web: every way to an address that is not public is shut, and nothing is unbounded."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from ingestion.downloads import is_url
from ingestion.guard.url import UrlPolicy, check_url, fetch
from ragline.errors import InputError, ParseError

HOME = ip_address("127.0.0.1")
PAGE = b"<html><h1>Prices</h1><p>The filter costs 12 euros.</p></html>"


class Handler(BaseHTTPRequestHandler):
    """Answers by path; ``/redirect?x`` leads to x."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.asked.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        if path == "/redirect":
            self.answer(b"", status=302, Location=query)
        elif path == "/loop":
            self.answer(b"", status=307, Location="/loop")
        elif path == "/typed":
            self.answer(PAGE, **{"Content-Type": query})
        elif path == "/untyped":
            self.answer(PAGE)
        elif path == "/packed":
            self.answer(PAGE, **{"Content-Type": "text/html", "Content-Encoding": "gzip"})
        elif path == "/huge":
            self.answer(b"", length=10**12, **{"Content-Type": "text/plain"})
        elif path == "/short":
            self.answer(PAGE, length=len(PAGE) + 5, **{"Content-Type": "text/html"})
        elif path == "/endless":
            self.stream(bytes(65536), pause_s=0)
        elif path == "/slow":
            self.stream(b"x", pause_s=0.05)
        elif path == "/slow-head":
            self.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 10_000)
        elif path == "/silent":
            self.server.over.wait(20)  # type: ignore[attr-defined]
        elif path == "/missing":
            self.answer(b"", status=404)
        else:
            self.answer(PAGE, **{"Content-Type": "text/html; charset=utf-8"})

    def answer(self, body: bytes, *, status: int = 200, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def stream(self, piece: bytes, *, pause_s: float) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.close_connection = True
        self.drip(piece * 10_000 if pause_s else b"", pause_s=pause_s)
        while not pause_s:
            try:
                self.wfile.write(piece)
            except OSError:
                return

    def drip(self, data: bytes, *, pause_s: float = 0.05) -> None:
        self.close_connection = True
        for byte in data:
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return
            if self.server.over.wait(pause_s):  # type: ignore[attr-defined]
                return

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer((address, 0), Handler)
    server.asked, server.over = [], threading.Event()
    server.handle_error = lambda *_: None
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Any]:
    with serving() as running:
        yield running


def at_home(*answers: str) -> Callable[[str, int], Sequence[str]]:
    return lambda host, port: list(answers or ("127.0.0.1",))


POLICY = UrlPolicy(is_allowed=lambda address: address == HOME, resolve=at_home(), timeout_s=10)


def place(server: Any, path: str = "/", host: str = "docs.example") -> str:
    return f"http://{host}:{server.server_port}{path}"


def refused(url: str, policy: UrlPolicy = POLICY) -> str:
    with pytest.raises(ParseError) as caught:
        fetch(url, policy)
    assert ";" in caught.value.reason
    return caught.value.reason


def test_a_page_is_fetched_by_its_name(server: Any) -> None:
    source = fetch(place(server, "/guide?v=2#part"), POLICY)
    assert source.data == PAGE
    assert source.name == place(server, "/guide.html")
    ((path, headers),) = server.asked
    assert path == "/guide?v=2"
    assert headers["Host"] == f"docs.example:{server.server_port}"
    assert {"Cookie", "Authorization", "Referer"}.isdisjoint(headers)


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [
        ("text/html", ".html"),
        ("application/pdf", ".pdf"),
        ("text/plain", ".txt"),
        ("text/x-odd", ".txt"),
        ("text/markdown", ".md"),
    ],
)
def test_the_media_type_names_the_format(server: Any, media_type: str, suffix: str) -> None:
    assert fetch(place(server, f"/typed?{media_type}"), POLICY).name == place(server, f"/typed{suffix}")


@pytest.mark.parametrize("media_type", ["image/png", "video/mp4", "application/zip", "application/x-msdownload", "font/woff2"])
def test_what_is_no_document_is_refused_before_it_is_read(server: Any, media_type: str) -> None:
    assert f"sends {media_type}, which is no document" in refused(place(server, f"/typed?{media_type}"))


def test_an_answer_without_a_type_is_taken_at_its_bytes(server: Any) -> None:
    assert fetch(place(server, "/untyped"), POLICY).name == place(server, "/untyped")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
        *("[2002:7f00:1::]", "169.254.169.254", "[fd00:ec2::254]", "[fe80::1%25lo]", "0.0.0.0", "10.0.0.1", "[::]"),
        *("2130706433", "0177.0.0.1", "0x7f.1", "127.1", "127.0.0.1.", "\u2460\u2461\u2466.0.0.1", "\uff4cocalhost"),
    ],
)
def test_no_form_of_a_private_address_is_asked(server: Any, host: str) -> None:
    """By the policy and the resolver that users have."""
    reason = refused(f"http://{host}:{server.server_port}/", UrlPolicy(timeout_s=10))
    assert "not on the public internet" in reason or "is no host" in reason or "is not found" in reason
    assert server.asked == []


def test_a_host_with_one_private_address_is_refused(server: Any) -> None:
    policy = replace(POLICY, resolve=at_home("127.0.0.1", "10.0.0.1"))
    assert "is at 10.0.0.1, which is not on the public internet" in refused(place(server), policy)
    assert server.asked == []


def test_the_checked_address_is_the_one_connected_to(server: Any) -> None:
    """A resolver that says something else when it is asked again (DNS rebinding) is not asked again."""
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with serving("127.0.0.2") as secret:
        secret.server_port = server.server_port
        assert fetch(place(server), replace(POLICY, resolve=rebinding)).data == PAGE
        assert asked == ["docs.example"]
        assert secret.asked == []
        # A redirect to the same host is resolved, and checked, anew.
        asked.clear()
        reason = refused(place(server, "/redirect?/again"), replace(POLICY, resolve=rebinding))
        assert "is at 127.0.0.2, which is not on the public internet" in reason
        assert asked == ["docs.example"] * 2


def test_redirects_are_followed_and_each_is_checked(server: Any) -> None:
    assert fetch(place(server, "/redirect?/other/page"), POLICY).name == place(server, "/other/page.html")
    assert fetch(place(server, f"/redirect?//docs.example:{server.server_port}/a"), POLICY).data == PAGE
    for target, reason in (
        ("http://169.254.169.254/latest/meta-data/", "not on the public internet"),
        ("http://[::1]:6379/", "not on the public internet"),
        ("file:///etc/passwd", "scheme 'file'"),
        ("gopher://docs.example/x", "scheme 'gopher'"),
        ("ftp://docs.example/x", "scheme 'ftp'"),
        ("http://user:secret@docs.example/", "holds a name or password"),
        ("http://docs.example:22/", "port 22"),
        ("http://2130706433/", "is no host"),
    ):
        assert reason in refused(place(server, f"/redirect?{target}"))
    assert "more than 5 times" in refused(place(server, "/loop"))
    assert [path for path, _ in server.asked].count("/loop") == 6


@pytest.mark.parametrize("path", ["/huge", "/endless"])
def test_sizes_are_bounded_whether_announced_or_not(server: Any, path: str) -> None:
    assert "larger than 1 MB" in refused(place(server, path), replace(POLICY, max_bytes=2**20))


@pytest.mark.parametrize("path", ["/slow", "/slow-head", "/silent"])
def test_time_is_bounded_whatever_the_server_does(server: Any, path: str) -> None:
    started = time.monotonic()
    assert "took too long" in refused(place(server, path), replace(POLICY, timeout_s=0.5))
    assert time.monotonic() - started < 5


def test_a_resolver_that_does_not_answer() -> None:
    over = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        over.wait(20)
        return []

    assert "took too long" in refused("http://docs.example/", replace(POLICY, resolve=hang, timeout_s=0.2))
    over.set()


@pytest.mark.parametrize(("path", "reason"), [("/missing", "answers 404"), ("/short", "ended after"), ("/packed", "packed")])
def test_other_answers(server: Any, path: str, reason: str) -> None:
    assert reason in refused(place(server, path))


def test_what_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "cannot be fetched" in refused(f"http://docs.example:{free.getsockname()[1]}/")

    def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert "is not found" in refused("http://docs.example/", replace(POLICY, resolve=nowhere))


def test_proxies_of_the_environment_are_not_used(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(place(server), POLICY).data == PAGE


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://docs.example/a", "scheme"),
        ("//docs.example/a", "scheme"),
        ("http://", "is no host"),
        ("http:///etc/passwd", "is no host"),
        ("http://user@docs.example/", "name or password"),
        ("http://docs.example:99999/", "malformed"),
        ("http://docs.example:25/", "port 25"),
        ("http://docs.example/a b", "blanks"),
        ("http://docs.example/\r\nHost: x", "blanks"),
        ("http://docs.example\\@evil.example/", "blanks or control"),
        ("http://docs.example/" + "a" * 3000, "too long"),
        ("http://[::1/", "malformed"),
        ("http://a%41/", "is no host"),
    ],
)
def test_addresses_that_are_none(url: str, reason: str) -> None:
    assert reason in refused(url)
    with pytest.raises(InputError, match="cannot be fetched"):
        check_url(url)


def test_ids_of_addresses() -> None:
    assert check_url("HTTP://Docs.Example/Guide?b=1&a=2#part") == "http://docs.example/Guide?b=1&a=2"
    assert check_url("https://b\u00fccher.example") == "https://xn--bcher-kva.example/"
    assert check_url("https://docs.example/caf\u00e9") == "https://docs.example/caf%C3%A9"
    assert [is_url(each) for each in ("https://x", "HTTP://x", "http:/x", "docs/http://x", "file:///x")] == [True, True] + [
        False
    ] * 3


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for docs.example that it has signed itself, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(path),
        "-out",
        f"{path}.crt",
        "-days",
        "2",
    ]
    subprocess.run(
        [*command, "-subj", "/CN=docs.example", "-addext", "subjectAltName=DNS:docs.example"], check=True, capture_output=True
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_certificates_are_checked_against_the_name(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(tls=context) as server:
        known = replace(POLICY, tls=ssl.create_default_context(cafile=str(certificate)))
        port = server.server_port
        assert fetch(f"https://docs.example:{port}/", known).data == PAGE
        assert "CERTIFICATE_VERIFY_FAILED" in refused(f"https://docs.example:{port}/")
        assert "certificate is not valid for 'other.example'" in refused(f"https://other.example:{port}/", known)
        reason = refused(f"https://docs.example:{port}/redirect?http://docs.example:{port}/", known)
        assert "from https to http" in reason


def test_a_handshake_that_does_not_end(server: Any) -> None:
    """A server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        started = time.monotonic()
        port = listener.getsockname()[1]
        assert "took too long" in refused(f"https://docs.example:{port}/", replace(POLICY, timeout_s=0.5))
        assert time.monotonic() - started < 5
