"""Serves SmolLM2-135M-Instruct by the OpenAI protocol on 127.0.0.1, its decoding constrained to one question as JSON.

The server is that of the answering tests; only how it decodes differs. The braces, the names of the fields and the quotation
marks are given, as a grammar of an inference server gives them; what stands in the fields is greedy, and the model's own.
"""

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BASE = runpy.run_path(str(Path(__file__).parents[2] / "retrieval" / "answers" / "small_llm_server.py"))
FORM = ('{"questions": [{"question": "', '", "answer": "', '", "quote": "', '"}]}')
LONGEST = 16
"""Tokens of a field: a short question, or the quote of a sentence."""


class JsonModel(BASE["SmallModel"]):  # type: ignore[misc]
    """Writes one object of the form, field by field."""

    def write(self, ids: list[int], limit: int, *, is_free: bool = False) -> Iterator[str]:
        del limit, is_free  # three fields are shorter than any limit, and the form is given whatever is asked for
        given = list(ids)
        with self.torch.inference_mode():
            state = None
            for place, part in enumerate(FORM):
                forced = self.tokenizer.encode(part, add_special_tokens=False)
                yield part
                state = self._read(given + forced if state is None else forced, state)
                if place + 1 < len(FORM):
                    text, state = self._field(state)
                    yield json.dumps(text)[1:-1]

    def _read(self, ids: list[int], state: Any) -> Any:
        past = None if state is None else state.past_key_values
        return self.model(self.torch.tensor([ids]), past_key_values=past, use_cache=True)

    def _field(self, state: Any) -> tuple[str, Any]:
        """Greedy text up to a quotation mark, a line end, the end or the limit."""
        written: list[int] = []
        while len(written) < LONGEST:
            token = int(state.logits[0, -1].argmax())
            piece = self.tokenizer.decode([token])
            if token in self.ends or '"' in piece or "\n" in piece:
                break
            written.append(token)
            state = self._read([token], state)
        return self.tokenizer.decode(written, skip_special_tokens=True).strip(), state


if __name__ == "__main__":
    BASE["Handler"].model = JsonModel()
    BASE["main"].__globals__["SmallModel"] = lambda: BASE["Handler"].model
    BASE["main"]()
