"""Documents as builders read them, and a stub of a model server that speaks the OpenAI protocol for chat completions."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from eval.builders.base import SourceDocument
from indexes.embedders.registry import load_embedder
from ingestion.chunkers.registry import make_chunker
from ingestion.pipeline import prepare_parsed, text_document
from ragline.types import Document

MakeSource = Callable[..., SourceDocument]


@pytest.fixture(scope="session")
def make_source() -> MakeSource:
    def make(doc_id: str, text: str, *, title: str = "", form: str = "markdown", language: str | None = None) -> SourceDocument:
        parsed = text_document(Document(doc_id, text, title, {"format": form} if form != "text" else {}))
        chunks = [
            chunk
            for chunk in prepare_parsed(
                parsed, make_chunker("structure", load_embedder("light"), 128, 0.0), doc_id=doc_id, digest="x"
            ).chunks
            if chunk.role == "body"
        ]
        return SourceDocument(
            doc_id, title or parsed.title, replace(parsed, language=language or parsed.language), tuple(chunks)
        )

    return make


class StubModel(ThreadingHTTPServer):
    """Says one of ``replies`` to each request, the last one again and again; a number is the status of an error."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: list[str | int] = []
        self.requests: list[dict[str, Any]] = []

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: StubModel

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Tests read what was asked from ``server.requests``."""

    def do_POST(self) -> None:
        self.server.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        reply = self.server.replies[min(len(self.server.requests), len(self.server.replies)) - 1]
        message = {"role": "assistant", "content": reply}
        body: dict[str, Any] = {
            "id": "stub-1",
            "object": "chat.completion",
            "created": 1,
            "model": "stub",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57},
        }
        if isinstance(reply, int):
            body = {"error": {"message": "the stub says no", "type": "stub", "code": reply}}
        data = json.dumps(body).encode()
        self.send_response(reply if isinstance(reply, int) else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubModel]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    server = StubModel()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
