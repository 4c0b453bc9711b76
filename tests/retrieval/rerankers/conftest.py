"""A collection to rerank, a cross-encoder made on the spot, and a stub of a model server."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline.types import Document

SUBJECTS = ("kettle", "toaster", "oven", "lamp", "fan", "heater", "mixer", "radio")
Answer = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]


def manual() -> list[Document]:
    """Forty short documents, five on each device, that all have words in common."""
    faults = ("will not start", "smells of smoke", "switches off too early", "makes a loud noise", "needs a new cable")
    return [
        Document(
            f"{subject}/{number}", f"The {subject} {fault}. Unplug it and call the service desk.", title=f"{subject} {number}"
        )
        for subject in SUBJECTS
        for number, fault in enumerate(faults)
    ]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of the manual, to be opened with any reranker."""
    place = tmp_path_factory.mktemp("rerank") / "kb"
    with ragline.open(place, embedder="light") as kb:
        kb.ingest(manual())
    return place


class StubServer(ThreadingHTTPServer):
    """A stub of a service that reranks and of one that chats, on 127.0.0.1; ``answer`` says what it replies to a request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.answer: Answer = lambda _path, _request: (500, {"error": {"message": "the stub has no answer"}})

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StubServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Tests read what was asked from ``server.requests``."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(request)
        status, body = self.server.answer(self.path, request)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def stub() -> Iterator[StubServer]:
    server = StubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def chat() -> Callable[[str], dict[str, Any]]:
    """Makes a chat completion with a text."""

    def completion(text: str) -> dict[str, Any]:
        return {
            "id": "stub-1",
            "object": "chat.completion",
            "created": 1,
            "model": "stub",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
        }

    return completion
