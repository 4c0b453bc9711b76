"""Canary vectors: an encoder that computes something else than it did is found out, whatever its fingerprint says."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import ragline
from indexes.canary import CANARY, SENTENCES, canary_of, check_canary
from indexes.embedders.registry import load_embedder
from ragline.errors import EmbedderMismatchError


class Other:
    """An embedder with the fingerprint of another one, whose vectors are turned by a bit."""

    def __init__(self, embedder: Any, turned: float) -> None:
        self._embedder, self._turned = embedder, turned
        self.fingerprint, self.runtime = embedder.fingerprint, "another"

    def embed_documents(self, texts: Any) -> Any:
        vectors = self._embedder.embed_documents(texts)
        turned = vectors + self._turned * np.roll(vectors, 1, axis=1)
        return turned / np.linalg.norm(turned, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def light() -> Any:
    return load_embedder("light")


def test_the_same_encoder_passes(light: Any) -> None:
    check_canary({CANARY: canary_of(light)}, light, "kb")
    check_canary({CANARY: canary_of(light)}, Other(light, 0.001), "kb")
    assert len(set(SENTENCES)) == 8


@pytest.mark.parametrize("turned", [0.2, 1.0])
def test_another_one_is_refused_with_the_way_out(light: Any, turned: float) -> None:
    with pytest.raises(EmbedderMismatchError, match=r"of 8 fixed sentences .* ragline migrate --embedder light"):
        check_canary({CANARY: canary_of(light)}, Other(light, turned), "kb")


@pytest.mark.parametrize("kept", ["", "AAAA", "no base64!", 7])
def test_a_damaged_canary_does_not_pass(light: Any, kept: object) -> None:
    with pytest.raises(EmbedderMismatchError):
        check_canary({CANARY: kept}, light, "kb")


def test_a_collection_from_before_there_were_any_is_not_checked() -> None:
    check_canary({}, SimpleNamespace(), "kb")  # type: ignore[arg-type]


def test_it_is_checked_when_a_collection_loads_its_embedder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, light: Any) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([ragline.Document("a", "The pump has run dry.")])
    monkeypatch.setattr("indexes.embedders.registry.load_embedder", lambda *_, **__: Other(light, 1.0))
    with ragline.open(tmp_path / "kb") as kb:
        assert kb.search("pump", mode="lexical")
        for search in (lambda: kb.search("pump"), lambda: kb.ingest([ragline.Document("b", "x")])):
            with pytest.raises(EmbedderMismatchError, match="fixed sentences"):
                search()
