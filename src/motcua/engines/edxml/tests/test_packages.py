"""The older form: a SOAP envelope, its files beside it in a MIME package, signed or not."""

from __future__ import annotations

from base64 import b64encode

import pytest
from lxml import etree

from motcua.engines import edxml, xmldsig
from motcua.engines.edxml.packages import is_package
from motcua.engines.edxml.samples import signer

PDF = b"%PDF-1.7\r\n--khong phai ranh gioi\r\n%%EOF\n"
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">
<soap-env:Header>
<edXML:MessageHeader OriginalBodyRequested="false" ImmediateResponseRequired="true">
<edXML:From><edXML:OrganId edXML:type="edXMLString">H55.237</edXML:OrganId>
<edXML:OrganName>Ủy ban nhân dân phường Phan Đình Phùng</edXML:OrganName></edXML:From>
<edXML:To><edXML:OrganId>H55.03</edXML:OrganId><edXML:OrganName>Sở Tư pháp</edXML:OrganName></edXML:To>
<edXML:Code><edXML:CodeNumber>15</edXML:CodeNumber><edXML:CodeNotation>UBND-TP</edXML:CodeNotation></edXML:Code>
<edXML:DocumentId>H55.237,2026/11/20,15/UBND-TP</edXML:DocumentId>
<edXML:PromulgationInfo><edXML:Place>Phan Đình Phùng</edXML:Place>
<edXML:PromulgationDate>20/11/2026</edXML:PromulgationDate></edXML:PromulgationInfo>
<edXML:DocumentType><edXML:Type>1</edXML:Type><edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>
<edXML:Subject>V/v xác minh</edXML:Subject>
<edXML:SignerInfo><edXML:FullName>Nguyễn Thị Hương</edXML:FullName></edXML:SignerInfo>
</edXML:MessageHeader>
<edXML:TraceHeaderList><edXML:TraceHeader><edXML:OrganId>H55.237</edXML:OrganId>
<edXML:Timestamp>2026-11-20T02:00:00Z</edXML:Timestamp></edXML:TraceHeader></edXML:TraceHeaderList>
</soap-env:Header>
<soap-env:Body><edXML:Manifest edXML:version="1.0">
<edXML:Reference xlink:href="cid:tep1@vidu.gov.vn" xlink:type="simple">
<edXML:Description xml:lang="vi-VN">Tệp công văn</edXML:Description></edXML:Reference>
</edXML:Manifest></soap-env:Body></soap-env:Envelope>
"""


def package(envelope: str | bytes = ENVELOPE, content: bytes = PDF, *, encoding: str = "binary") -> bytes:
    written = envelope.encode() if isinstance(envelope, str) else envelope
    coded = b64encode(content) if encoding == "base64" else content
    return b"\r\n".join(
        [
            b"MIME-Version: 1.0",
            b'Content-Type: multipart/related; type="text/xml"; start="<goc@vidu.gov.vn>"; boundary="ranh-gioi"',
            b"",
            b"--ranh-gioi",
            b'Content-Type: application/pdf; name="15-ubnd.pdf"',
            b"Content-Transfer-Encoding: " + encoding.encode(),
            b"Content-ID: <tep1@vidu.gov.vn>",
            b"",
            coded,
            b"--ranh-gioi",
            b"Content-Type: text/xml; charset=utf-8",
            b"Content-ID: <goc@vidu.gov.vn>",
            b"",
            written,
            b"--ranh-gioi--",
            b"",
        ]
    )


def signed_envelope(*, with_file: bool = True) -> bytes:
    seal = signer("Ủy ban nhân dân phường Phan Đình Phùng", "H55.237")
    root = etree.fromstring(ENVELOPE.encode())
    form = xmldsig.CanonicalForm.EXCLUSIVE
    digest = seal.digest.of(xmldsig.canonical(root.getroottree(), form))
    enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
    references = [xmldsig.Reference("", digest, (enveloped, form.uri))]
    if with_file:
        references.append(xmldsig.Reference("cid:tep1@vidu.gov.vn", seal.digest.of(PDF)))
    signature = xmldsig.compose(references, seal).xml.decode()
    return ENVELOPE.replace("</soap-env:Header>", f"{signature}</soap-env:Header>").encode()


@pytest.mark.parametrize("encoding", ["binary", "base64"])
def test_a_package_is_read_with_its_file_and_written_in_today_s_form(encoding: str) -> None:
    reading = edxml.read(package(encoding=encoding))
    message = reading.message
    assert isinstance(message, edxml.Document)
    assert message.header.sender.organ_id == "H55.237"
    assert message.header.promulgation.day == "2026/11/20"
    assert message.trace.headers[0].at == "2026/11/20 09:00:00", "brought to our time"
    (file,) = message.attachments
    assert (file.name, file.content_id) == ("15-ubnd.pdf", "cid:tep1@vidu.gov.vn")
    assert edxml.unpack(file) == PDF
    assert "soap_form" in {each.code for each in reading.findings}
    again = edxml.read(edxml.write(message))
    assert again.findings == ()
    assert isinstance(again.message, edxml.Document)
    assert edxml.unpack(again.message.attachments[0]) == PDF


def test_a_package_is_judged_good_with_the_form_as_a_warning() -> None:
    judged = edxml.judge(package())
    assert judged.is_good
    assert {each.code for each in judged.findings} == {"soap_form", "unsigned"}


def test_a_bare_soap_envelope_is_read_too() -> None:
    message = edxml.read(ENVELOPE.encode()).message
    assert isinstance(message, edxml.Document)
    assert message.header.subject == "V/v xác minh"


def test_a_package_without_headers_of_its_own_begins_at_its_boundary() -> None:
    bare = package().partition(b"\r\n\r\n")[2]
    assert is_package(bare)
    assert isinstance(edxml.read(bare).message, edxml.Document)


def test_prefixes_that_nobody_declared_are_read_past() -> None:
    loose = ENVELOPE.replace(' xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"', "")
    judged = edxml.judge(package(loose))
    assert judged.is_good
    assert {each.code for each in judged.findings} == {"undeclared_prefix", "soap_form", "unsigned"}


def test_a_signature_covers_envelope_and_files() -> None:
    assert edxml.judge(package(signed_envelope())).signature.state == "valid"


def test_a_file_exchanged_beside_its_signed_envelope_is_found() -> None:
    judged = edxml.judge(package(signed_envelope(), PDF + b"!"))
    assert judged.signature.state == "broken"
    assert not judged.is_good


def test_a_signature_that_leaves_the_file_out_covers_a_part_only() -> None:
    assert edxml.judge(package(signed_envelope(with_file=False))).signature.state == "broken"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b"MIME-Version: 1.0\r\n", "empty line"),
        (b"-- \r\n\r\nx", "boundary"),
        (package().replace(b"text/xml; charset", b"text/plain; charset").replace(b"goc@vidu", b"khac@vidu", 1), "XML"),
        (package(encoding="base64").replace(b64encode(PDF), b"@@@"), "base64"),
        (package(encoding="x-uuencode"), "x-uuencode"),
        (package().partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + b"--ranh-gioi\r\nA: b\r\n\r\nx\r\n" * 300, "200 parts"),
    ],
)  # fmt: skip
def test_what_is_no_package_is_said_so(broken: bytes, said: str) -> None:
    with pytest.raises(edxml.EdxmlError) as refused:
        edxml.read(broken)
    assert said in str(refused.value)


def test_a_document_type_in_the_envelope_is_refused_as_anywhere() -> None:
    with pytest.raises(edxml.EdxmlError) as refused:
        edxml.read(package(ENVELOPE.replace("<soap-env:Envelope", "<!DOCTYPE x><soap-env:Envelope", 1)))
    assert refused.value.findings[0].code == "forbidden"
