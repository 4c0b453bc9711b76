"""A collection for hostile files, with the quick embedder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    """A new, empty collection."""
    with ragline.open(tmp_path / "kb", embedder="light") as collection:
        yield collection
