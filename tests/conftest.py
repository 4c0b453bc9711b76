"""Fixtures shared by all tests."""

import asyncio
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair, which runs other tests beside it.
settings.register_profile("ragline", deadline=None)
settings.load_profile("ragline")

# LiteLLM takes the event loop of the thread that asks it, which Python makes for a main thread that never had one and nobody
# closes. A thread that has said it has none gets one for each call, closed after it.
asyncio.set_event_loop(None)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the sample corpus."""
    return ROOT / "data" / "samples"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public corpora with judgements; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("RAGLINE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"shared corpora not found at {folder}; set RAGLINE_SHARED_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def tiny_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with random weights and a vocabulary of letters, saved as sentence-transformers does."""
    if find_spec("sentence_transformers") is None:
        pytest.skip("the extra models is not installed")
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    place = tmp_path_factory.mktemp("cross-encoder")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.?/"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        num_labels=1,
        initializer_range=0.5,
    )
    BertForSequenceClassification(config).save_pretrained(place / "raw")
    vocabulary = {word: number for number, word in enumerate(words)}
    BertTokenizerFast(vocab=vocabulary, model_max_length=128).save_pretrained(place / "raw")
    model = CrossEncoder(str(place / "raw"), device="cpu", local_files_only=True)
    model.save_pretrained(str(place / "model"))
    return place / "model"


@pytest.fixture(scope="session")
def _exporter() -> Any:
    """OpenTelemetry's provider can be set once in a process."""
    if find_spec("opentelemetry.sdk") is None:
        pytest.skip("the extra telemetry is not installed")
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def finished_spans(_exporter: Any) -> Callable[[], list[Any]]:
    """The spans that ended since the test began, in that order, as OpenTelemetry exports them; kept in memory."""
    _exporter.clear()
    return lambda: list(_exporter.get_finished_spans())
