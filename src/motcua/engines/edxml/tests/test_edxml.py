"""edXML read, judged and written."""

from __future__ import annotations

import io
import os
import zipfile
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from motcua.engines import edxml
from motcua.engines.edxml.samples import DEPARTMENT, WARD, document, signer, status

VECTORS = Path(os.environ.get("MOTCUA_VECTORS", "")) / "edxml"
OUTSIDE = ("edoc_new", "edoc_revocation", "status_inbox_01", "status_rejection_02")


def codes(judged: edxml.Judged) -> set[str]:
    return {each.code for each in judged.findings}


def zipped(*entries: tuple[str, bytes]) -> str:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return b64encode(box.getvalue()).decode()


def with_attachment(encoded: str) -> edxml.Document:
    message = document()
    return replace(message, attachments=(replace(message.attachments[0], encoded=encoded),))


def test_a_document_written_is_read_as_it_was() -> None:
    judged = edxml.judge(edxml.write(document()))
    assert judged.is_good
    assert isinstance(judged.message, edxml.Document)
    assert judged.message.header == document().header
    assert judged.message.trace == document().trace
    assert edxml.unpack(judged.message.attachments[0]) == b"%PDF-1.7 noi dung"


def test_a_status_message_goes_there_and_back() -> None:
    judged = edxml.judge(edxml.write(status("03")))
    assert judged.is_good
    assert judged.message == status("03")


@pytest.mark.skipif(not VECTORS.is_dir(), reason="MOTCUA_VECTORS names no folder with edxml")
@pytest.mark.parametrize("name", OUTSIDE)
def test_an_outside_file_is_good_and_equal_after_the_round(name: str) -> None:
    given = (VECTORS / f"{name}.edxml").read_bytes()
    judged = edxml.judge(given)
    assert judged.is_good
    again = edxml.write(edxml.from_json(edxml.as_json(judged.message)))
    assert edxml.equal_in_substance(given, again)


@pytest.mark.skipif(not VECTORS.is_dir(), reason="MOTCUA_VECTORS names no folder with edxml")
def test_the_outside_attachment_opens_and_its_signature_is_said_to_be_unreadable() -> None:
    judged = edxml.judge((VECTORS / "edoc_new.edxml").read_bytes())
    assert isinstance(judged.message, edxml.Document)
    assert len(edxml.unpack(judged.message.attachments[0])) > 100_000
    assert judged.signature.state == "unreadable"


def test_what_differs_is_not_equal_in_substance() -> None:
    one = edxml.write(document())
    assert not edxml.equal_in_substance(one, one.replace(b"ho-tich", b"khac").replace(b"Phan", b"Pham"))


def test_no_prefix_other_order_other_spelling_and_other_dates_are_read() -> None:
    text = edxml.write(document()).decode().replace("edXML:", "").replace(' xmlns:edXML="', ' xmlns:x="')
    text = text.replace("Bussiness", "Business").replace("2026/11/20<", "20/11/2026<")
    head, tail = text.split("<Subject>")
    subject, rest = tail.split("</Subject>")
    text = head.replace("<From>", f"<Subject>{subject}</Subject><From>") + rest
    judged = edxml.judge(text.encode())
    assert judged.is_good
    assert isinstance(judged.message, edxml.Document)
    assert judged.message.header == document().header
    assert judged.message.trace.business.type == "0"
    assert "spelling" in codes(judged)
    assert "Subject" in judged.message.header.arranged[0]


def test_a_missing_element_is_named_with_its_place_and_line_and_how_to_mend_it() -> None:
    text = edxml.write(document()).decode()
    text = text.replace("<edXML:CodeNumber>15</edXML:CodeNumber>", "")
    (fault,) = edxml.judge(text.encode()).faults
    assert fault.path == "MessageHeader/Code"
    line = text.splitlines()[fault.line - 1]
    assert "<edXML:Code>" in line
    assert "CodeNumber is missing" in fault.text("en")
    assert fault.mend("vi") == "Bổ sung phần tử này."


