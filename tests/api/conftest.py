"""Collections for the tests of the API: the light embedder, so that they are quick."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    """A new, empty collection."""
    with ragline.open(tmp_path / "kb", embedder="light") as collection:
        yield collection


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A small folder of documents."""
    folder = tmp_path / "docs"
    (folder / "hr").mkdir(parents=True)
    (folder / "hr" / "leave.md").write_text(
        "---\ntitle: Leave policy\ndepartment: hr\nyear: 2025\n---\n\n# Leave\n\n## Annual leave\n\nEveryone has 28 days of "
        "paid leave a year.\n\n## Parental leave\n\nParents take up to 16 weeks of parental leave.\n"
    )
    (folder / "pump.txt").write_text(
        "The pump P-200 stops with error E-4012 when its inlet is blocked. Clean the inlet filter.\n"
    )
    (folder / "prices.csv").write_text("part,price\nfilter,12.50\nseal,3.20\n")
    return folder
