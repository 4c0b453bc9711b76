"""A dual-index swap under load: four reading processes and a writing one, while the index is built anew ten times.

The quiet figure comes from the same processes in the same run, before the builds begin. The queries run through everything:
scope, both legs, fusion, texts; the light embedder keeps the encoder out of the figures.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import ragline
from benchmarks.corpora import ROOT, documents_of
from benchmarks.figures import Figure
from benchmarks.swap_child import edition
from benchmarks.workspace import Workspace

READERS = 4
SWAPS = 10
QUIET_S, BUSY_S = 40.0, 60.0
KINDS = ("hnsw", "hnsw-fp16")
_START_S = 5.0  # until all processes have opened the collection


def measure(workspace: Workspace) -> list[Figure]:
    """Errors, short and mixed results, and the 99th percentiles. A quick run: 4 seconds of each, one swap, 500 documents."""
    documents = [*documents_of("scifact"), *documents_of("nfcorpus-preprocessed")]
    quiet, busy, swaps = QUIET_S, BUSY_S, SWAPS
    if workspace.quick:
        documents, quiet, busy, swaps = documents[:500], 4.0, 4.0, 1
    folder = workspace.folder / "kb"
    with ragline.open(folder, embedder="light", auto_rebuild="off", keep_generations=2) as kb:
        kb.ingest(documents)
        kb.ingest([edition(0)])
        kb.rebuild(kind=KINDS[0])
        chunks = kb.stats()["chunks"]
        seconds = _START_S + quiet + busy
        children = [_start("read", folder, seconds, number) for number in range(READERS)]
        children.append(_start("write", folder, seconds, 0))
        begun = time.monotonic() + _START_S
        time.sleep(_START_S + quiet)
        builds = _swap(kb, swaps, busy)
        answers = [_answer(child) for child in children]
        generation = kb.stats()["generation"]
    readers, writer = answers[:READERS], answers[READERS]
    return _figures(readers, writer, builds, (begun, begun + quiet), generation, chunks)


def _swap(kb: ragline.Collection, swaps: int, seconds: float) -> list[tuple[float, float]]:
    """Build and swap so often, spread over the time; when each build began and when it was in use."""
    begun, builds = time.monotonic(), []
    for number in range(swaps):
        time.sleep(max(0.0, begun + number * seconds / swaps - time.monotonic()))
        started = time.monotonic()
        before = kb.stats()["generation"]
        kb.start_rebuild(kind=KINDS[(number + 1) % len(KINDS)])
        kb.wait_for_rebuild()
        if kb.stats()["generation"] == before:
            raise ragline.RaglineError(f"A build came to nothing. Correct what it says: {kb.health()['warnings']}")
        builds.append((started, time.monotonic()))
    return builds


def _figures(
    readers: Sequence[Mapping[str, Any]],
    writer: Mapping[str, Any],
    builds: Sequence[tuple[float, float]],
    quiet: tuple[float, float],
    generation: int,
    chunks: int,
) -> list[Figure]:
    times = np.array([pair for reader in readers for pair in reader["times"]])
    due, took = times[:, 0], times[:, 1]
    before = took[(due >= quiet[0]) & (due < quiet[1])]
    during = took[np.any([(due >= start) & (due < end) for start, end in builds], axis=0)]
    errors = sum(len(answer["errors"]) for answer in (*readers, writer))
    followed = sum(reader["generation"] == generation for reader in readers)
    p99, busy = float(np.percentile(before, 99)), float(np.percentile(during, 99))
    note = f"{len(before)} queries quiet, {len(during)} during builds of {chunks} chunks"
    return [
        Figure("swaps", len(builds), "", f"one build {np.median([end - start for start, end in builds]):.1f} s"),
        Figure("errors", errors, "", f"{len(times)} queries, {writer['writes']} writes", "<= 0"),
        Figure("short results", sum(reader["short"] for reader in readers), "", "", "<= 0"),
        Figure("mixed results", sum(reader["mixed"] for reader in readers), "", "two editions, or a chunk twice", "<= 0"),
        Figure("readers on the last generation", followed, "", f"of {len(readers)}", f">= {len(readers)}"),
        Figure("p99 quiet", p99, "ms", f"p50 {np.median(before):.1f}"),
        Figure("p99 during builds", busy, "ms", f"p50 {np.median(during):.1f}"),
        Figure("p99 during builds / p99 quiet", busy / p99, "x", note, "<= 2.0"),
    ]


def _start(role: str, folder: Path, seconds: float, number: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.swap_child", role, str(folder), str(seconds), str(number)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _answer(child: "subprocess.Popen[str]") -> dict[str, Any]:
    output, problem = child.communicate()
    if child.returncode:
        raise ragline.RaglineError(f"A process of the swap suite failed. Correct what it says:\n{problem[-2000:]}")
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer
