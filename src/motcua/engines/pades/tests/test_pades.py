"""Signing a document twice, and judging it: by us, by poppler, and against those who tamper."""

# mypy: disable-error-code="no-untyped-call"

import asyncio
import datetime as dt
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
import typst
from cryptography import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from motcua.engines.pades import (
    Level,
    Prepared,
    Reason,
    SigningError,
    Timestamp,
    Verdict,
    archive,
    complete,
    embed_evidence,
    prepare,
    sign,
    verify,
)
from motcua.engines.pki import FileKeyStore, KeyKind, PrivateKey, generate_key, sign_with
from motcua.engines.pki.tests.house import NOW, House

LATER = NOW + dt.timedelta(minutes=5)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """PyHanko logs every failed chain with its stack: expected here."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def document() -> bytes:
    source = '#set document(title: "Giấy khai sinh", date: datetime(year: 2026, month: 11, day: 21))\n= Giấy khai sinh'
    made = typst.compile(source.encode(), format="pdf", pdf_standards=["a-2b"], timestamp=1795000000)
    assert isinstance(made, bytes)
    return made


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def add_signature(
    pdf: bytes,
    field: str,
    house: House,
    certificate: x509.Certificate,
    key: PrivateKey,
    timestamp: Timestamp | None,
) -> bytes:
    prepared = prepare(
        pdf, field, certificate, when=NOW, chain=house.chain, reason="Ký số", location="Thái Nguyên"
    )
    return complete(prepared, sign_with(key, prepared.to_sign), timestamp=timestamp)


def sign_twice(pdf: bytes, house: House, level: Level = Level.B_T) -> bytes:
    """The officer's signature, then the agency's seal."""
    stamp = None if level is Level.B_B else house.tsa.stamp
    signed = add_signature(pdf, "officer", house, house.officer, house.officer_key, stamp)
    sealed = add_signature(signed, "seal", house, house.seal, house.seal_key, stamp)
    if level in (Level.B_B, Level.B_T):
        return sealed
    proven = embed_evidence(sealed, certificates=house.chain, ocsps=house.ocsps(NOW))
    return archive(proven, house.tsa.stamp, field="archive") if level is Level.B_LTA else proven


def judge(pdf: bytes, house: House, now: dt.datetime = LATER, *, fresh: bool = True) -> Verdict:
    """With `fresh` the verifier holds the lists of that day; without, only what the document keeps."""
    return verify(pdf, [house.root.certificate], now=now, crls=house.crls(now) if fresh else ())


@pytest.mark.parametrize("kind", list(KeyKind))
def test_an_officer_signs_and_the_agency_seals(document: bytes, kind: KeyKind) -> None:
    house = House(kind)
    verdict = judge(sign_twice(document, house), house)
    assert verdict.valid
    assert not verdict.changed_after_signing
    officer, seal = verdict.signatures
    assert (officer.signer, officer.position) == ("Nguyễn Thị Ánh", "Chủ tịch")
    assert seal.organisation == "Ủy ban nhân dân phường Phan Đình Phùng"
    for each in (officer, seal):
        assert (each.level, each.at, each.at_is_proven) == (Level.B_T, NOW, True)
        assert each.intact
        assert each.trusted
        assert each.covers_whole_document
        assert not each.revoked
        assert each.reasons == ()


@pytest.mark.parametrize("level", list(Level))
def test_each_level_is_told_apart(document: bytes, house: House, level: Level) -> None:
    verdict = judge(sign_twice(document, house, level), house)
    assert verdict.valid
    assert [each.level for each in verdict.signatures] == [level, level]
    assert verdict.signatures[0].at_is_proven == (level is not Level.B_B)


def test_signing_adds_and_changes_nothing_of_the_document(document: bytes, house: House) -> None:
    signed = sign_twice(document, house, Level.B_LT)
    assert signed.startswith(document)
    before, after = PdfFileReader(BytesIO(document)), PdfFileReader(BytesIO(signed))
    size = int(before.trailer["/Size"])
    changed = {
        number
        for number in range(1, size)
        if after.xrefs.get_last_change(generic.Reference(number, 0, after)) > 0
    }
    page = before.root["/Pages"]["/Kids"].raw_get(0).idnum
    assert changed == {before.root_ref.idnum, page}
    for key in ("/Metadata", "/OutputIntents", "/Pages", "/StructTreeRoot"):
        assert after.root.raw_get(key).idnum == before.root.raw_get(key).idnum
    assert after.root["/Metadata"].data == before.root["/Metadata"].data
    assert after.trailer.raw_get("/Info").idnum == before.trailer.raw_get("/Info").idnum
    old_page, new_page = before.root["/Pages"]["/Kids"][0], after.root["/Pages"]["/Kids"][0]
    assert set(new_page) - set(old_page) <= {"/Annots"}
    assert new_page.raw_get("/Resources") == old_page.raw_get("/Resources")


def pdfsig(pdf: bytes, folder: Path) -> str:
    if shutil.which("pdfsig") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("pdfsig is absent; deploy/test-packages.txt names what the tests need")
        pytest.skip("pdfsig is absent: apt-get install poppler-utils")
    (folder / "signed.pdf").write_bytes(pdf)
    command = ["pdfsig", "-nocert", "signed.pdf"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT])
def test_poppler_calls_both_signatures_valid_and_a_changed_byte_not(
    document: bytes, house: House, tmp_path: Path, level: Level
) -> None:
    signed = sign_twice(document, house, level)
    said = pdfsig(signed, tmp_path)
    assert said.count("Signature is Valid") == 2, said
    assert "Nguyễn Thị Ánh" in said
    forged = bytearray(signed)
    forged[len(document) // 2] ^= 1
    said = pdfsig(bytes(forged), tmp_path)
    assert "Signature is Valid" not in said
    assert said.count("Digest Mismatch") == 2, said


@pytest.mark.parametrize("part", range(1, 40))
def test_any_changed_byte_outside_the_signatures_is_found(document: bytes, house: House, part: int) -> None:
    signed = sign_twice(document, house)
    signatures = [match.span() for match in re.finditer(rb"<[0-9a-f]{2000,}>", signed)]
    assert len(signatures) == 2
    outside = [place for place in range(len(signed)) if not any(a <= place < b for a, b in signatures)]
    forged = bytearray(signed)
    forged[outside[len(outside) * part // 40]] ^= 1
    assert not judge(bytes(forged), house).valid


def test_a_changed_signature_is_found(document: bytes, house: House) -> None:
    """Bytes of a signature that prove nothing (spare certificates, filling) may change; those that do may not."""
    prepared = prepare(document, "officer", house.officer, when=NOW, chain=house.chain)
    signature = sign_with(house.officer_key, prepared.to_sign)
    signed = complete(prepared, signature, timestamp=house.tsa.stamp)
    for proof in (signature, sha256(signature).digest(), prepared.to_sign[-8:]):
        changed = proof[:-1] + bytes([proof[-1] ^ 1])
        forged = signed.replace(proof.hex().encode(), changed.hex().encode())
        assert forged != signed
        assert not judge(forged, house).valid


def test_a_page_exchanged_by_a_later_revision_is_found(document: bytes, house: House) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(sign_twice(document, house)))
    page, _ = writer.find_page_for_modification(0)
    content = writer.add_object(generic.StreamObject(stream_data=b"BT (forged) Tj ET"))
    page.get_object()["/Contents"] = content
    writer.update_container(page.get_object())
    output = BytesIO()
    writer.write(output)
    verdict = judge(output.getvalue(), house)
    assert verdict.changed_after_signing
    assert not verdict.valid
    assert Reason.ALTERED in verdict.reasons


def test_a_further_signature_does_not_hide_a_change(document: bytes, house: House) -> None:
    signed = add_signature(document, "officer", house, house.officer, house.officer_key, house.tsa.stamp)
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page, _ = writer.find_page_for_modification(0)
    page.get_object()["/Rotate"] = generic.NumberObject(180)
    writer.update_container(page.get_object())
    output = BytesIO()
    writer.write(output)
    sealed = add_signature(output.getvalue(), "seal", house, house.seal, house.seal_key, house.tsa.stamp)
    officer, seal = judge(sealed, house).signatures
    assert not officer.covers_whole_document
    assert seal.covers_whole_document
    assert not judge(sealed, house).valid


def test_bytes_after_the_end_are_found(document: bytes, house: House) -> None:
    assert not judge(sign_twice(document, house) + b"\n1 0 obj\n<<>>\nendobj\n", house).valid


def test_without_revocation_data_nothing_is_called_valid(document: bytes, house: House) -> None:
    verdict = judge(sign_twice(document, house), house, fresh=False)
    assert not verdict.valid
    assert verdict.reasons == (Reason.REVOCATION_UNKNOWN,)
    assert verdict.signatures[0].intact


def test_responses_serve_as_well_as_lists(document: bytes, house: House) -> None:
    roots = [house.root.certificate]
    assert verify(sign_twice(document, house), roots, now=LATER, ocsps=house.ocsps(NOW)).valid


@pytest.mark.parametrize("years", [1, 4])
def test_evidence_in_the_document_proves_it_offline_for_years(
    document: bytes, house: House, years: int
) -> None:
    now = NOW + 365 * years * DAY
    verdict = judge(sign_twice(document, house, Level.B_LT), house, now, fresh=False)
    assert verdict.valid
    assert verdict.reasons == (Reason.AS_OF_EVIDENCE,)
    assert verdict.signatures[0].known_until == NOW
    assert not judge(sign_twice(document, house, Level.B_T), house, now, fresh=False).valid


def test_each_signature_stands_by_the_evidence_of_its_own_time(document: bytes) -> None:
    house = House()
    first = add_signature(document, "officer", house, house.officer, house.officer_key, house.tsa.stamp)
    first = embed_evidence(first, certificates=house.chain, ocsps=house.ocsps(NOW))
    house.now = NOW + 30 * DAY
    second = add_signature(first, "seal", house, house.seal, house.seal_key, house.tsa.stamp)
    fresh = [house.responder.respond_about(each, house.now) for each in (house.seal, house.stamp)]
    fresh.append(house.root_responder.respond_about(house.issuing.certificate, house.now))
    verdict = judge(embed_evidence(second, ocsps=fresh), house, NOW + 365 * DAY, fresh=False)
    assert verdict.valid
    assert [each.known_until for each in verdict.signatures] == [NOW, NOW + 30 * DAY]


def test_fresh_responses_outweigh_stale_evidence_in_the_document(document: bytes, house: House) -> None:
    now = NOW + 30 * DAY
    signed = sign_twice(document, house, Level.B_LT)
    verdict = verify(signed, [house.root.certificate], now=now, ocsps=house.ocsps(now))
    assert verdict.valid
    assert verdict.signatures[0].known_until == now


def test_an_archived_document_outlives_the_certificates(document: bytes) -> None:
    house = House()
    archived = sign_twice(document, house, Level.B_LTA)
    now = NOW + 6 * 365 * DAY
    verdict = judge(archived, house, now)
    assert house.officer.not_valid_after_utc < now < house.stamp.not_valid_after_utc
    assert verdict.valid
    assert [each.level for each in verdict.signatures] == [Level.B_LTA, Level.B_LTA]


@pytest.mark.parametrize(
    ("level", "revoked_before_signing", "stands"),
    [
        (Level.B_B, True, False),
        (Level.B_B, False, False),
        (Level.B_T, True, False),
        (Level.B_T, False, True),
        (Level.B_LT, True, False),
        (Level.B_LT, False, True),
        (Level.B_LTA, True, False),
        (Level.B_LTA, False, True),
    ],
)
def test_a_time_stamp_decides_what_a_revocation_means(
    document: bytes, level: Level, revoked_before_signing: bool, stands: bool
) -> None:
    house = House()
    signed = sign_twice(document, house, level)
    house.revoke(house.officer, NOW - DAY if revoked_before_signing else NOW + DAY)
    verdict = judge(signed, house, NOW + 2 * DAY)
    officer, seal = verdict.signatures
    assert verdict.valid is officer.valid is stands
    assert officer.revoked
    assert officer.reasons == ((Reason.REVOKED_LATER,) if stands else (Reason.REVOKED,))
    assert seal.valid


def test_strangers_are_not_trusted(document: bytes, house: House) -> None:
    verdict = verify(sign_twice(document, house), [House().root.certificate], now=LATER, crls=house.crls())
    assert verdict.reasons == (Reason.UNKNOWN_ISSUER,)
    assert verdict.signatures[0].intact
    assert not verdict.signatures[0].trusted


@pytest.mark.parametrize("pdf", [b"", b"hello", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_gets_a_verdict_too(house: House, pdf: bytes) -> None:
    assert judge(pdf, house).reasons == (Reason.NOT_A_PDF,)


def test_an_unsigned_document_is_not_valid(document: bytes, house: House) -> None:
    verdict = judge(document, house)
    assert not verdict.valid
    assert verdict.reasons == (Reason.UNSIGNED,)
    assert Reason.UNSIGNED.text() != Reason.UNSIGNED.text("en")


def test_verification_works_inside_an_event_loop(document: bytes, house: House) -> None:
    async def inside() -> Verdict:
        return judge(sign_twice(document, house), house)

    assert asyncio.run(inside()).valid


def test_keys_of_a_store_sign_in_one_go(document: bytes, house: House, tmp_path: Path) -> None:
    keys = FileKeyStore(tmp_path, "a long passphrase")
    keys.add("officer", house.officer_key)
    keys.install("officer", house.officer, house.issuing.chain)
    signed = sign(document, "officer", keys, "officer", when=NOW, timestamp=house.tsa.stamp)
    assert judge(signed, house).valid


def test_a_prepared_document_waits_as_plain_bytes(document: bytes, house: House) -> None:
    prepared = prepare(document, "officer", house.officer, when=NOW, chain=house.chain)
    restored = Prepared(bytes(prepared.to_sign), bytes(prepared.state))
    signature = sign_with(house.officer_key, prepared.digest, prehashed=True)
    assert judge(complete(restored, signature, timestamp=house.tsa.stamp), house).valid


def test_a_signature_by_another_key_never_leaves(document: bytes, house: House) -> None:
    prepared = prepare(document, "officer", house.officer, when=NOW, chain=house.chain)
    with pytest.raises(SigningError, match="Nguyễn Thị Ánh"):
        complete(prepared, sign_with(generate_key(), prepared.to_sign))


def test_a_document_exchanged_while_it_waits_is_refused(document: bytes, house: House) -> None:
    prepared = prepare(document, "officer", house.officer, when=NOW, chain=house.chain)
    signature = sign_with(house.officer_key, prepared.to_sign)
    other = Prepared(prepared.to_sign, prepared.state.replace(b"%PDF-1.7", b"%PDF-1.6"))
    with pytest.raises(SigningError, match="altered before it was signed"):
        complete(other, signature)
    with pytest.raises(SigningError, match="not the state"):
        complete(Prepared(prepared.to_sign, b"{}"), signature)


def test_a_time_stamp_larger_than_its_room_is_refused(document: bytes, house: House) -> None:
    prepared = prepare(document, "officer", house.officer, when=NOW, chain=house.chain, stamp_room=0)
    signature = sign_with(house.officer_key, prepared.to_sign)
    with pytest.raises(SigningError, match="larger stamp_room"):
        complete(
            prepared,
            sign_with(house.officer_key, prepared.to_sign),
            timestamp=lambda digest: digest + bytes(4000),
        )
    with pytest.raises(SigningError, match="something else"):
        complete(prepared, signature, timestamp=lambda _: bytes(40))


def test_each_signature_needs_its_own_field(document: bytes, house: House) -> None:
    with pytest.raises(SigningError, match="'officer' already"):
        prepare(sign_twice(document, house), "officer", house.officer, when=NOW)


@pytest.mark.parametrize("pdf", [b"", b"hello", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_cannot_be_signed(house: House, pdf: bytes) -> None:
    with pytest.raises(SigningError, match="not a readable PDF"):
        prepare(pdf, "officer", house.officer, when=NOW)


@pytest.mark.parametrize("days", [-400, 1500])
def test_a_certificate_out_of_force_does_not_sign(document: bytes, house: House, days: int) -> None:
    with pytest.raises(SigningError, match=r"in force from 31/12/2025 to 01/01/2029"):
        prepare(document, "officer", house.officer, when=NOW + days * DAY)


def test_a_time_without_zone_and_missing_evidence_are_refused(document: bytes, house: House) -> None:
    with pytest.raises(SigningError, match="time zone"):
        prepare(document, "officer", house.officer, when=NOW.replace(tzinfo=None))
    with pytest.raises(SigningError, match="none was given"):
        embed_evidence(document)
    with pytest.raises(ValueError, match="time zone"):
        verify(document, [], now=NOW.replace(tzinfo=None))


def test_documents_of_other_programs_are_signed_too(document: bytes, house: House) -> None:
    """Such a file has cross-reference streams and compressed objects, which typst does not write."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(document)))
    writer.stream_xrefs = True
    output = BytesIO()
    writer.write(output)
    assert b"/XRef" in output.getvalue()
    assert judge(sign_twice(output.getvalue(), house, Level.B_LT), house).valid
