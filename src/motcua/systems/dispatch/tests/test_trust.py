"""Who signed it: what is not proven to be of its sender is held, and a person decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.urls import reverse

from motcua.core import jobs
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import edxml
from motcua.engines.edxml.samples import document, signer
from motcua.engines.xmldsig import DigestMethod, Signer
from motcua.systems.dispatch import trusting
from motcua.systems.dispatch.actions import admitting, arriving, receiving
from motcua.systems.dispatch.axis import exchange
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.jobs import poll_one
from motcua.systems.dispatch.models import AxisDelivery, AxisMember, AxisMessage, Fault, Incoming
from motcua.systems.dispatch.tests.conftest import Axis

MINISTRY = edxml.Organ("G15", "", "Bộ Tư pháp")


@pytest.fixture(autouse=True)
def as_system(axis: Axis) -> Iterator[None]:
    with acting(SYSTEM):
        yield


@pytest.fixture
def seal() -> Signer:
    return signer("Bộ Tư pháp", "G15")


def pem(seal: Signer) -> str:
    return seal.certificate.public_bytes(Encoding.PEM).decode()


def letter(axis: Axis, number: str = "15", business: str = "0", **header: object) -> edxml.Document:
    base = document()
    told = {
        "sender": MINISTRY, "receivers": (edxml.Organ(axis.theirs.agency.code, "", axis.theirs.agency.name),),
        "document_id": f"G15,2026/11/20,{number}/BTP", "code": edxml.Code(number, "BTP"),
    }  # fmt: skip
    trace = replace(base.trace, business=replace(base.trace.business, type=business))
    return replace(base, header=replace(base.header, **(told | header)), trace=trace)  # type: ignore[arg-type]


def arrive(axis: Axis, message: edxml.Document, by: Signer | None, place: str = "mot") -> Incoming:
    (came,) = arriving.take_document(edxml.write(message, by), axis.connection, place)
    return came


def trusts(axis: Axis, by: Signer) -> None:
    axis.connection.trust_pem = pem(by)
    axis.connection.save()


def test_a_letter_of_a_trusted_signer_is_not_held(axis: Axis, seal: Signer) -> None:
    trusts(axis, seal)
    came = arrive(axis, letter(axis), seal)
    assert (came.held, came.trusted) == ("", True)


@pytest.mark.parametrize(
    ("by", "doubt"),
    [
        (None, "unsigned"),
        (("Công ty X", "X01"), "stranger"),
        (("Bộ Tư pháp", "G15"), "untrusted"),
    ],
)
def test_a_letter_not_proven_to_be_its_sender_s_is_held(
    axis: Axis, by: tuple[str, str] | None, doubt: str
) -> None:
    came = arrive(axis, letter(axis), signer(*by) if by else None)
    assert (came.held, came.status) == (doubt, "01")
    assert "giữ lại" in came.notes.get(code="01").description
    with pytest.raises(Conflict):
        receiving.enter(axis.theirs.clerk, came.uuid)


def test_a_signature_of_a_certificate_that_has_ended_is_in_doubt(
    axis: Axis, seal: Signer, friday: object
) -> None:
    trusts(axis, seal)
    assert callable(friday)
    friday(dt.datetime(2030, 1, 7, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=7))))
    assert arrive(axis, letter(axis), seal).held == "ended"


def test_an_officer_takes_a_held_letter_and_says_how_it_was_made_sure(axis: Axis) -> None:
    came = arrive(axis, letter(axis), None)
    with pytest.raises(UserError) as missing:
        receiving.release(axis.theirs.clerk, came.uuid, " ")
    assert missing.value.field == "reason"
    released = receiving.release(axis.theirs.clerk, came.uuid, "Đã gọi văn thư Bộ, đúng là của Bộ")
    assert released.held == ""
    assert "Đã gọi văn thư Bộ" in released.released
    assert receiving.enter(axis.theirs.clerk, came.uuid).entered == 1


def test_a_held_letter_is_returned_with_the_status_of_refusal(axis: Axis) -> None:
    came = arrive(axis, letter(axis), signer("Công ty X", "X01"))
    refused = receiving.refuse(axis.theirs.clerk, came.uuid, "Bộ xác nhận không gửi")
    assert refused.status == "02"


def test_an_officer_of_another_agency_decides_nothing(axis: Axis) -> None:
    came = arrive(axis, letter(axis), None)
    with pytest.raises(Conflict):
        receiving.release(axis.ours.clerk, came.uuid, "Cho qua")


def test_a_held_letter_answers_and_replaces_nothing_until_it_is_taken(axis: Axis, seal: Signer) -> None:
    trusts(axis, seal)
    old = arrive(axis, letter(axis), seal)
    forged = letter(axis, "16", business="3")
    business = replace(forged.trace.business, replacements=(edxml.Replacement(old.edxml_id, ()),))
    forged = replace(forged, trace=replace(forged.trace, business=business))
    came = arrive(axis, forged, None, "hai")
    old.refresh_from_db()
    assert (came.held, old.standing) == ("unsigned", "")
    receiving.release(axis.theirs.clerk, came.uuid, "Đã hỏi")
    old.refresh_from_db()
    assert (old.standing, old.replaced_by) == ("replaced", came)


@pytest.mark.parametrize("business", ["1", "2"])
def test_nobody_else_takes_a_letter_back_or_changes_it(axis: Axis, seal: Signer, business: str) -> None:
    trusts(axis, seal)
    came = arrive(axis, letter(axis), seal)
    with pytest.raises(UserError) as refused:
        arrive(axis, letter(axis, business=business), signer("Công ty X", "X01"), "hai")
    assert refused.value.field == "21"
    came.refresh_from_db()
    assert came.standing == ""
    assert Fault.objects.get(kind="receive").axis_code == 21


def test_a_forged_letter_keeps_the_true_one_of_its_id_not_out(axis: Axis, seal: Signer) -> None:
    forged = arrive(axis, letter(axis, subject="Giả"), None)
    trusts(axis, seal)
    true = arrive(axis, letter(axis), seal, "hai")
    forged.refresh_from_db()
    assert (true.held, true.subject) == ("", letter(axis).header.subject)
    assert forged.standing == "withdrawn"


def test_a_status_that_its_agency_did_not_sign_is_not_believed(axis: Axis) -> None:
    sent = axis.sent()
    theirs = edxml.Organ(axis.theirs.agency.code, "", axis.theirs.agency.name)
    about = edxml.ResponseFor(axis.ours.agency.code, sent.sign, "2026/11/20", sent.edxml_id)
    header = edxml.StatusHeader(theirs, about, edxml.Staff(), "06", "Xong", "2026/11/20 10:00:00")
    exchange.accept(axis.member, edxml.write(edxml.Status(header)))
    poll_one(axis.connection.pk)
    assert sent.sendings.get().status == ""
    fault = Fault.objects.get(kind="receive")
    assert "không được ghi nhận" in fault.what
    assert AxisDelivery.objects.get(message__message_type="status").state == "FAIL"


def test_an_axis_that_vouches_for_its_senders_brings_unsigned_letters_with_a_note(axis: Axis) -> None:
    axis.connection.takes_unsigned = True
    axis.connection.save()
    came = arrive(axis, letter(axis), None)
    assert (came.held, came.signature, came.trusted) == ("", "none", False)
    assert arrive(axis, letter(axis, "16"), signer("Công ty X", "X01"), "hai").held == "stranger"


def test_the_axis_holds_what_another_certificate_signed_in_a_member_s_name(axis: Axis, seal: Signer) -> None:
    member, _ = admitting.admit(SYSTEM, "btp", "Bộ Tư pháp", [("G15", "Bộ Tư pháp")])
    admitting.register_certificates(SYSTEM, "G15", pem(seal))
    exchange.accept(member, edxml.write(letter(axis), seal))
    another = signer.__wrapped__("Bộ Tư pháp", "G15")
    held = exchange.accept(member, edxml.write(letter(axis, "16"), another))
    stranger = exchange.accept(member, edxml.write(letter(axis, "17"), signer("Công ty X", "X01")))
    assert (held.held, stranger.held) == ("other_certificate", "stranger")
    poll_one(axis.connection.pk)
    assert [each.code for each in Incoming.objects.all()] == ["15/BTP"]
    with pytest.raises(AxisError):
        exchange.fetch(axis.member, str(held.uuid))
    admitting.turn_back(SYSTEM, stranger.uuid, "Bộ không gửi")
    (row,) = AxisDelivery.objects.filter(message=stranger)
    assert (row.state, row.note) == ("FAIL", "Bộ không gửi")
    admitting.register_certificates(SYSTEM, "G15", pem(seal) + pem(another))
    admitting.let_through(SYSTEM, held.uuid, "Bộ đã đổi chứng thư, xác nhận qua điện thoại")
    poll_one(axis.connection.pk)
    assert Incoming.objects.get(code="16/BTP").held == "", "the receiver knows the new certificate too"
    with pytest.raises(Conflict):
        admitting.let_through(SYSTEM, held.uuid, "lần nữa")


def test_without_a_certificate_on_file_the_sender_hears_at_once_that_another_signed(axis: Axis) -> None:
    admitting.admit(SYSTEM, "btp", "Bộ Tư pháp", [("G15", "Bộ Tư pháp")])
    member = AxisMember.objects.get(system_id="btp")
    with pytest.raises(AxisError) as refused:
        exchange.accept(member, edxml.write(letter(axis), signer("Công ty X", "X01")))
    assert refused.value.code is Code.PROCESSING_FAULT
    assert AxisMessage.objects.count() == 0


def test_the_pages_say_why_a_letter_is_held_and_take_it_with_a_reason(axis: Axis) -> None:
    came = arrive(axis, letter(axis), signer("Công ty X", "X01"))
    client = axis.theirs.browser()
    assert "Bị giữ: nghi vấn chữ ký" in client.get(reverse("dispatch:incoming_list")).text
    page = reverse("dispatch:incoming", args=[came.uuid])
    shown = client.get(page).text
    assert "Chữ ký là của người khác, không phải của nơi gửi" in shown
    assert "Vào sổ văn bản đến" not in shown.split("Việc phải làm")[1]
    assert client.post(page, {"do": "enter"}).status_code == 409
    empty = client.post(page, {"do": "release", "reason": ""})
    assert empty.status_code == 400
    assert "Ghi lý do." in empty.text
    assert client.post(page, {"do": "release", "reason": "Đã gọi"}).status_code == 303
    assert "Vào sổ văn bản đến" in client.get(page).text


def test_the_sender_hears_that_a_letter_was_held_or_not_taken(axis: Axis) -> None:
    admitting.register_certificates(SYSTEM, axis.ours.agency.code, pem(signer("Khác", "G99")))
    letter_sent = axis.sent()
    axis.poll()
    row = letter_sent.sendings.get()
    assert row.fault.startswith("Trục giữ lại để kiểm tra chữ ký: Chữ ký bằng chứng thư khác")
    held = AxisMessage.objects.get()
    admitting.turn_back(SYSTEM, held.uuid, "Không đúng chứng thư")
    axis.poll()
    axis.poll()
    row.refresh_from_db()
    assert row.fault == "Nơi nhận không nhận được: Không đúng chứng thư"
    assert Fault.objects.filter(kind="send", agency_id=axis.ours.agency.pk).count() == 2, "each is told once"
    page = reverse("dispatch:outgoing", args=[letter_sent.uuid])
    assert "Chưa tới nơi" in axis.ours.browser().get(page).text


def test_what_the_axis_said_of_a_letter_is_gone_once_its_receiver_answers(axis: Axis) -> None:
    sent = axis.sent()
    axis.poll()
    row = sent.sendings.get()
    row.status, row.fault = "", "Trục giữ lại"
    row.save()
    axis.poll()
    came = Incoming.objects.get()
    receiving.enter(axis.theirs.clerk, came.uuid)
    axis.poll()
    row.refresh_from_db()
    assert (row.status, row.fault) == ("03", "")


def test_a_letter_signed_with_sha1_is_taken_with_a_warning_on_its_page(axis: Axis, seal: Signer) -> None:
    trusts(axis, seal)
    came = arrive(axis, letter(axis), replace(seal, digest=DigestMethod.SHA1))
    assert (came.held, came.weak) == ("", True)
    page = axis.theirs.browser().get(reverse("dispatch:incoming", args=[came.uuid])).text
    assert "Ký bằng SHA-1, thuật toán đã yếu" in page


def test_every_doubt_has_words_in_both_languages() -> None:
    for doubt in trusting.Doubt:
        assert doubt.text() != doubt.text("en")


def test_own_letters_between_our_offices_are_proven(axis: Axis) -> None:
    sent = axis.sent()
    jobs.run_all()
    came = axis.arrived(sent)
    assert (came.held, came.trusted, came.weak) == ("", True, False)
