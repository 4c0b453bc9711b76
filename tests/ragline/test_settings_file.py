"""Files of settings: what they say goes before the defaults, and behind everything else; what is wrong names the file."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragline
from ragline.errors import SettingsError
from ragline.settings import Settings
from ragline.settings_file import read_settings_file, write_settings_file


def named(path: Path, text: str) -> dict[str, str]:
    path.write_text(text, "utf-8")
    return {"RAGLINE_SETTINGS": str(path)}


def test_the_file_goes_before_defaults_and_behind_variables_and_arguments(tmp_path: Path) -> None:
    environment = named(tmp_path / "a.toml", '[settings]\ndepth = 50\nfusion = "dbsf"\nrrf_k = 10\n[evidence]\nwhy = "x"\n')
    settings = Settings.load(environment | {"RAGLINE_FUSION": "rrf"}, rrf_k=30)
    assert (settings.depth, settings.fusion, settings.rrf_k) == (50, "rrf", 30)
    assert Settings.given(environment, rrf_k=30) == {"depth", "fusion", "rrf_k"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("depth 50", "is no TOML"),
        ("depth = 50", "'depth' outside its tables"),
        ("[evidence]\n", "no table"),
        ("settings = 3\n", "no table"),
        ("[settings]\ndepht = 50\n", "Unknown setting 'depht'"),
        ("[settings]\ndepth = 0\n", "from 1 to"),
        ('[settings]\ndepth = "50"\n', "of type int"),
        ("[settings]\ncollapse_duplicates = 1\n", "of type bool"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    environment = named(tmp_path / "wrong.toml", text)
    with pytest.raises(SettingsError, match=message) as error:
        Settings.load(environment)
    assert "wrong.toml" in str(error.value)


def test_an_absent_file_is_an_error_and_not_the_defaults(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml cannot be read"):
        Settings.load({"RAGLINE_SETTINGS": str(tmp_path / "absent.toml")})


def test_a_collection_is_opened_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in named(tmp_path / "a.toml", '[settings]\nembedder = "light"\ndepth = 7\n').items():
        monkeypatch.setenv(name, value)
    with ragline.open(tmp_path / "kb") as kb:
        assert kb.settings.depth == 7
        assert kb.stats()["embedder"].startswith("light")


@given(st.text(st.characters(codec="utf-8")), st.floats(allow_nan=False, allow_infinity=False), st.lists(st.integers(0, 2**62)))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, text: str, number: float, many: list[int]) -> None:
    path = tmp_path_factory.getbasetemp() / "written.toml"
    write_settings_file(
        path, {"depth": 3, "mmr_lambda": number}, {"why": text, "many": many, "none": None, "on": True}, comment=text
    )
    assert read_settings_file(path) == {"depth": 3, "mmr_lambda": number}
    assert tomllib.loads(path.read_text("utf-8"))["evidence"] == {"why": text, "many": many, "on": True}
