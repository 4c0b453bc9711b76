"""E-mails: head, body, attachments."""

import base64
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from ingestion.elements import ParsedDocument
from ingestion.parsers.office import mail
from ingestion.parsers.office.mail_message import safe_name
from ragline.errors import ParseError

Read = Callable[[str, bytes], ParsedDocument]
Show = Callable[[ParsedDocument], list[tuple[str, str]]]


def message(body: str = "Hello.", **headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in {"From": "Ann <Ann@x.example>", "Subject": "Report", **headers}.items():
        made[name] = value
    made.set_content(body)
    return made


def nested(depth: int) -> EmailMessage:
    outer = message(f"depth {depth}", Subject=f"m{depth}")
    if depth > 1:
        outer.add_attachment(nested(depth - 1))
    return outer


def test_the_head_is_a_record_and_metadata(read: Read, pieces: Show) -> None:
    headers = {"To": "Bob <b@x.example>, c@x.example", "Cc": "d@x.example", "Message-ID": "<1@x>", "In-Reply-To": "<0@x>"}
    made = message("Text.", **headers, Date="Tue, 05 Mar 2024 10:00:00 +0100")
    made.replace_header("Subject", "Grüße aus Köln")
    parsed = read("x.eml", bytes(made))
    assert pieces(parsed) == [
        (
            "record",
            "From: Ann <Ann@x.example>\nTo: Bob <b@x.example>, c@x.example\nCc: d@x.example\n"
            "Date: Tue, 05 Mar 2024 10:00:00 +0100\nSubject: Grüße aus Köln",
        ),
        ("paragraph", "Text."),
    ]
    assert parsed.title == "Grüße aus Köln"
    assert parsed.metadata == {
        "from": "ann@x.example",
        "to": ["b@x.example", "c@x.example"],
        "cc": ["d@x.example"],
        "subject": "Grüße aus Köln",
        "date": "2024-03-05T10:00:00+01:00",
        "message_id": "<1@x>",
        "in_reply_to": "<0@x>",
    }


def test_quoted_lines_are_quotes(read: Read, pieces: Show) -> None:
    body = "Yes.\n\nOn Monday Bob wrote:\n> Is it\n> done?\nAnn"
    assert pieces(read("x.eml", bytes(message(body))))[1:] == [
        ("paragraph", "Yes."),
        ("paragraph", "On Monday Bob wrote:"),
        ("quote", "> Is it\n> done?"),
        ("paragraph", "Ann"),
    ]


@pytest.mark.parametrize(
    ("plain", "html", "chosen"),
    [
        ("The same words here.", "<p>The same <b>words</b> here.</p>", "plain"),
        ("a 1 b 2", "<table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>", "html"),
        ("See the web page.", "<p>" + "All of the many words of this message. " * 3 + "</p>", "html"),
        ("A long plain text with everything that there is to say about it.", "<ul><li>short</li></ul>", "plain"),
        ("", "<p>Only HTML.</p>", "html"),
    ],
)
def test_plain_text_goes_before_html_that_is_not_richer(read: Read, plain: str, html: str, chosen: str) -> None:
    made = message(plain)
    made.add_alternative(html, subtype="html")
    text = read("x.eml", bytes(made)).text
    assert (plain.strip() in text and plain != "") == (chosen == "plain")


def test_links_of_a_page_name_their_address(read: Read) -> None:
    made = message("")
    made.set_content(
        '<p>Read <a href="https://x.example/a?b=1&amp;c=2">the plan</a> and <a href="#top">up</a>.</p>', subtype="html"
    )
    assert "Read the plan (https://x.example/a?b=1&c=2) and up." in read("x.eml", bytes(made)).text


def test_attachments_are_read_by_the_parser_of_their_format(read: Read) -> None:
    made = message("See attached.")
    made.add_attachment("a,b\n1,2\n", subtype="csv", filename="../../etc/plan.csv")
    made.add_attachment("# Rules\n\nText.\n", subtype="markdown", filename="C:\\docs\\rules.md")
    parsed = read("x.eml", bytes(made))
    assert [(e.kind, e.source, e.section_path) for e in parsed.elements[2:]] == [
        ("heading", "plan.csv", ()),
        ("table", "plan.csv", ("Attachment: plan.csv",)),
        ("heading", "rules.md", ()),
        ("heading", "rules.md", ("Attachment: rules.md",)),
        ("paragraph", "rules.md", ("Attachment: rules.md", "Rules")),
    ]
    assert "Attachments: plan.csv, rules.md" in parsed.text
    assert parsed.warnings == ()


def test_what_cannot_be_read_is_a_warning_and_the_rest_is_read(read: Read) -> None:
    made = message("See attached.")
    made.add_attachment(b"\x00\x01\x02" * 50, maintype="application", subtype="octet-stream", filename="a.bin")
    made.add_attachment(b"%PDF-1.7 broken", maintype="application", subtype="pdf", filename="b.pdf")
    made.add_attachment("text", subtype="plain", filename="c.txt")
    parsed = read("x.eml", bytes(made))
    assert [warning.split(":")[0] for warning in parsed.warnings] == [
        "attachment a.bin was not read",
        "attachment b.pdf was not read",
    ]
    assert parsed.elements[-1].source == "c.txt"


def test_pictures_in_the_text_and_signatures_are_no_loss(read: Read) -> None:
    made = message("Regards")
    made.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="logo.png", disposition="inline")
    made.add_attachment(b"0", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    parsed = read("x.eml", bytes(made))
    assert parsed.warnings == ()
    assert "logo.png" not in parsed.text
    made.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="plan.png")
    assert "attachment plan.png was not read" in read("x.eml", bytes(made)).warnings[0]


