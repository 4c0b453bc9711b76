"""Which runtime is the fastest on this machine: measured once, written down, and read at every later start."""

import hashlib
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.embedders.base import Vectors
from indexes.embedders.model_cache import ModelCache

_LEAST_COSINE = 0.999  # what equal fingerprints promise, see EmbedderFingerprint
_REPEATS = 3  # the best of three: the first run of a shape prepares it, and one of two others may meet a busy moment


class EncoderRuntime(Protocol):
    """What computes vectors from token ids. ``name`` says what it is and in which precision."""

    @property
    def name(self) -> str: ...

    def encode(self, ids: NDArray[np.int32], mask: NDArray[np.int32]) -> Vectors:
        """Unit vectors of shape ``(batch, dim)`` for padded token ids of shape ``(batch, tokens)``."""
        ...

    def encode_tokens(self, ids: NDArray[np.int32], mask: NDArray[np.int32]) -> Vectors:
        """Unit vectors of every token, shape ``(batch, tokens, dim)``; what stands at padding means nothing."""
        ...


def choose_runtime(
    openers: Mapping[str, Callable[[], EncoderRuntime]],
    *,
    reference: str,
    probes: Sequence[NDArray[np.int32]],
    cache: ModelCache,
    conditions: Mapping[str, Any],
) -> EncoderRuntime:
    """Open the runtime of ``openers`` that encodes ``probes`` in the least time.

    Only those count whose vectors agree with those of ``reference`` (cosine >= 0.999 on every row); ties go to the first.
    The outcome is kept in ``cache`` under ``conditions``; where it is there already, only the chosen runtime is opened. With
    a single candidate there is nothing to measure and nothing is kept. ``probes`` are id arrays of shape
    ``(batch, tokens)`` without padding.
    """
    if len(openers) == 1:
        return next(iter(openers.values()))()
    digest = hashlib.sha256(json.dumps(conditions, sort_keys=True).encode()).hexdigest()
    note_name = f"runtime-{digest[:16]}"
    note = cache.read(note_name)
    if note is not None and note.get("conditions") == dict(conditions) and note.get("chosen") in openers:
        return openers[note["chosen"]]()

    runtimes = {key: opener() for key, opener in openers.items()}
    expected = [_encode_full(runtimes[reference], probe) for probe in probes]
    rows = {key: _measure(runtime, probes, expected) for key, runtime in runtimes.items()}
    agreeing = [key for key, row in rows.items() if row["least_cosine"] >= _LEAST_COSINE]
    chosen = min(agreeing, key=lambda key: sum(rows[key]["seconds"]))
    cache.write(note_name, {"conditions": dict(conditions), "chosen": chosen, "measured": rows})
    return runtimes[chosen]


def machine_conditions(*, threads: int | None, packages: Sequence[str]) -> dict[str, Any]:
    """What a measurement of speed depends on: processor, cores, threads, and the versions of ``packages``."""
    return {
        "cpu": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": threads,
        "versions": {package: _version(package) for package in packages},
    }


def _measure(runtime: EncoderRuntime, probes: Sequence[NDArray[np.int32]], expected: Sequence[Vectors]) -> dict[str, Any]:
    seconds = []
    cosines = []
    for probe, reference in zip(probes, expected, strict=True):
        times = []
        for _ in range(_REPEATS):
            start = time.perf_counter()
            vectors = _encode_full(runtime, probe)
            times.append(time.perf_counter() - start)
        seconds.append(min(times))
        cosines.append(float(np.einsum("ij,ij->i", vectors, reference).min()))
    return {"runtime": runtime.name, "seconds": seconds, "least_cosine": min(cosines)}


def _encode_full(runtime: EncoderRuntime, ids: NDArray[np.int32]) -> Vectors:
    return runtime.encode(ids, np.ones_like(ids))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    # The flags join the name, because a virtual machine may hide instructions that the processor of that name has.
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {name.strip(): value.strip() for name, value in fields.items()}
    flags = hashlib.sha256(facts.get("flags", facts.get("Features", "")).encode()).hexdigest()[:8]
    return f"{facts.get('model name', platform.machine())} (flags {flags})"


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
