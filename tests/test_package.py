"""The package as a user gets it: weight, metadata, import rules."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LIMIT_MB = 250


def requirements_of(name: str) -> set[str]:
    """Names of what a distribution needs at run time, extras aside."""
    found = set()
    for line in distribution(name).requires or []:
        if "extra ==" not in line and "sys_platform ==" not in line and "python_version <" not in line:
            found.add(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0].lower().replace("_", "-"))
    return found


def installed_bytes(name: str) -> int:
    """Bytes of a distribution's files, with the bytecode that pip compiled."""
    files = distribution(name).files or []
    places = [Path(str(file.locate())) for file in files]
    return sum(place.stat().st_size for place in places if place.is_file())


def test_the_core_install_is_under_250_mb_and_has_no_torch(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    waiting = [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0].lower() for line in project["dependencies"]]
    closure: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in closure:
            continue
        try:
            waiting.extend(requirements_of(name))
        except PackageNotFoundError:
            continue  # needed on another platform or Python only
        closure.add(name)
    assert "numpy" in closure
    assert not closure & {
        "torch",
        "faiss-cpu",
        "transformers",
        "sentence-transformers",
        "openvino",
        "litellm",
        "ragas",
        "unstructured",
    }
    megabytes = sum(installed_bytes(name) for name in closure) / 1e6
    assert megabytes < LIMIT_MB, f"{megabytes:.0f} MB"


def test_extras_are_as_documented(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    names = {"ann", "models", "documents", "code", "privacy", "llm", "eval", "server", "postgres", "qdrant", "watch", "ray"}
    names |= {"mcp", "hnswlib", "plot", "tuning", "mlflow", "telemetry", "all", "bench", "dev"}
    assert set(project["optional-dependencies"]) == names
    assert "litellm>=1.80,!=1.82.7,!=1.82.8" in project["optional-dependencies"]["llm"]
    assert project["requires-python"] == ">=3.11"
    assert project["license"] == "Apache-2.0"


def test_constraints_pin_every_extra_exactly_with_all_that_it_needs(repository: Path) -> None:
    lines = [line for line in (repository / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^\s]+", line) for line in lines)
    pinned = {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in lines}
    assert len(pinned) == len(lines)
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    for extra, needed in [("", project["dependencies"]), *project["optional-dependencies"].items()]:
        waiting = [Requirement(line) for line in needed]
        names: set[str] = set()
        while waiting:
            requirement = waiting.pop()
            name = canonicalize_name(requirement.name)
            if name not in names and name != "ragline":
                names.add(name)
                waiting += needs_of(requirement)
        assert names <= pinned.keys(), extra
        versions = {canonicalize_name(each.name): each.specifier for each in map(Requirement, needed) if each.name != "ragline"}
        assert all(pinned[name] in specifier for name, specifier in versions.items()), extra


def needs_of(requirement: Requirement) -> list[Requirement]:
    """What an installed distribution needs here with the extras asked for; nothing where it is not installed."""
    try:
        lines = distribution(requirement.name).requires or []
    except PackageNotFoundError:
        return []
    extras = ["", *requirement.extras]
    needed = map(Requirement, lines)
    return [each for each in needed if each.marker is None or any(each.marker.evaluate({"extra": name}) for name in extras)]


def test_pins_that_must_stay(repository: Path) -> None:
    text = (repository / "constraints.txt").read_text()
    assert "\ntorch==2.13.0\n" in text
    assert not re.search(r"^(nvidia|cuda|triton)", text, re.MULTILINE)
    assert re.search(r"^langchain-community==0\.[0-3]\.", text, re.MULTILINE)
    assert not re.search(r"^litellm==1\.82\.[78]$", text, re.MULTILINE)


@pytest.mark.parametrize("room", ["ragline", "ingestion", "indexes", "retrieval", "eval", "api"])
def test_every_room_is_typed(repository: Path, room: str) -> None:
    assert (repository / room / "py.typed").is_file()
    assert (repository / room / "__init__.py").is_file()


def test_nothing_stores_or_loads_pickles(repository: Path) -> None:
    forbidden = re.compile(r"\b(import pickle|pickle\.|torch\.load\(|allow_pickle=True|(?<![.\w])eval\()")
    for room in ("ragline", "ingestion", "indexes", "retrieval", "eval", "api"):
        for path in (repository / room).rglob("*.py"):
            assert not forbidden.search(path.read_text()), path
