"""A stub of a judge: speaks the OpenAI protocol for chat completions on 127.0.0.1, and prints its port.

It stands for a paid model. Its verdicts are scripted: a statement is a sentence; it is supported where the context holds it
to the letter; a passage is useful where it holds the first sentence of the expected answer. The first request for an input
can go wrong, by the words in its text:

    WAIT   status 429 with Retry-After       BREAK  status 500              HANG    no reply, to one prompt
    CUT    half of the JSON, "length"        FENCED in a fence              CHATTY  among words
    QUOTED with apostrophes                  EMPTY  no text

Every request goes wrong with REFUSED (status 400), NONSENSE (words), SEVEN (a verdict of 7) and FEWER (one verdict too few).
GET /counts tells what was asked for and answered; POST /control sets ``hold_after``: requests behind so many replies get
none; POST /forget begins the count of prompts answered twice anew.
"""

import json
import re
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

INPUT = re.compile(r"<<<INPUT (\w+)>>>\n(.*)\n<<<END \1>>>", re.DOTALL)
SENTENCE = re.compile(r"[^.!?]+[.!?]")
HANG_S = 30.0


def sentences(text: str) -> list[str]:
    return [match.strip() for match in SENTENCE.findall(text)]


def verdict(statement: str, context: str) -> int:
    return int(statement in context)


def judged(schema: str, given: dict[str, Any]) -> dict[str, Any]:
    """The clean reply to a prompt of ragas, told apart by the fields of its schema."""
    if "noncommittal" in schema:
        return {"question": f"What of this: {sentences(given['response'])[0]}", "noncommittal": 0}
    if "attributed" in schema:
        each = [(one, verdict(one, given["context"])) for one in sentences(given["answer"])]
        return {"classifications": [{"statement": one, "reason": "So it is.", "attributed": yes} for one, yes in each]}
    if '"claims"' in schema:
        return {"claims": sentences(given["response"])}
    if "statements" in given:
        each = [(one, verdict(one, given["context"])) for one in given["statements"]]
        return {"statements": [{"statement": one, "reason": "It's so.", "verdict": yes} for one, yes in each]}
    if "verdict" in schema:
        return {"reason": "So it is.", "verdict": verdict(sentences(given["answer"])[0], given["context"])}
    return {"statements": sentences(given.get("text", given.get("answer", "")))}


class StubJudge(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.hold_after = 10**9
        self.released = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is killed, or gives up, is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    server: StubJudge

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Tests read what was asked from /counts."""

    def do_GET(self) -> None:
        with self.server.lock:
            counts = {**self.server.counts, "twice": sum(times > 1 for times in self.server.answered.values())}
        self._send(200, counts)

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/control":
            self.server.hold_after = int(request["hold_after"])
            self._send(200, {})
            return
        if self.path == "/forget":
            self.server.answered.clear()
            self._send(200, {})
            return
        user = request["messages"][1]["content"]
        text = INPUT.search(user).group(2)  # type: ignore[union-attr]
        schema = user.split("--------EXAMPLES")[0]
        prompt = json.dumps([request["messages"], request["max_tokens"]])
        with self.server.lock:
            self.server.counts["requests"] += 1
            is_first = (schema + text) not in self.server.seen
            self.server.seen.add(schema + text)
            is_held = self.server.counts["replies"] >= self.server.hold_after
            self.server.counts["held"] += is_held
        if is_held:
            self.server.released.wait(HANG_S)
            return
        self._answer(prompt, schema, text, is_first=is_first)

    def _answer(self, prompt: str, schema: str, text: str, *, is_first: bool) -> None:
        if "REFUSED" in text:
            self._count("refused")
            self._send(400, {"error": {"message": "the stub refuses", "type": "stub", "code": 400}})
        elif is_first and "WAIT" in text:
            self._count("limited")
            self._send(429, {"error": {"message": "the stub is busy", "type": "stub"}}, {"Retry-After": "0.2"})
        elif is_first and "BREAK" in text:
            self._count("broken")
            self._send(500, {"error": {"message": "the stub breaks", "type": "stub"}})
        elif is_first and "HANG" in text and "attributed" in schema:  # one call of a row: each costs the time limit
            self._count("hung")
            self.server.released.wait(HANG_S)
        else:
            self._reply(prompt, judged(schema, json.loads(text)), text, is_first=is_first)

    def _reply(self, prompt: str, value: dict[str, Any], text: str, *, is_first: bool) -> None:
        content, finish = json.dumps(value, indent=1), "stop"
        if "NONSENSE" in text:
            content = "I would rather talk about the weather."
        elif "SEVEN" in text:
            content = re.sub(r'("(?:verdict|attributed|noncommittal)": )\d', r"\g<1>7", content)
        elif "FEWER" in text and '"verdict"' in content and "statements" in value:
            content = json.dumps({"statements": value["statements"][:-1]})
        elif is_first and "CUT" in text:
            content, finish = content[: len(content) // 2], "length"
        elif is_first and "EMPTY" in text:
            content, finish = "", "length"
        elif "FENCED" in text:
            content = f"```json\n{content}\n```"
        elif "CHATTY" in text:
            content = f"Sure! Here is my verdict:\n\n{content}\n\nLet me know whether you need more."
        elif "QUOTED" in text:
            content = repr(value)
        usage = {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(content) // 4 + 1}
        with self.server.lock:
            self.server.counts["replies"] += 1
            self.server.counts.update(usage)
            self.server.answered[prompt] += 1
        message = {"role": "assistant", "content": content}
        body = {"id": "stub-1", "object": "chat.completion", "created": 1, "model": "stub-judge"}
        choices = [{"index": 0, "finish_reason": finish, "message": message}]
        self._send(200, {**body, "choices": choices, "usage": usage | {"total_tokens": sum(usage.values())}})

    def _count(self, what: str) -> None:
        with self.server.lock:
            self.server.counts[what] += 1

    def _send(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def main() -> None:
    server = StubJudge()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
