"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair, which runs other tests beside it.
settings.register_profile("ragline", deadline=None)
settings.load_profile("ragline")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the sample corpus."""
    return ROOT / "data" / "samples"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public corpora with judgements; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("RAGLINE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"shared corpora not found at {folder}; set RAGLINE_SHARED_DATA to their folder")
    return folder
