"""A chip's files and its answer: what proves somebody, and each way in which it does not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import random
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from motcua.engines.identity_documents import (
    CardData,
    CardTrust,
    Disbelieved,
    Fault,
    Mrz,
    Proven,
    Reading,
    check,
    read_master_list,
    read_reading,
)
from motcua.engines.identity_documents.answering import check_answer
from motcua.engines.identity_documents.data_groups import TAGS, dg1_with
from motcua.engines.identity_documents.issuing import Chip, Issuer
from motcua.engines.identity_documents.mrz import write_card
from motcua.engines.identity_documents.tlv import element
from motcua.engines.identity_documents.trust import MASTER_LIST
from motcua.engines.pki import Revocation, der

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
CHALLENGE = bytes(range(8))
JPEG = b"\xff\xd8\xff\xe0" + bytes(200) + b"\xff\xd9"
ISSUER = Issuer.new(
    "CSCA Việt Nam (bản thử)", "VNM", "http://csca.example", start=NOW - dt.timedelta(days=400)
)
ZONE = Mrz(
    "ID", "VNM", "195001234", "NGUYEN", "THI LAN ANH", "VNM", dt.date(1995, 3, 8), "F", dt.date(2035, 3, 8),
    ("019195001234", ""),
)  # fmt: skip
CARD = CardData(
    "019195001234", "Nguyễn Thị Lan Anh", dt.date(1995, 3, 8), "Nữ", "Việt Nam", "Thái Nguyên",
    "Số 12, đường Hoàng Văn Thụ", dt.date(2022, 1, 5), "",
)  # fmt: skip
CHIP = ISSUER.issue(ZONE, JPEG, CARD)


def trust(**other: object) -> CardTrust:
    return CardTrust({"VNM": ISSUER.authorities(NOW, **other)})  # type: ignore[arg-type]


def proven(reading: Reading, **other: object) -> Proven:
    told = {"trust": trust(), "now": NOW} | other
    return check(reading, **told)  # type: ignore[arg-type]


def fault(reading: Reading, **other: object) -> Fault:
    with pytest.raises(Disbelieved) as refused:
        proven(reading, **other)
    assert refused.value.vi
    assert refused.value.en
    return refused.value.fault


def with_file(name: str, content: bytes | None) -> Reading:
    files = {**CHIP.files, name: content}
    return Reading({each: data for each, data in files.items() if data is not None}, CHIP.answer(CHALLENGE))


def test_a_good_card_proves_number_name_portrait_and_that_it_was_here() -> None:
    said = proven(CHIP.read(CHALLENGE), challenge=CHALLENGE, answer_needed=True)
    assert (said.personal_number, said.name, said.zone.expires) == (CARD.number, CARD.name, ZONE.expires)
    assert said.portrait.media_type == "image/jpeg"
    assert said.portrait.content == JPEG
    assert said.answered
    assert said.card == CARD
    assert "answer" in said.checks
    assert "CSCA" in said.authority


def test_without_a_challenge_the_files_prove_the_holder_but_not_the_chip() -> None:
    said = proven(CHIP.read())
    assert not said.answered
    assert "answer" not in said.checks


def test_a_reading_survives_being_handed_over() -> None:
    assert proven(read_reading(CHIP.read(CHALLENGE).dump()), challenge=CHALLENGE).answered


@pytest.mark.parametrize("name", ["DG1", "DG2", "DG13", "DG14", "DG15"])
def test_one_changed_bit_of_any_group_is_found(name: str) -> None:
    content = bytearray(CHIP.files[name])
    content[len(content) // 2] ^= 1
    assert fault(with_file(name, bytes(content)), challenge=CHALLENGE) is Fault.CHANGED


def test_a_group_that_nobody_signed_is_not_taken_along() -> None:
    assert fault(with_file("DG11", element(0x6B, b"\x5f\x0e\x03ABC"))) is Fault.CHANGED


def test_another_s_data_under_this_signature_is_found() -> None:
    other = dataclasses.replace(ZONE, number="096002345", optional=("019196002345", ""))
    assert fault(with_file("DG1", dg1_with(write_card(other)))) is Fault.CHANGED


@pytest.mark.parametrize("name", ["SOD", "DG1", "DG2"])
def test_a_torn_reading_says_where(name: str) -> None:
    assert fault(with_file(name, None)) is Fault.TORN
    half = CHIP.files[name][: len(CHIP.files[name]) // 2]
    assert fault(with_file(name, half)) in (Fault.TORN, Fault.CHANGED)


def test_a_signer_of_its_own_making_is_believed_by_nobody() -> None:
    forger = Issuer.new(
        "CSCA Việt Nam (bản thử)", "VNM", "http://csca.example", start=NOW - dt.timedelta(days=9)
    )
    assert fault(forger.issue(ZONE, JPEG, CARD).read()) is Fault.UNKNOWN_ISSUER


def test_one_country_does_not_vouch_for_the_papers_of_another() -> None:
    french = ISSUER.issue(dataclasses.replace(ZONE, issuer="FRA", code="I"), JPEG)
    both = CardTrust({"VNM": ISSUER.authorities(NOW)})
    assert fault(french.read(), trust=both) is Fault.UNKNOWN_ISSUER


def test_a_revoked_signer_signs_nothing_more() -> None:
    word = Revocation(
        ISSUER.signer.serial_number, NOW - dt.timedelta(days=1), x509.ReasonFlags.key_compromise
    )
    assert fault(CHIP.read(), trust=trust(revoked=[word])) is Fault.REVOKED


def test_an_old_or_missing_list_of_revoked_signers_is_not_taken_for_an_empty_one() -> None:
    later = NOW + dt.timedelta(days=91)
    assert fault(CHIP.read(), now=later) is Fault.STANDING_UNKNOWN
    without = dataclasses.replace(ISSUER.authorities(NOW), revoked=())
    assert fault(CHIP.read(), trust=CardTrust({"VNM": without})) is Fault.STANDING_UNKNOWN


def test_an_expired_card_is_good_on_its_last_day_only() -> None:
    chip = ISSUER.issue(dataclasses.replace(ZONE, expires=NOW.date()), JPEG, CARD)
    assert proven(chip.read()).personal_number == CARD.number
    old = ISSUER.issue(dataclasses.replace(ZONE, expires=NOW.date() - dt.timedelta(days=1)), JPEG, CARD)
    assert fault(old.read()) is Fault.EXPIRED


def test_a_copy_of_all_files_cannot_answer() -> None:
    copy = CHIP.copied()
    assert fault(copy.read(CHALLENGE), challenge=CHALLENGE) is Fault.CLONED
    assert fault(copy.read(), challenge=CHALLENGE) is Fault.NO_ANSWER


def test_yesterday_s_answer_is_no_answer_to_today_s_challenge() -> None:
    assert fault(CHIP.read(CHALLENGE), challenge=bytes(8)) is Fault.CLONED


def test_a_chip_without_a_key_proves_nothing_from_afar() -> None:
    files = {name: CHIP.files[name] for name in ("DG1", "DG2", "DG13")}
    bare = Reading({**files, "SOD": ISSUER.sign(files)})
    assert not proven(bare, challenge=CHALLENGE).answered
    assert fault(bare, challenge=CHALLENGE, answer_needed=True) is Fault.NO_ANSWER


def test_leaving_the_key_out_of_the_reading_does_not_make_it_a_chip_without_one() -> None:
    assert fault(with_file("DG15", None), challenge=CHALLENGE) is Fault.NO_ANSWER


def test_two_people_on_one_chip_are_a_contradiction() -> None:
    other = dataclasses.replace(CARD, number="019196002345", name="Hoàng Thị Mai")
    assert fault(ISSUER.issue(ZONE, JPEG, other).read()) is Fault.CONTRADICTION


def test_a_passport_has_no_personal_number_of_ours() -> None:
    passport = dataclasses.replace(ZONE, code="P", number="B12345678", optional=("019195001234", ""))
    assert proven(ISSUER.issue(passport, JPEG).read()).personal_number is None


def test_rsa_chips_answer_by_iso_9796_2() -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    numbers = key.private_numbers()
    size = 256
    recovered = random.Random(1).randbytes(size - 3 - 32)
    block = b"\x6a" + recovered + hashlib.sha256(recovered + CHALLENGE).digest() + b"\x34\xcc"
    answer = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
    dg15 = element(TAGS["DG15"], public)
    check_answer(CHALLENGE, answer, dg15)
    with pytest.raises(Disbelieved):
        check_answer(bytes(8), answer, dg15)
    with pytest.raises(Disbelieved):
        check_answer(CHALLENGE, bytes(size), dg15)


@pytest.mark.parametrize(
    "handed",
    [b"", b"{}", b"[]", b'{"format": "motcua-card-1", "files": {"../x": ""}}', b"[" * 100_000, b"\xff" * 9,
     b'{"format": "other", "files": {"SOD": ""}}', b'{"format": "motcua-card-1", "files": {"SOD": "*"}}'],
)  # fmt: skip
def test_what_is_no_reading_is_refused_in_words(handed: bytes) -> None:
    with pytest.raises(Disbelieved) as refused:
        read_reading(handed)
    assert refused.value.fault is Fault.TORN


def test_a_reading_larger_than_any_chip_is_refused_unread() -> None:
    with pytest.raises(Disbelieved):
        read_reading(json.dumps({"format": "motcua-card-1", "files": {}, "more": "x" * 600_000}).encode())


def test_bytes_broken_at_random_are_refused_and_never_crash() -> None:
    dice = random.Random(9303)
    for _ in range(400):
        name = dice.choice(["SOD", "SOD", "DG1", "DG2", "DG13"])
        content = bytearray(CHIP.files[name])
        for _ in range(dice.randint(1, 4)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        if bytes(content) == CHIP.files[name]:
            continue
        files: dict[str, bytes] = {**CHIP.files, name: bytes(content)}
        with pytest.raises(Disbelieved):
            proven(Reading(files, CHIP.answer(CHALLENGE)), challenge=CHALLENGE)


def test_openssl_too_finds_the_signature_of_the_security_object_good(tmp_path: Path) -> None:
    sod = CHIP.files["SOD"]
    start = 4 if sod[1] == 0x82 else 3
    (tmp_path / "sod.der").write_bytes(sod[start:])
    (tmp_path / "csca.pem").write_bytes(ISSUER.authority.certificate.public_bytes(Encoding.PEM))
    asked = ["openssl", "cms", "-verify", "-inform", "DER", "-in", "sod.der", "-CAfile", "csca.pem"]
    ran = subprocess.run(
        [*asked, "-purpose", "any", "-attime", str(int(NOW.timestamp())), "-out", "lds.der"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "successful" in ran.stderr, ran.stderr
    assert hashlib.sha256(CHIP.files["DG1"]).digest() in (tmp_path / "lds.der").read_bytes()


def test_a_master_list_gives_its_authorities_by_country() -> None:
    listed = der.set_of(ISSUER.authority.certificate.public_bytes(Encoding.DER))
    content = der.sequence(der.integer(0), listed)
    enclosed = der.sequence(der.oid(MASTER_LIST), der.context(0, der.octets(content)))
    signed = der.sequence(der.integer(3), der.set_of(), enclosed, der.set_of())
    message = der.sequence(der.oid("1.2.840.113549.1.7.2"), der.context(0, signed))
    assert read_master_list(message) == {"VN": [ISSUER.authority.certificate]}
    for broken in (b"", message[:-9], CHIP.files["SOD"][4:]):
        with pytest.raises(ValueError, match="not a master list"):
            read_master_list(broken)


def test_a_chip_reads_the_same_each_time() -> None:
    assert isinstance(CHIP, Chip)
    assert CHIP.read().files == CHIP.read(CHALLENGE).files
