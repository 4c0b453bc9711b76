"""The reference pages are what the code says today."""

import importlib.util
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["settings.md", "errors.md", "cli.md"])
def test_reference_page_is_fresh(repository: Path, name: str) -> None:
    spec = importlib.util.spec_from_file_location("generate", repository / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    written = (repository / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == generate.NOTE + generate.PAGES[name](), "stale: run `make fix`"
    assert {path.name for path in (repository / "docs" / "reference").iterdir()} == set(generate.PAGES)


def test_every_error_is_in_the_tree_of_the_docstring() -> None:
    from ragline import errors

    names = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)]
    assert all(f" {name} " in errors.__doc__ or f"{name}\n" in errors.__doc__ for name in names)
