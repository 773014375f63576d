"""A result is signed by a person and by the agency, filed, checked, withdrawn and replaced."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from motcua.core import clock
from motcua.core.documents import actions, certificates, queries, signing_keys, trust
from motcua.core.documents.models import Document, VaultItem
from motcua.core.errors import NotAllowed, UserError
from motcua.core.identity.models import Party
from motcua.core.ledger import log
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.models import LogName
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Appointment
from motcua.engines import pades
from motcua.engines.pki import Person, generate_key

pytestmark = pytest.mark.django_db
TEMPLATE = """
#import "/motcua/decree30.typ": *
#show: official.with(title: given.title, author: given.agency)
#head(agency: given.agency, number: given.number, place: given.place, day: given.day)
#title("Giấy xác nhận")
#entry("Họ, chữ đệm và tên", given.name)
#foot(left: check-code(given.check.qr, caption: given.check.code), right: if given.signer != none {
  signature(form: given.signer.form, for-whom: given.signer.for_whom, position: given.signer.position,
    name: given.signer.name) })
"""


def officer(position: str, agency_code: str = "H55.237") -> Actor:
    post = Appointment.objects.select_related("officer").get(
        position__code=position, agency__code=agency_code
    )
    return Actor(
        ActorKind.OFFICER,
        post.officer.name,
        officer_id=post.officer_id,
        agency_id=post.agency_id,
        unit_ids=(post.agency_id,),
    )


@pytest.fixture(autouse=True)
def as_system(db: None) -> Iterator[None]:
    with acting(SYSTEM):
        yield


@pytest.fixture
def lan() -> Party:
    return Party.objects.create(name="NGUYỄN THỊ LAN ANH")


@pytest.fixture
def sandbox_clock() -> Iterator[Callable[[dt.datetime], None]]:
    yield clock.move_sandbox_to
    clock.move_sandbox_to(None)


def new_draft(owner: Party) -> Document:
    return actions.draft(
        SYSTEM,
        kind="result",
        title="Giấy khai sinh",
        template=TEMPLATE,
        data={"name": "TRẦN NGỌC MINH CHÂU"},
        agency_id=organisations.agency("H55.237").pk,
        owner_party_id=owner.pk,
        number="01/2026",
    )


def issued(owner: Party) -> Document:
    document = new_draft(owner)
    (document,) = actions.sign(officer("vice_chair"), [document.pk])
    return actions.issue(document, [owner.pk])


def test_a_signed_result_bears_the_person_and_the_seal_in_that_order(lan: Party) -> None:
    report = queries.verify_bytes(queries.content(issued(lan)))
    assert report.verdict == "valid"
    person, seal = report.signatures
    assert (person.signer, person.position) == (officer("vice_chair").label, "Phó Chủ tịch")
    assert seal.organisation == "Ủy ban nhân dân phường Phan Đình Phùng"
    assert [signature.level for signature in report.signatures] == [pades.Level.B_LT, pades.Level.B_LT]


def test_one_changed_byte_is_seen(lan: Party) -> None:
    content = bytearray(queries.content(issued(lan)))
    content[len(content) // 3] ^= 1
    report = queries.verify_bytes(bytes(content))
    assert report.verdict in {"altered", "unknown"}
    assert "thay đổi" in report.sentence("vi") or "không" in report.sentence("vi")


def test_pdfsig_agrees(lan: Party, tmp_path: Path) -> None:
    pdfsig = shutil.which("pdfsig")
    assert pdfsig, "pdfsig is missing: apt-get install poppler-utils"
    file = tmp_path / "result.pdf"
    file.write_bytes(queries.content(issued(lan)))
    said = subprocess.run([pdfsig, "-nocert", str(file)], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature Validation: Signature is Valid") == 2


def test_the_result_lies_in_the_vault_and_stands_in_the_public_log(lan: Party) -> None:
    document = issued(lan)
    assert [item.title for item in queries.vault(lan.pk)] == ["Giấy khai sinh"]
    log.seal(LogName.RESULTS)
    report = queries.verify_code(document.code.lower())
    assert report.verdict == "valid"
    assert report.log_proof is not None
    assert report.log_proof["size"] >= 1


def test_a_withdrawn_result_says_so_by_file_and_by_code(lan: Party) -> None:
    document = issued(lan)
    actions.withdraw(officer("chair"), document.pk, "cấp sai thẩm quyền")
    by_file = queries.verify_bytes(queries.content(document))
    assert by_file.verdict == queries.verify_code(document.code).verdict == "withdrawn"
    assert "cấp sai thẩm quyền" in by_file.sentence("vi")


def test_a_replaced_result_points_to_the_newer_one(lan: Party) -> None:
    old, new = issued(lan), issued(lan)
    actions.replace(SYSTEM, old, new)
    report = queries.verify_code(old.code)
    assert report.verdict == "replaced"
    assert report.document is not None
    assert report.document.replaced_by == new.code


def test_who_has_no_delegation_does_not_sign(lan: Party) -> None:
    with pytest.raises(NotAllowed, match="may not sign"):
        actions.sign(officer("civil_status_officer"), [new_draft(lan).pk])


def test_signing_or_issuing_twice_changes_nothing(lan: Party) -> None:
    document = issued(lan)
    digest = document.digest
    (again,) = actions.sign(officer("chair"), [document.pk])
    actions.issue(again, [lan.pk])
    assert again.digest == digest
    assert VaultItem.objects.filter(document=document).count() == 1


def test_after_revocation_old_signatures_stand_and_new_ones_take_another_key(
    lan: Party, sandbox_clock: Callable[[dt.datetime], None]
) -> None:
    document = issued(lan)
    key = document.signatures.get(role="person").key
    sandbox_clock(clock.now() + dt.timedelta(hours=1))
    certificates.revoke(SYSTEM, key.key_id, "mất thiết bị")
    assert queries.verify_bytes(queries.content(document)).verdict == "valid"
    assert issued(lan).signatures.get(role="person").key_id != key.pk


def test_an_officer_signs_with_a_key_that_lives_elsewhere(lan: Party) -> None:
    chair = officer("chair")
    assert chair.officer_id is not None
    assert chair.agency_id is not None
    token = generate_key()
    house = trust.house()
    certificate = house.issuer.issue_person(
        Person(chair.label, "Chủ tịch", "UBND phường", "abc"), token.public_key(), start=trust.START
    )
    signing_keys.enrol_certificate(chair.officer_id, chair.agency_id, certificate)
    document = new_draft(lan)
    to_sign = actions.prepare(chair, document.pk, certificate, [house.issuer.certificate])
    assert isinstance(token, ec.EllipticCurvePrivateKey)
    with pytest.raises(UserError):
        actions.complete(chair, document.pk, token.sign(b"something else", ec.ECDSA(SHA256())))
    signed = actions.complete(chair, document.pk, token.sign(to_sign, ec.ECDSA(SHA256())))
    actions.issue(signed, [lan.pk])
    assert queries.verify_bytes(queries.content(signed)).verdict == "valid"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("anh.jpg", b"MZ\x90 a program"),
        ("trong.pdf", b""),
        ("ma.pdf", b"%PDF-1.4 /OpenAction << /JavaScript (app.alert) >>"),
    ],
)
def test_what_may_not_be_uploaded_is_refused_by_its_bytes(name: str, content: bytes) -> None:
    with pytest.raises(UserError) as refused:
        actions.upload(SYSTEM, name=name, stream=io.BytesIO(content))
    assert name in refused.value.text("vi")


def test_a_file_of_26_megabytes_is_refused_with_the_limit() -> None:
    with pytest.raises(UserError, match="25 MB"):
        actions.upload(SYSTEM, name="lon.pdf", stream=io.BytesIO(b"%PDF-" + b"0" * 26 * 2**20))


def test_equal_files_lie_in_the_store_once() -> None:
    one = actions.upload(SYSTEM, name="a.pdf", stream=io.BytesIO(b"%PDF-1.4 same"))
    two = actions.upload(SYSTEM, name="b.pdf", stream=io.BytesIO(b"%PDF-1.4 same"))
    assert one.sha256 == two.sha256
