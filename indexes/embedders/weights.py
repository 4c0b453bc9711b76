"""Weights that come inside an installed package: where they are, and that they are the ones we know.

Nothing here imports the package that carries the weights; its folder is found through the import system's metadata.
"""

import hashlib
import importlib.util
from pathlib import Path

from indexes.embedders.model_cache import ModelCache
from ragline.durable import sha256_file
from ragline.errors import CorruptIndexError, MissingExtra


def package_folder(package: str) -> Path | None:
    """The folder of an installed package, or ``None``. The package itself is not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def required_folder(package: str, *, distribution: str, extra: str, purpose: str) -> Path:
    """The folder of an installed package; raises :class:`MissingExtra` naming ``distribution`` when it is absent."""
    folder = package_folder(package)
    if folder is None:
        raise MissingExtra(distribution, extra=extra, purpose=purpose)
    return folder


def verify_sha256(path: Path, expected: str, cache: ModelCache) -> None:
    """Raise :class:`CorruptIndexError` unless the file has the digest ``expected`` (lower-case hex).

    A file that passed is remembered in ``cache`` by path, size and modification time, so that later starts do not read it
    again. A failure is never remembered.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise CorruptIndexError(f"{path} is missing. Reinstall the package that carries it.") from None
    seal = {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": expected}
    key = "verified-" + hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    if cache.read(key) == seal:
        return
    found = sha256_file(path)
    if found != expected:
        raise CorruptIndexError(
            f"{path} has sha256 {found}, expected {expected}: the file is damaged or of another version. "
            "Reinstall the package that carries it at the version in constraints.txt."
        )
    cache.write(key, seal)
