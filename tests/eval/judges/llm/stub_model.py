"""A stub of a model that judges claims and pairs: speaks the OpenAI protocol for chat completions on 127.0.0.1.

It stands for a paid model. ``say`` gives its reply to a request: a text, or a :class:`Trouble`.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PARTS = re.compile(
    r"<<<(?P<label>[A-Z]+(?: \w+)?) (?P<nonce>[0-9a-f]{32})>>>\n(?P<text>.*?)\n<<<END (?P=label) (?P=nonce)>>>", re.DOTALL
)


@dataclass(frozen=True)
class Trouble:
    """A reply that is none: a status with headers, or a text that was cut off."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    finish_reason: str = "stop"


Say = Callable[[dict[str, str], dict[str, Any]], str | Trouble]
"""Given what is fenced, by label, and the request."""


class StubModel(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, say: Say) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.say = say
        self.requests: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gives up is part of the tests."""


@contextmanager
def stub_model(say: Say) -> Iterator[StubModel]:
    server = StubModel(say)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def to_the_letter(parts: dict[str, str], request: dict[str, Any]) -> str:
    """A claim is supported where a passage holds it, without its full stop; one that does not know is none."""
    claim = parts["CLAIM"].rstrip(".")
    passages = " ".join(text for label, text in parts.items() if label.startswith("PASSAGE"))
    word = "none" if claim.startswith("I do not know") else "yes" if claim in passages else "no"
    return json.dumps({"supported": word})


class _Handler(BaseHTTPRequestHandler):
    server: StubModel

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Tests read what was asked from ``server.requests``."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append(request)
        parts = {match["label"]: match["text"] for match in PARTS.finditer(request["messages"][1]["content"])}
        said = self.server.say(parts, request)
        reply = said if isinstance(said, Trouble) else Trouble(text=said)
        if reply.status != 200:
            self._send(reply.status, {"error": {"message": "the stub is not well", "type": "stub"}}, reply.headers)
            return
        message = {"role": "assistant", "content": reply.text}
        choices = [{"index": 0, "finish_reason": reply.finish_reason, "message": message}]
        usage = {"prompt_tokens": 100, "completion_tokens": 6, "total_tokens": 106}
        body = {"id": "stub-1", "object": "chat.completion", "created": 1, "model": "stub", "choices": choices, "usage": usage}
        self._send(200, body, {})

    def _send(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
