"""Those who tamper, through the page: whatever they do, it is never called genuine, and nothing breaks."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from cryptography.x509.oid import NameOID
from django.test import Client
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from motcua.core import clock
from motcua.core.documents import queries, trust
from motcua.core.documents.testing import issued_result
from motcua.engines import xades
from motcua.engines.asice import build_container, read_zip, write_zip
from motcua.engines.asice.zips import ASIC_E
from tests.verification.house import XML, Officer, by_the_api, on_the_page

pytestmark = pytest.mark.django_db
GENUINE = ("Văn bản là thật", "Chữ ký hợp lệ, không phải kết quả của hệ thống này")
Change = Callable[[bytes], bytes]


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    change(writer)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def other_content(writer: IncrementalPdfFileWriter) -> None:
    """The incremental saving attack: a later revision shows another page."""
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (Khac) Tj ET"))
    writer.update_container(page)


def other_page_tree(writer: IncrementalPdfFileWriter) -> None:
    """The shadow attack: the catalogue is turned to other pages."""
    page = generic.DictionaryObject({generic.pdf_name("/Type"): generic.pdf_name("/Page")})
    pages = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Pages"),
            generic.pdf_name("/Count"): generic.NumberObject(1),
            generic.pdf_name("/Kids"): generic.ArrayObject([writer.add_object(page)]),
        }
    )
    writer.root["/Pages"] = writer.add_object(pages)
    writer.update_root()


def annotation(writer: IncrementalPdfFileWriter) -> None:
    """The evil annotation attack: a note laid over the text."""
    page = writer.find_page_for_modification(0)[0].get_object()
    box = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(
                [generic.NumberObject(each) for each in (0, 0, 600, 800)]
            ),
            generic.pdf_name("/Contents"): generic.pdf_string("Khac"),
        }
    )
    page["/Annots"] = generic.ArrayObject([writer.add_object(box)])
    writer.update_container(page)


TAMPERED: dict[str, Change] = {
    "update": lambda pdf: updated(pdf, other_content),
    "shadow": lambda pdf: updated(pdf, other_page_tree),
    "annotation": lambda pdf: updated(pdf, annotation),
    "loose bytes": lambda pdf: pdf + b"\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    "prefix": lambda pdf: b"%PDF-1.7\n" + pdf,
    "range": lambda pdf: pdf.replace(b"/ByteRange [0 ", b"/ByteRange [1 ", 1),
    "no contents": lambda pdf: pdf.replace(b"/Contents <", b"/Contents ()", 1),
    "cut": lambda pdf: pdf[: len(pdf) // 2],
    "changed": lambda pdf: pdf.replace(b"/MediaBox", b"/MediaBoy", 1),
}


def test_a_tampered_pdf_is_never_genuine(officer: Officer, client: Client) -> None:
    signed = queries.content(issued_result())
    assert GENUINE[0] in on_the_page(client, ("a.pdf", signed))
    for name, change in TAMPERED.items():
        page = on_the_page(client, ("a.pdf", change(signed)))
        assert not any(word in page for word in GENUINE), name


def wrapped_around(signed: bytes) -> bytes:
    """The signed document hidden inside another that says something else."""
    signed = signed.partition(b"?>")[2] if signed.startswith(b"<?xml") else signed
    return b"<van_ban xmlns='urn:van-ban'><so>99</so><cu>" + signed + b"</cu></van_ban>"


def moved_aside(signed: bytes) -> bytes:
    """The signature taken out and put under a new root, the signed content beside it."""
    signed = signed.partition(b"?>")[2] if signed.startswith(b"<?xml") else signed
    begin, end = signed.index(b"<ds:Signature"), signed.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    signature, document = signed[begin:end], signed[:begin] + signed[end:]
    return b"<bao><so>99</so>" + document + signature + b"</bao>"


@pytest.mark.parametrize(
    "change",
    [
        wrapped_around,
        moved_aside,
        lambda xml: xml.replace("12/QĐ".encode(), "99/QĐ".encode()),
        lambda xml: xml.replace(b"<so>", b"<so><!-- -->", 1).replace(b"<so><!-- -->", b"<so>9"),
        lambda xml: xml.replace(b"</so>", b"</so><them/>", 1),
    ],
    ids=["wrapped", "moved", "changed", "inserted", "added"],
)
def test_wrapped_xml_is_never_genuine(change: Change, officer: Officer, client: Client) -> None:
    signed = officer.xml()
    page = on_the_page(client, ("a.xml", change(signed)))
    assert not any(word in page for word in GENUINE)


def test_a_signature_over_a_file_says_nothing_of_the_envelope_around_it(
    officer: Officer, client: Client
) -> None:
    """What stands around a signature and is not signed is neither genuine nor shown."""
    signature = officer.over({"don.txt": b"Don"})
    assert signature.lstrip().startswith(b"<")
    envelope = b"<bao><so>99 ty</so>" + signature + b"</bao>"
    given = (("bao.xml", envelope), ("don.txt", b"Don"))
    (said, *_) = by_the_api(client, *given)
    assert (said["verdict"], said["only_partly_signed"]) == ("unproven", True)
    page = on_the_page(client, *given)
    assert "Chỉ phần sau đây được ký" in page
    assert "don.txt" in page
    assert "99 ty" not in page


def with_another_file(container: bytes) -> bytes:
    files = read_zip(container)
    return write_zip(
        ASIC_E, {name: one for name, one in files.items() if name != "mimetype"} | {"them.txt": b"khac"}
    )


def exchanged(container: bytes) -> bytes:
    files = {name: one for name, one in read_zip(container).items() if name != "mimetype"}
    return write_zip(ASIC_E, files | {"don.txt": b"khac"})


def twice(container: bytes) -> bytes:
    out = BytesIO(container)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("DON.TXT", b"khac")
    return out.getvalue()


@pytest.mark.parametrize(
    "change",
    [with_another_file, exchanged, twice, lambda zipped: b"X" + zipped, lambda zipped: zipped[:-30]],
    ids=["unsigned-file", "exchanged", "twice", "prefix", "cut"],
)
def test_a_tampered_container_is_never_genuine(change: Change, officer: Officer, client: Client) -> None:
    files = {"don.txt": b"Don de nghi"}
    container = build_container(files, [officer.over(files)])
    assert GENUINE[1] in on_the_page(client, ("a.asice", container))
    page = on_the_page(client, ("a.asice", change(container)))
    assert not any(word in page for word in GENUINE)


def xml_bomb() -> bytes:
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10 if n else 'x' * 10}'>" for n in range(9))
    return f"<?xml version='1.0'?><!DOCTYPE a [{entities}]><a>&e8;</a>".encode()


def zip_bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", ASIC_E)
        archive.writestr("a", b"\x00" * (40 << 20))
    return out.getvalue()


def pdf_bomb() -> bytes:
    """A compressed object stream, folded twice, that unfolds to 400 MB: one folded megabyte, again and again."""
    inflate = zlib.compressobj(9)
    first = inflate.compress(b"\x00" * (1 << 20)) + inflate.flush(zlib.Z_FULL_FLUSH)
    again = inflate.compress(b"\x00" * (1 << 20)) + inflate.flush(zlib.Z_FULL_FLUSH)
    twice_folded = zlib.compress(first + again * 400, 9)
    told = b"/Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode] /Length"
    head = b"%%PDF-1.7\n1 0 obj\n<< " + told + b" %d >>\nstream\n"
    return head % len(twice_folded) + twice_folded + b"\nendstream\nendobj\nstartxref\n9\n%%EOF"


def swarm() -> bytes:
    """More signatures than anybody signs, each of them work."""
    return b"<a>" + b"<SignatureValue></SignatureValue>" * 101 + b"</a>"


@pytest.mark.parametrize("bomb", [xml_bomb, zip_bomb, pdf_bomb, swarm])
def test_bombs_are_answered_without_being_unfolded(
    bomb: Callable[[], bytes], officer: Officer, client: Client
) -> None:
    import resource

    content = bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (said,) = by_the_api(client, ("bom", content))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert said["verdict"] == "unknown"
    assert grown < 300_000, f"{grown} kB more memory"


@pytest.mark.parametrize(
    "content",
    [
        b"{" * 5000,
        b"[" * 9,
        b"%PDF-",
        b"PK\x03\x04",
        b"<",
        b"0\x82",
        b"eyJ.e.e",
        b"\x30\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02",
    ],
)
def test_scraps_get_an_answer(content: bytes, officer: Officer, client: Client) -> None:
    (said,) = by_the_api(client, ("manh", content))
    assert not said["valid"]


def test_a_stranger_with_the_same_name_is_not_trusted(officer: Officer, client: Client) -> None:
    """Another authority that calls itself by our names."""
    from motcua.engines.pki import Authority, Person, generate_key
    from motcua.engines.xmldsig import signer_for

    ours, start = trust.house(), trust.START
    name = ours.authority("officers").certificate.subject
    key = generate_key()
    common = str(name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    false = Authority.root(common, key, trust.addresses_of("officers"), start=start)
    assert false.certificate.subject.get_attributes_for_oid(
        NameOID.COMMON_NAME
    ) == name.get_attributes_for_oid(NameOID.COMMON_NAME)
    own = generate_key()
    certificate = false.issue_person(
        Person("Chủ tịch", "Chủ tịch", "Ủy ban nhân dân", "x"), own.public_key(), start=start
    )
    signed = xades.sign_document(
        XML, signer_for(certificate, own, chain=(false.certificate,)), xades.Claims(clock.now())
    )
    (said,) = by_the_api(client, ("a.xml", signed))
    assert said["verdict"] == "unproven"
    assert said["signatures"][0]["holder"] is None
