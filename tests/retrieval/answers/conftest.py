"""Hits made of plain text, the real light embedder, and a stub of a model server."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from indexes.embedders.base import Embedder
from indexes.embedders.registry import load_embedder
from ragline.types import Chunk, Citation, ElementKind, Hit

MakeHit = Callable[..., Hit]


def _make_hit(
    text: str,
    *,
    doc_id: str = "doc",
    start: int = 0,
    rank: int = 1,
    kind: ElementKind = "paragraph",
    title: str = "",
    section_path: tuple[str, ...] = (),
    context: str = "",
    page: int | None = None,
) -> Hit:
    chunk = Chunk(
        id=f"{doc_id}#{start}",
        doc_id=doc_id,
        text=text,
        start=start,
        end=start + len(text),
        kind=kind,
        section_path=section_path,
        page=page,
        title=title,
        context=context,
    )
    return Hit(chunk, 1.0 / rank, rank)


@pytest.fixture(scope="session")
def make_hit() -> MakeHit:
    return _make_hit


@pytest.fixture(scope="session")
def assert_exact() -> Callable[[tuple[Citation, ...], list[Hit]], None]:
    """Every citation is the slice that it says it is."""

    def check(citations: tuple[Citation, ...], hits: list[Hit]) -> None:
        chunks = {hit.chunk.id: hit.chunk for hit in hits}
        for citation in citations:
            chunk = chunks[citation.chunk_id]
            assert chunk.start <= citation.start <= citation.end <= chunk.end
            assert citation.quote == chunk.text[citation.start - chunk.start : citation.end - chunk.start]
            assert 0.0 <= citation.support <= 1.0
            assert (citation.doc_id, citation.title, citation.page) == (chunk.doc_id, chunk.title, chunk.page)

    return check


@pytest.fixture(scope="session")
def light() -> Embedder:
    return load_embedder("light")


@dataclass
class Reply:
    """What the stub says to one request. ``pieces`` are sent as events where the request asks for a stream."""

    pieces: list[str] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hang: bool = False
    break_off: bool = False
    finish_reason: str = "stop"


class StubServer(ThreadingHTTPServer):
    """Speaks the OpenAI protocol for chat completions on 127.0.0.1; the last of its replies is repeated for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: list[Reply] = []
        self.requests: list[dict[str, Any]] = []
        self.released = threading.Event()
        self.lock = threading.Lock()

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def will_reply(self, *texts: str, **options: Any) -> None:
        self.replies.append(Reply(list(texts), **options))

    def next_reply(self, request: dict[str, Any]) -> Reply:
        with self.lock:
            self.requests.append(request)
            return self.replies[min(len(self.requests), len(self.replies)) - 1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gives up is part of the tests about time limits."""


class _Handler(BaseHTTPRequestHandler):
    server: StubServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Tests read what was asked from ``server.requests``."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = self.server.next_reply({"path": self.path, "key": self.headers["Authorization"], **request})
        if reply.hang:
            self.server.released.wait(30)
            return
        if reply.status == 200 and reply.raw is None and request.get("stream"):
            self._stream(reply, with_usage=request.get("stream_options", {}).get("include_usage", False))
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        error = {"error": {"message": "the stub says no", "type": "stub", "code": reply.status}}
        message = {"role": "assistant", "content": "".join(reply.pieces)}
        body = {
            "id": "stub-1",
            "object": "chat.completion",
            "created": 1,
            "model": "stub",
            "choices": [{"index": 0, "finish_reason": reply.finish_reason, "message": message}],
            "usage": {"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57},
        }
        data = reply.raw if reply.raw is not None else json.dumps(body if reply.status == 200 else error).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, reply: Reply, *, with_usage: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        if reply.break_off:
            self.send_header("Content-Length", "100000")
        self.end_headers()
        choices = [{"index": 0, "delta": {"content": piece}, "finish_reason": None} for piece in reply.pieces]
        for choice in choices:
            self._event([choice])
        if reply.break_off:
            return
        self._event([{"index": 0, "delta": {}, "finish_reason": reply.finish_reason}])
        if with_usage:
            self._event([], usage={"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, choices: list[dict[str, Any]], **extra: Any) -> None:
        body = {"id": "stub-1", "object": "chat.completion.chunk", "created": 1, "model": "stub", "choices": choices, **extra}
        self.wfile.write(b"data: " + json.dumps(body).encode() + b"\n\n")
        self.wfile.flush()


@pytest.fixture
def stub() -> Iterator[StubServer]:
    yield from _serving()


@pytest.fixture(scope="session")
def make_stub() -> Callable[[], Iterator[StubServer]]:
    """For tests with more than one server: iterate over what it gives to start one, and on to end it."""
    return _serving


def _serving() -> Iterator[StubServer]:
    server = StubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()