def test_messages_in_messages_are_read_to_a_depth(read: Read) -> None:
    parsed = read("x.eml", bytes(nested(5)))
    assert [f"depth {depth}" in parsed.text for depth in (5, 4, 3, 2, 1)] == [True, True, True, False, False]
    inner = next(e for e in parsed.elements if parsed.text[e.start : e.end] == "depth 3")
    assert inner.section_path == ("Attachment: m4.eml", "Attachment: m3.eml")
    assert inner.source == "m3.eml"
    assert any("nested more than 3 deep" in warning for warning in parsed.warnings)


def test_attachments_of_all_messages_together_are_counted(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail._Budget, "__init__", lambda self: setattr(self, "attachments", 4))
    outer = message("outer")
    for name in ("a", "b"):
        inner = message("inner", Subject=name)
        for number in range(3):
            inner.add_attachment(f"text {number}", filename=f"{name}{number}.txt")
        outer.add_attachment(inner)
    parsed = read("x.eml", bytes(outer))
    assert {e.source for e in parsed.elements} == {"", "a.eml", "a0.txt", "a1.txt", "a2.txt"}
    assert any("attachments: the others were not read" in warning for warning in parsed.warnings)


def test_who_may_see_an_attachment_may_see_the_message(read: Read) -> None:
    made = message("Salaries attached.")
    made.add_attachment("---\nacl: [hr, board]\n---\n# Pay\n", subtype="markdown", filename="pay.md")
    made.add_attachment("---\nacl: [board]\n---\n# Bonus\n", subtype="markdown", filename="bonus.md")
    assert read("x.eml", bytes(made)).acl == ("board",)
    assert read("x.eml", bytes(message("nothing"))).acl is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_messages_saved_in_other_encodings(read: Read, encoding: str) -> None:
    data = "Subject: Größe\nFrom: a@x.example\n\nMaß: 5 µm\n".encode(encoding)
    parsed = read("x.eml", data)
    assert parsed.title == "Größe"
    assert "Maß: 5 µm" in parsed.text


def test_flowing_lines_are_joined(read: Read) -> None:
    head = b"Subject: x\nContent-Type: text/plain; format=flowed\n\n"
    assert read("x.eml", head + b"one \ntwo\n> a \n> b\n-- \nAnn\n").text.endswith("one two\n> a b\n-- \nAnn\n")


def test_legacy_charsets_and_broken_heads(read: Read) -> None:
    body = base64.b64encode("Привет".encode("koi8-r")).decode()
    head = "Subject: =?koi8-r?B?8NLJ18XU?= =?x-none?Q?=80?=\nContent-Type: text/plain; charset=koi8-r\n"
    parsed = read("x.eml", f"{head}Content-Transfer-Encoding: base64\nDate: nonsense\n\n{body}\n".encode())
    assert "Привет" in parsed.text
    assert "Date: nonsense" in parsed.text
    assert "date" not in parsed.metadata


def test_what_is_no_message_is_refused(read: Read) -> None:
    with pytest.raises(ParseError, match="none of the headers of an e-mail"):
        read("x.eml", b"just a text\nwithout a head\n")
    with pytest.raises(ParseError, match="no text in the file"):
        read("x.eml", b"  \n\n  ")


def test_encrypted_messages_say_so(read: Read) -> None:
    data = b'Subject: secret\nContent-Type: application/pkcs7-mime; name="smime.p7m"\n\nMIIB\n'
    assert "only its head was read" in read("x.eml", data).warnings[0]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.txt", "y.txt"),
        ("..", "attachment-7.bin"),
        ("a\x00b\u202egpj.exe", "abgpj.exe"),
        ("", "attachment-7.bin"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_of_attachments_are_only_names(name: str, safe: str) -> None:
    assert safe_name(name, 7, ".bin") == safe


def test_outlook_messages(read: Read, shared_data: Path) -> None:
    pytest.importorskip("oxmsg", reason="needs the documents extra")
    files = shared_data / "docs-unstructured"
    parsed = read("x.msg", (files / "fake-email-with-cc-and-bcc.msg").read_bytes())
    assert parsed.title == "Fake email with cc and bcc recipients"
    assert (parsed.metadata["to"], parsed.metadata["cc"]) == (["john-ctr@unstructured.io"], ["steve@unstructured.io"])
    assert "Bcc: hello@unstructured.io" in parsed.text
    attached = read("x.msg", (files / "fake-email-attachment.msg").read_bytes())
    assert (attached.elements[-1].source, "Hey this is a fake attachment!" in attached.text) == ("fake-attachment.txt", True)
