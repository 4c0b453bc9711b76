"""The README's snippets run, in order, in one folder."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.slow
def test_every_python_snippet_runs(repository: Path, tmp_path: Path) -> None:
    shutil.copytree(repository / "data", tmp_path / "data")
    snippets = blocks((repository / "README.md").read_text(), "python")
    assert len(snippets) >= 3
    for snippet in snippets:
        result = subprocess.run([sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert result.returncode == 0, f"{snippet}\n{result.stderr}"


def test_the_first_snippet_is_six_lines(repository: Path) -> None:
    first = blocks((repository / "README.md").read_text(), "python")[0]
    body = first.split("with ragline.open", 1)[1].strip().splitlines()
    assert len(body) == 6


def test_commands_name_real_targets_and_commands(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text()
    from api.cli import app

    def names(of: typer.Typer) -> set[str]:
        return {command.name or command.callback.__name__ for command in of.registered_commands if command.callback}

    inner = [group.typer_instance for group in app.registered_groups if group.typer_instance is not None]
    commands, groups = names(app), {each.info.name: names(each) for each in inner}
    for line in "\n".join(blocks((repository / "README.md").read_text(), "console")).splitlines():
        program, *words = line.split() or [""]
        if program == "make":
            assert f"\n{words[0]}:" in makefile
        elif program == "ragline":
            assert words[0] in commands or words[1] in groups[words[0]]


def test_links_lead_somewhere(repository: Path) -> None:
    for name in ("README.md", "CHANGELOG.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", (repository / name).read_text()):
            assert (repository / target).exists(), f"{name}: {target}"


def test_named_tests_exist(repository: Path) -> None:
    text = (repository / "README.md").read_text()
    for name, path in re.findall(r"\[`(test_\w+)`\]\(([^)]+)\)", text):
        assert f"def {name}(" in (repository / path).read_text(), name
