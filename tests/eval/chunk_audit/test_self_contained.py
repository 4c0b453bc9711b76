"""Which beginnings leave a reader without a subject, and which do not, in four languages."""

import pytest

from eval.chunk_audit.self_contained import dangling
from ragline.types import Chunk, ElementKind


def chunk(text: str, kind: ElementKind = "paragraph") -> Chunk:
    return Chunk("c", "d", text, 0, len(text), kind)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It must be replaced every year.", "pronoun"),
        ("They are shipped in lots of four.", "pronoun"),
        ("This is why the pump stops.", "pronoun"),
        ("- **These are** the limits of the valve.", "pronoun"),
        ("However, the filter may be washed.", "connective"),
        ("For example, the red one.", "connective"),
        ("In that case call the hotline.", "connective"),
        ("And the gateway restarts.", "connective"),
        ("Was replaced in March by the new model.", "no subject"),
        ("Proceed with the cover as described above.", "reference"),
        ("Of the two sensors, the latter is more exact.", "reference"),
        ("The previous section lists the parts.", "reference"),
        ("## Cover\n\nClose it as mentioned earlier.", "reference"),
    ],
)
def test_what_hangs_in_the_air_is_found(text: str, found: str) -> None:
    assert dangling(chunk(text)) == found


@pytest.mark.parametrize(
    "text",
    [
        "The pump stops when its inlet is blocked.",
        "This manual describes the HX-200.",
        "Such sensors drift.",
        "Is the pump wet?",
        "Italy is served from Milan.",
        "Butter is stored at 4 °C.",
        "Orders arrive on Monday.",
        "Thenard's blue is a pigment.",
        "## It\n\nIt is a novel by Stephen King.",
        "Pumps are above all quiet.",
        "2024 was a good year.",
        "",
        "***",
    ],
)
def test_what_stands_alone_is_left_alone(text: str) -> None:
    assert dangling(chunk(text)) == ""


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("de", "Sie müssen jährlich ersetzt werden.", "pronoun"),
        ("de", "Das ist der Grund.", "pronoun"),
        ("de", "Jedoch darf der Filter gewaschen werden.", "connective"),
        ("de", "Verfahren Sie wie oben.", "reference"),
        ("de", "Das Gerät misst die Feuchte.", ""),
        ("fr", "Elle doit être remplacée.", "pronoun"),
        ("fr", "Cependant, le filtre se lave.", "connective"),
        ("fr", "Les pompes sont silencieuses.", ""),
        ("es", "Sin embargo, el filtro se lava.", "connective"),
        ("es", "Esto es el motivo.", "pronoun"),
        ("es", "La bomba se detiene.", ""),
        ("en", "Also sprach Zarathustra.", "connective"),
        ("de-AT", "Also sprach Zarathustra.", ""),
        ("ja", "It is read as English.", "pronoun"),
    ],
)
def test_the_words_are_those_of_the_language(language: str, text: str, found: str) -> None:
    assert dangling(chunk(text), language) == found


@pytest.mark.parametrize("kind", ["table", "code", "record", "heading"])
def test_what_is_no_prose_is_not_read_as_such(kind: ElementKind) -> None:
    assert dangling(chunk("it = they.are(above)", kind)) == ""