def test_a_file_that_is_not_well_formed_is_reported_with_its_line() -> None:
    text = edxml.write(document()).decode().replace("</edXML:From>", "")
    with pytest.raises(edxml.EdxmlError) as raised:
        edxml.judge(text.encode())
    assert raised.value.findings[0].code == "not_xml"
    assert raised.value.findings[0].line > 0
    assert raised.value.axis == 22


def test_an_undeclared_prefix_is_read_past_with_a_warning() -> None:
    text = edxml.write(document()).decode().replace('version="1.0">', 'version="1.0" xlink:href="cid:1">', 1)
    text = text.replace('<edXML:edXMLManifest version="1.0">', '<edXML:edXMLManifest xlink:href="x">')
    judged = edxml.judge(text.encode())
    assert "undeclared_prefix" in codes(judged)
    assert judged.is_good


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE edXML [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]><edXML>&c;</edXML>',
        '<?xml version="1.0" encoding="UTF-16"?><edXML/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="utf-7"?><edXML/>',
    ],
)
def test_document_types_entities_and_other_encodings_are_refused(content: bytes) -> None:
    with pytest.raises(edxml.EdxmlError) as raised:
        edxml.read(content)
    assert raised.value.findings[0].code == "forbidden"


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(edxml.EdxmlError) as raised:
        edxml.read(b"<" * 2000, edxml.Limits(size=1000))
    assert raised.value.axis == 10


def test_a_file_of_countless_elements_is_refused() -> None:
    with pytest.raises(edxml.EdxmlError, match="More than 50"):
        edxml.read(b"<edXML>" + b"<a/>" * 60 + b"</edXML>", edxml.Limits(elements=50))


def test_what_is_no_edxml_is_told_so() -> None:
    with pytest.raises(edxml.EdxmlError, match="no MessageHeader"):
        edxml.read(b"<html/>")


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        ("%%%", "attachment_base64"),
        (zipped(("a.txt", b"1"), ("b.txt", b"2")), "attachment_zip"),
        (zipped(("../../etc/passwd", b"1")), "attachment_zip"),
        (zipped(("/etc/passwd", b"1")), "attachment_zip"),
        (zipped(("a.txt", b"0" * 40_000_000)), "attachment_bomb"),
        (zipped(("a.txt", b"noi dung" * 200))[:100], "attachment_zip"),
    ],
    ids=("no base64", "two files", "a path upwards", "a path from the root", "a bomb", "cut short"),
)
def test_an_attachment_that_could_harm_is_refused_by_its_name(encoded: str, code: str) -> None:
    judged = edxml.judge(edxml.write(with_attachment(encoded)))
    assert [(each.code, each.axis) for each in judged.faults] == [(code, 10)]
    assert "15-ubnd-tp.pdf" in judged.faults[0].text()


