"""Canary vectors: fixed sentences whose vectors are kept with a collection, and embedded anew whenever its embedder is loaded.

A fingerprint says which model an embedder claims to be. The canary shows that it still computes what it did: another runtime, a
damaged cache of it or a changed library would put queries beside the documents without anything else to tell.
"""

import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np

from indexes.embedders.base import Embedder, Vectors
from ragline.errors import EmbedderMismatchError

CANARY = "canary"
"""The catalog's setting with the vectors: float16, base64."""

LEAST_COSINE = 0.999
"""What runtimes of one embedder agree to (decision 0005). Half precision costs less than 1e-6 of it."""

SENTENCES = (
    "The warranty covers faults in material for twenty-four months.",
    "Error E-4012: the pump has run dry; refill the tank.",
    "def area(radius): return 3.14159 * radius ** 2",
    "Employees have 28 days of paid leave a year.",
    "part | price | stock\nfilter | 12.50 | 340",
    "Die Rechnung ist innerhalb von 30 Tagen zu begleichen.",
    "Who may see the minutes of the board meeting?",
    "Aspirin lowers the risk of a second heart attack, doi 10.1000/182.",
)
"""Prose, a code of an error, a program, numbers, a table, another language, a question, a citation."""

_computed: dict[int, tuple[Embedder, Vectors]] = {}
_computing = threading.Lock()


def canary_of(embedder: Embedder) -> str:
    """The setting for a new collection."""
    return b64encode(_vectors(embedder).astype(np.float16).tobytes()).decode()


def check_canary(settings: Mapping[str, Any], embedder: Embedder, place: object) -> None:
    """Compare with the vectors in a catalog's ``settings``; those of an older collection hold none, and nothing is checked.

    Raises :class:`EmbedderMismatchError` when a sentence comes out with a cosine below :data:`LEAST_COSINE`.
    """
    kept = settings.get(CANARY)
    if kept is None:
        return
    now = _vectors(embedder)
    try:
        before = np.frombuffer(b64decode(str(kept)), np.float16).astype(np.float32).reshape(now.shape)
    except ValueError:
        before = np.zeros_like(now)
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(now, axis=1)
    cosines = np.einsum("ij,ij->i", before, now) / np.maximum(lengths, 1e-9)
    wrong = int((cosines < LEAST_COSINE).sum())
    if wrong:
        name = embedder.fingerprint.name
        raise EmbedderMismatchError(
            f"{wrong} of {len(SENTENCES)} fixed sentences come out of {embedder.fingerprint} ({embedder.runtime}) with other "
            f"vectors than when {place} was made (lowest cosine {cosines.min():.3f}), so its searches would be wrong. Use the "
            f"runtime and package versions that it was made with, or embed it anew: ragline migrate --embedder {name}"
        )


def _vectors(embedder: Embedder) -> Vectors:
    """Once for each embedder of the process: it is loaded once, too. It is held, so that no other gets its place."""
    with _computing:
        found = _computed.get(id(embedder))
        if found is None:
            found = _computed[id(embedder)] = (embedder, embedder.embed_documents(SENTENCES))
        return found[1]
