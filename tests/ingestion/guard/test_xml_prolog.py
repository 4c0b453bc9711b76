"""What stands before the first element of XML: no entity gets past, and no plain document is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.guard.xml_prolog import PROLOG_BYTES, check_prolog, looks_like_xml
from ragline.errors import ParseError

DTD = "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"


def refused(head: bytes, **options: bool) -> str:
    with pytest.raises(ParseError) as caught:
        check_prolog(head[:PROLOG_BYTES], "a.xml", **options)
    assert looks_like_xml(head[:PROLOG_BYTES])
    return caught.value.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "before",
    [
        "",
        " \n\t",
        "<?xml version='1.0'?>",
        "<?xml version='1.0' standalone='yes'?>\n<!-- <a> -->",
        "<!-- - -- <a/> -->",
        "<?pi <a> ?>\n",
        "<!---->",
        "<!-->-->",
    ],
)
def test_declarations_are_found_behind_whatever_may_stand_before_them(encoding: str, before: str) -> None:
    assert "declares a document type" in refused((before + DTD).encode(encoding))


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE a PUBLIC '-//x' 'http://x'>",
        "<!DOCTYPE a>",
        "<!DOCTYPE html [<!ENTITY b 'c'>]>",
        "<!DOCTYPE html PUBLIC '[' 'x' [<!ENTITY b 'c'>]>",
        "<!DOCTYPE html SYSTEM 'x' [\n%b;]>",
        "<!ENTITY b 'c'>",
        "<!doctype a [<!ENTITY b 'c'>]>",
    ],
)
def test_declarations(declaration: str) -> None:
    assert "declares" in refused(f"{declaration}<a/>".encode())


@pytest.mark.parametrize(
    "declaration", ["<!DOCTYPE a SYSTEM 'x'>", '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN"\n "http://x">']
)
def test_a_dtd_elsewhere_may_be_allowed_one_inside_never(declaration: str) -> None:
    check_prolog(f"{declaration}<a/>".encode(), "a.xml", allow_external=True)
    assert "declares" in refused(DTD.encode(), allow_external=True)


@pytest.mark.parametrize(
    "text",
    [
        "<a/>",
        "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\r\n<a>&lt;!DOCTYPE</a>",
        "<!DOCTYPE html><html>",
        '<!doctype HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd"><html>',
        "<!DOCTYPE html SYSTEM 'about:legacy-compat'><html>",
        "<a><![CDATA[<!DOCTYPE a [<!ENTITY b 'c'>]>]]></a>",
        "no XML at all",
        "",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_plain_documents_pass(text: str, encoding: str) -> None:
    check_prolog(text.encode(encoding), "a.xml")


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "cp037"])
def test_encodings_that_hide_a_declaration(encoding: str) -> None:
    assert "not read; save it as UTF-8" in refused(f"<?xml version='1.0'?>{DTD}".encode(encoding))


@pytest.mark.parametrize("name", ["UTF-7", "utf7", "IBM037", "iso-2022-kr", "hz", "x-unknown", "utf-8-evil"])
def test_declared_encodings_in_which_ascii_is_not_ascii(name: str) -> None:
    assert "not read; save it as UTF-8" in refused(f"<?xml version='1.0' encoding='{name}'?><a/>".encode())


@pytest.mark.parametrize(
    "before", ["<!--" + "x" * PROLOG_BYTES + "-->", " " * PROLOG_BYTES, "<?x " + "y" * PROLOG_BYTES + "?>"]
)
def test_a_long_prolog_hides_nothing(before: str) -> None:
    assert "does not come to its first element" in refused((before + DTD).encode())


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes(head: bytes) -> None:
    looks_like_xml(head)
    try:
        check_prolog(head, "a.xml")
    except ParseError as error:
        error.reason.encode()
