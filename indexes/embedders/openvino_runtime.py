"""Runs the MiniLM encoder on OpenVINO's CPU plugin."""

import importlib
import sys
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.embedders.base import Vectors
from indexes.embedders.bert_graph import build_graph
from ragline.errors import MissingExtra

_NO_SUCH_MODULE: Any = None  # what the import system takes in sys.modules for "this cannot be imported"


def import_openvino() -> Any:
    """The ``openvino`` package, imported so that it cannot send telemetry.

    A plain ``import openvino`` starts ``openvino_telemetry``, which writes a client id under the home folder and sends an
    event over the network. ``None`` in ``sys.modules`` makes the import system treat that package as absent
    (docs.python.org, "The module cache"), and openvino then uses the silent stand-in that it ships. The entry stays, since
    openvino asks for the package again in modules that it imports later. Where the program has imported openvino before, its
    telemetry is the program's own affair: the calls made here send nothing in either case.
    """
    if "openvino" not in sys.modules:
        sys.modules.setdefault("openvino_telemetry", _NO_SUCH_MODULE)
    try:
        return importlib.import_module("openvino")
    except ImportError as error:
        raise MissingExtra("openvino", extra="models", purpose="the OpenVINO runtime") from error


class OpenVinoRuntime:
    """The encoder compiled for this CPU: bfloat16 where the CPU computes in it, float32 otherwise.

    ``threads`` is the number of threads it computes with, ``None`` for one a core. Not safe to call from several threads at
    once; the embedder holds a lock.
    """

    def __init__(self, weights: Path, *, layers: int, heads: int, threads: int | None) -> None:
        openvino = import_openvino()
        from safetensors.numpy import load_file

        core = openvino.Core()
        self._precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        # Pinned to its cores it is no faster on an idle machine, and up to three times slower beside other work.
        options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False}
        options["INFERENCE_PRECISION_HINT"] = self._precision
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads

        def compiled(*, tokens: bool) -> Any:
            graph = build_graph(load_file(weights), layers=layers, heads=heads, openvino=openvino, tokens=tokens)
            return core.compile_model(graph, "CPU", options).create_infer_request()

        self._request = compiled(tokens=False)
        self._compile_for_tokens = partial(compiled, tokens=True)

    @property
    def name(self) -> str:
        return f"openvino {'bf16' if self._precision == 'bf16' else 'fp32'}"

    def encode(self, ids: NDArray[np.int32], mask: NDArray[np.int32]) -> Vectors:
        """Unit vectors of shape ``(batch, dim)`` for padded token ids of shape ``(batch, tokens)``."""
        vectors: Vectors = self._request.infer([ids, mask], share_inputs=True)[0]
        return vectors

    def encode_tokens(self, ids: NDArray[np.int32], mask: NDArray[np.int32]) -> Vectors:
        """Unit vectors of every token, shape ``(batch, tokens, dim)``. The first call compiles the encoder once more."""
        vectors: Vectors = self._token_request.infer([ids, mask], share_inputs=True)[0]
        return vectors

    @cached_property
    def _token_request(self) -> Any:
        return self._compile_for_tokens()
