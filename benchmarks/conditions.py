"""Under which conditions figures were measured: a speed means nothing without its machine and its load."""

import importlib.metadata
import platform
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.corpora import ROOT

_PACKAGES = (
    "ragline",
    "numpy",
    "faiss-cpu",
    "hnswlib",
    "tantivy",
    "torch",
    "sentence-transformers",
    "openvino",
    "tokenizers",
    "wordllama",
)


def conditions() -> dict[str, object]:
    """Date (UTC), commit, processor, cores, memory, system, Python and library versions."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "cpu": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {package: _version(package) for package in _PACKAGES},
    }


def load_average() -> str:
    """Runnable processes on average over 1, 5 and 15 minutes: above the number of cores, timings are not to be trusted."""
    return " / ".join(f"{value:.1f}" for value in psutil.getloadavg())


def commit() -> str:
    """The short commit id, with ``-dirty`` when tracked files were changed; ``"unknown"`` outside a git checkout."""
    found = _git("rev-parse", "--short", "HEAD")
    return f"{found}-dirty" if found and _git("status", "--porcelain", "--untracked-files=no") else found or "unknown"


def _git(*arguments: str) -> str:
    with suppress(OSError):  # no git on this machine
        run = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False, timeout=30)
        return run.stdout.strip() if run.returncode == 0 else ""
    return ""


def _processor() -> str:
    with suppress(OSError):  # not Linux
        for line in Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
