"""Settings: listed once, checked at once."""

import re
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from ragline.errors import RaglineError, SettingsError
from ragline.settings import Settings, variable


def test_defaults_are_valid_and_frozen() -> None:
    settings = Settings()
    assert settings.rrf_k == 60
    with pytest.raises(FrozenInstanceError):
        settings.depth = 5  # type: ignore[misc]


def test_every_setting_has_a_text_and_a_variable() -> None:
    for item in fields(Settings):
        assert item.metadata["help"].endswith("."), item.name
        assert re.fullmatch(r"RAGLINE_[A-Z0-9_]+", variable(item.name))


def test_environment_then_overrides() -> None:
    environment = {"RAGLINE_DEPTH": "50", "RAGLINE_CHUNK_OVERLAP": "0.2", "RAGLINE_MODEL": "openai/x"}
    settings = Settings.load(environment, depth=70)
    assert (settings.depth, settings.chunk_overlap, settings.model) == (70, 0.2, "openai/x")


def test_a_setting_given_at_its_default_is_still_given() -> None:
    assert Settings.given({"RAGLINE_DEPTH": "100", "RAGLINE_OTHER": "x"}, chunk_overlap=0.15) == {"depth", "chunk_overlap"}
    assert Settings.given({}) == frozenset()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"depth": 0}, "from 1 to"),
        ({"chunk_overlap": 0.9}, "from 0 to 0.5"),
        ({"embedder": "word2vec"}, "auto, minilm, light"),
        ({"depth": "many"}, "type int"),
        ({"depth": True}, "type int"),
        ({"treads": 3}, "Unknown setting 'treads'"),
    ],
)
def test_bad_values_are_refused_with_the_way_out(values: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.load({}, **values)


def test_bad_environment_names_the_variable() -> None:
    with pytest.raises(SettingsError, match="RAGLINE_DEPTH='deep'"):
        Settings.load({"RAGLINE_DEPTH": "deep"})


def test_replace_checks_too() -> None:
    with pytest.raises(RaglineError):
        replace(Settings(), rrf_k=0)
