"""Code that nobody reads is skipped, and says why."""

from pathlib import Path

import pytest

from ingestion.code_files import refused_code
from ingestion.sources import SkippedSource, SourceFile, walk


def names(folder: Path, kind: type) -> list[str]:
    return sorted(found.path.relative_to(folder).as_posix() for found in walk(folder) if isinstance(found, kind))


@pytest.mark.parametrize("name", ["node_modules", "__pycache__", "site-packages", "thing-1.0.dist-info", "thing.egg-info"])
def test_installed_packages_are_one_skipped_row(tmp_path: Path, name: str) -> None:
    (tmp_path / "src" / name / "deep").mkdir(parents=True)
    (tmp_path / "src" / name / "deep" / "README.md").write_text("text")
    (tmp_path / "src" / "app.py").write_text("x = 1\n")
    assert names(tmp_path, SourceFile) == ["src/app.py"]
    assert names(tmp_path, SkippedSource) == [f"src/{name}"]
    reason = next(found.reason for found in walk(tmp_path) if isinstance(found, SkippedSource))
    assert "name the folder itself" in reason
    assert names(tmp_path / "src" / name, SourceFile) == ["deep/README.md"]


def test_virtual_environments_are_told_by_their_file(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr")
    (tmp_path / "env" / "a.py").write_text("x = 1")
    (tmp_path / "b.py").write_text("x = 1")
    assert names(tmp_path, SourceFile) == ["b.py"]


def test_minified_code_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "app.min.js").write_text("a" * 5_001)
    (tmp_path / "app.js").write_text("let a = 1;\n" * 1_000)
    (tmp_path / "long.md").write_text("word " * 2_000)
    (tmp_path / "empty.js").write_text("")
    assert names(tmp_path, SourceFile) == ["app.js", "empty.js", "long.md"]
    (skipped,) = [found for found in walk(tmp_path) if isinstance(found, SkippedSource)]
    assert "minified code" in skipped.reason
    assert refused_code(tmp_path / "absent.js") is None