def test_an_archive_that_lies_about_its_size_is_stopped_while_unpacking() -> None:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"0" * 3_000_000)
    raw = box.getvalue().replace((3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    judged = edxml.judge(edxml.write(with_attachment(b64encode(raw).decode())))
    assert judged.faults[0].code in ("attachment_zip", "attachment_bomb")


def test_an_attachment_sent_without_zip_is_read_with_a_warning() -> None:
    judged = edxml.judge(edxml.write(with_attachment(b64encode(b"%PDF").decode())))
    assert judged.is_good
    assert "attachment_not_zip" in codes(judged)


def test_what_the_manifest_names_must_be_there() -> None:
    message = replace(document(), manifest=(edxml.Reference("cid:9", "application/zip", "", "khac.pdf"),))
    assert codes(edxml.judge(edxml.write(message))) >= {"attachment_absent", "attachment_unlisted"}


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_signed_document_verifies_and_names_the_agency(kind: str) -> None:
    seal = signer(WARD.name, WARD.organ_id, kind)
    judged = edxml.judge(edxml.write(document(), seal))
    assert judged.signature.state == "valid"
    assert judged.signature.signer == WARD.name
    assert b"xmldsig#sha1" not in edxml.write(document(), seal)


def test_a_change_under_the_signature_is_found() -> None:
    content = edxml.write(document(), signer(WARD.name, WARD.organ_id))
    judged = edxml.judge(content.replace("xác minh".encode(), "xác nhận".encode()))
    assert judged.signature.state == "broken"
    assert [each.axis for each in judged.faults] == [21]


def test_a_stranger_who_signs_for_the_sender_is_named() -> None:
    judged = edxml.judge(edxml.write(document(), signer("Công ty Ngọc Lan", "X99")))
    assert judged.signature.state == "stranger"
    assert "Công ty Ngọc Lan" in judged.faults[0].text()


def test_sha_1_verifies_with_a_warning_and_is_never_written() -> None:
    from motcua.engines import xmldsig

    strong = signer(WARD.name, WARD.organ_id, "rsa")
    with pytest.raises(ValueError, match="SHA-1"):
        xmldsig.signer_for(strong.certificate, object(), digest=xmldsig.DigestMethod.SHA1)  # type: ignore[arg-type]
    weak = replace(strong, digest=xmldsig.DigestMethod.SHA1)
    judged = edxml.judge(edxml.write(document(), weak))
    assert judged.signature.state == "valid"
    assert judged.signature.weak
    assert "signature_weak" in codes(judged)


def test_strict_writing_refuses_what_the_standard_lacks() -> None:
    bare = replace(document(), header=replace(document().header, subject="", receivers=()))
    with pytest.raises(edxml.EdxmlError) as raised:
        edxml.write(bare)
    assert {dict(each.values)["detail"] for each in raised.value.findings} == {"Subject", "To"}


def test_a_replacement_names_what_it_replaces_and_a_recall_what_it_takes_back() -> None:
    business = edxml.Business("H55.237,2026/11/21,16/UBND-TP", "3", "Thay thế", "0")
    bare = replace(document(), trace=edxml.Trace((), business))
    with pytest.raises(edxml.EdxmlError, match="replaced"):
        edxml.write(bare)
    told = replace(business, replacements=(edxml.Replacement("cu-1", ("H55.03",)),))
    judged = edxml.judge(edxml.write(replace(bare, trace=edxml.Trace((), told))))
    assert isinstance(judged.message, edxml.Document)
    assert judged.message.concerns == "cu-1"
    assert judged.message.business is edxml.BusinessType.REPLACE


def test_the_two_forms_of_an_agencys_id_are_one() -> None:
    assert edxml.same_organ("000.00.237.H55", "H55.237")
    assert edxml.same_organ("000.00.00.G22", "G22")
    assert not edxml.same_organ("H55.237", "H55.238")
    assert edxml.is_organ_id("28.22.H17")
    assert not edxml.is_organ_id("../H55")


def test_many_receivers_keep_their_order() -> None:
    others = tuple(replace(DEPARTMENT, organ_id=f"H55.{at:02}") for at in range(1, 20))
    read = edxml.read(edxml.write(document(receivers=others))).message
    assert isinstance(read, edxml.Document)
    assert read.header.receivers == others


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "a\x05.pdf"}, "character"),
        ({"encoded": "UEsD\x05"}, "attachment_base64"),
        ({"encoded": "đây"}, "attachment_base64"),
    ],
)
def test_what_xml_cannot_hold_is_refused_before_it_is_written(change: dict[str, str], code: str) -> None:
    base = document()
    with pytest.raises(edxml.EdxmlError) as refused:
        edxml.write(replace(base, attachments=(replace(base.attachments[0], **change),)))  # type: ignore[arg-type]
    assert refused.value.findings[0].code == code
    with pytest.raises(edxml.EdxmlError):
        edxml.write(replace(base, header=replace(base.header, subject="V/v\x00")))


def test_what_stands_for_markup_in_an_attachment_stays_text() -> None:
    base = document()
    sly = replace(base.attachments[0], encoded="</edXML:ContentTransferEncoded><x/>")
    written = edxml.read(edxml.write(replace(base, attachments=(sly,)))).message
    assert isinstance(written, edxml.Document)
    assert written.attachments[0].encoded == sly.encoded
