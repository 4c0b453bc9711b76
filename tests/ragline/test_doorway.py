"""`import ragline`: fast, silent, and never somebody else's package."""

import subprocess
import sys
from pathlib import Path

import pytest

import ragline

HEAVY = ("numpy", "faiss", "tantivy", "torch", "openvino", "litellm", "transformers", "sqlite3", "rich", "pydantic")


def run(code: str, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd, timeout=60)


def test_import_loads_nothing_heavy() -> None:
    result = run(f"import ragline, sys; print([m for m in {HEAVY!r} if m in sys.modules])")
    assert result.stdout.strip() == "[]", result.stderr


def test_import_takes_under_a_third_of_a_second() -> None:
    code = "import time; t = time.perf_counter(); import ragline; print(time.perf_counter() - t)"
    assert min(float(run(code).stdout) for _ in range(3)) < 0.3


def test_import_opens_no_socket() -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('a socket was opened')\n"
        "socket.socket = socket.create_connection = refuse\n"
        "import ragline\n"
        "from ragline import Document, Settings, open\n"
        "print('ok')"
    )
    assert run(code).stdout.strip() == "ok"


def test_every_public_name_resolves() -> None:
    for name in ragline.__all__:
        assert getattr(ragline, name) is not None
    assert set(ragline.__all__) <= set(dir(ragline))


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = ragline.nonsense  # type: ignore[attr-defined]


@pytest.mark.parametrize("room", ["ingestion", "indexes", "retrieval", "eval", "api"])
def test_a_shadowing_package_is_named(tmp_path: Path, room: str) -> None:
    (tmp_path / room).mkdir()
    (tmp_path / room / "__init__.py").write_text("")
    result = run("import ragline", cwd=tmp_path)
    assert result.returncode == 1
    assert f"'{room}' is shadowed" in result.stderr
    assert str(tmp_path) in result.stderr
    assert "python -P" in result.stderr


def test_a_shadowing_module_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "api.py").write_text("")
    result = run("import ragline", cwd=tmp_path)
    assert "'api' is shadowed" in result.stderr
    assert "api.py" in result.stderr


def test_a_package_imported_before_is_noticed() -> None:
    result = run("import sys, json; sys.modules['api'] = json; import ragline")
    assert "'api' is shadowed" in result.stderr
