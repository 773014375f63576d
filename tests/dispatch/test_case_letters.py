"""A case's officer asks another agency; the answer comes back to the case."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from motcua.core import jobs
from motcua.core.cases import queries as cases
from motcua.core.cases.models import Case
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.dispatch.actions import admitting, connecting, drafting, receiving, sending, signing
from motcua.systems.dispatch.actions.drafting import Draft
from motcua.systems.dispatch.jobs import poll_one
from motcua.systems.dispatch.models import Form, Incoming, Outgoing
from motcua.systems.dispatch.tests.conftest import Office
from motcua.systems.onestop.tests.conftest import Desk, birth, friday, office, work

__all__ = ["birth", "friday", "office"]


def test_a_letter_about_a_case_goes_out_and_its_answer_stands_on_the_timeline(
    office: Desk, birth: Case
) -> None:
    ours, theirs = Office(office.committee), Office(office.neighbour)
    with acting(SYSTEM):
        pairs = [(each.agency.code, each.agency.name) for each in (ours, theirs)]
        _, secret = admitting.admit(SYSTEM, "hai-phuong", "Hai phường", pairs)
        axis = connecting.connect(
            SYSTEM,
            "Trục",
            Form.LOCAL,
            system_id="hai-phuong",
            secret=secret,
            organ_ids=[code for code, _ in pairs],
        )
    work()
    registrar = office.registrar
    page = reverse("onestop:case", args=[birth.uuid])
    assert "Soạn văn bản gửi cơ quan khác" in registrar.get(page).text
    write = reverse("dispatch:write_for_case", args=[birth.uuid])
    assert birth.number in registrar.get(write).text
    assert office.stranger.get(write).status_code == 404
    typed = {
        "type_code": "CV", "subject": f"V/v xác minh hồ sơ {birth.number}", "body": "Kính đề nghị xác minh.",
        "to": [theirs.agency.code], "leader": str(ours.chair.officer_id), "do": "submit", "case_waits": "true",
    }  # fmt: skip
    assert registrar.post(write, typed).status_code == 303
    with acting(SYSTEM):
        letter = Outgoing.objects.get()
        assert letter.case_id == birth.pk
        assert letter.due == dt.date(2026, 11, 26), "three working days, and the 24th is a holiday"
        sending.send(ours.clerk, signing.sign(ours.chair, letter.uuid).uuid)
        jobs.run_all()
    assert "hồ sơ đang chờ trả lời" in registrar.get(page).text
    with acting(SYSTEM):
        poll_one(axis.pk)
        letter.refresh_from_db()
        came = Incoming.objects.get(agency_id=theirs.agency.pk)
        assert came.case_id is None
        receiving.enter(theirs.clerk, came.uuid)
        reply = drafting.draft(
            theirs.clerk,
            theirs.agency.pk,
            Draft(
                "CV", "V/v trả lời", "Đúng.", [(ours.agency.code, ours.agency.name)],
                leader_id=theirs.chair.officer_id, answers=came,
            ),
        )  # fmt: skip
        drafting.submit(theirs.clerk, reply.uuid)
        sending.send(theirs.clerk, signing.sign(theirs.chair, reply.uuid).uuid)
        jobs.run_all()
        poll_one(axis.pk)
        assert Incoming.objects.get(agency_id=ours.agency.pk).case_id == birth.pk
        told = [each.text for each in cases.timeline(cases.case_for_officer(ours.clerk, birth.uuid))]
    assert "Gửi văn bản hỏi cơ quan khác" in told
    assert "Cơ quan khác trả lời văn bản" in told
    shown = registrar.get(page).text
    assert letter.sign in shown
    assert "V/v trả lời" in shown
    assert "hồ sơ đang chờ trả lời" not in shown


def test_the_officer_goes_on_without_an_answer_on_the_letter_s_page(office: Desk, birth: Case) -> None:
    ours, theirs = Office(office.committee), Office(office.neighbour)
    work()
    with acting(SYSTEM):
        given = Draft(
            "CV", "V/v hỏi", "Kính đề nghị.", [(theirs.agency.code, theirs.agency.name)],
            leader_id=ours.chair.officer_id, case_id=birth.pk, case_number=birth.number, case_waits=True,
        )  # fmt: skip
        letter = drafting.draft(ours.clerk, ours.agency.pk, given)
        drafting.submit(ours.clerk, letter.uuid)
        sending.send(ours.clerk, signing.sign(ours.chair, letter.uuid).uuid)
    page = reverse("dispatch:outgoing", args=[letter.uuid])
    registrar = office.registrar
    assert "Hồ sơ đang chờ trả lời" in registrar.get(page).text
    assert registrar.post(page, {"do": "go_on_without", "reason": ""}).status_code == 400
    assert registrar.post(page, {"do": "go_on_without", "reason": "Đã gọi điện hỏi"}).status_code == 303
    shown = registrar.get(page).text
    assert "Hồ sơ đang chờ trả lời" not in shown
    assert "Giải quyết hồ sơ tiếp, không chờ trả lời" not in shown
    with acting(SYSTEM):
        seen = cases.case_for_officer(ours.clerk, birth.uuid)
    assert seen.awaited == ()
    assert "Giải quyết tiếp, không chờ văn bản trả lời" in [each.text for each in cases.timeline(seen)]


def test_a_letter_returned_recalled_or_replaced_is_seen_in_its_case(office: Desk, birth: Case) -> None:
    ours, theirs = Office(office.committee), Office(office.neighbour)
    registrar, page = office.registrar, reverse("onestop:case", args=[birth.uuid])

    def letter(subject: str, **more: object) -> Outgoing:
        given = Draft(
            "CV", subject, "Kính đề nghị.", [(theirs.agency.code, theirs.agency.name)],
            leader_id=ours.chair.officer_id, case_id=birth.pk, case_number=birth.number, **more,  # type: ignore[arg-type]
        )  # fmt: skip
        made = drafting.draft(ours.clerk, ours.agency.pk, given)
        drafting.submit(ours.clerk, made.uuid)
        sending.send(ours.clerk, signing.sign(ours.chair, made.uuid).uuid)
        jobs.run_all()
        poll_one(axis.pk)
        made.refresh_from_db()
        return made

    def came(sent: Outgoing) -> Incoming:
        return Incoming.objects.get(agency_id=theirs.agency.pk, edxml_id=sent.edxml_id)

    def answered() -> None:
        jobs.run_all()
        poll_one(axis.pk)

    with acting(SYSTEM):
        pairs = [(each.agency.code, each.agency.name) for each in (ours, theirs)]
        _, secret = admitting.admit(SYSTEM, "hai-phuong", "Hai phường", pairs)
        axis = connecting.connect(
            SYSTEM,
            "Trục",
            Form.LOCAL,
            system_id="hai-phuong",
            secret=secret,
            organ_ids=[code for code, _ in pairs],
        )
        work()
        receiving.refuse(theirs.clerk, came(letter("V/v gửi nhầm")).uuid, "Không thuộc thẩm quyền")
        answered()
        recalled = letter("V/v xác minh sai số liệu")
        sending.recall(ours.clerk, recalled.uuid, "Sai số liệu")
        answered()
        receiving.answer_recall(theirs.clerk, came(recalled).uuid, True)
        answered()
        old = letter("V/v xác minh lần đầu")
        letter("V/v xác minh, bản đúng", concerns=old, business="3")
        told = [each.text for each in cases.timeline(cases.case_for_officer(ours.clerk, birth.uuid))]
    for words in ("Cơ quan khác trả lại văn bản", "Đã thu hồi văn bản đã gửi", "Thay thế văn bản đã gửi"):
        assert words in told
    shown = registrar.get(page).text
    for words in (
        "Từ chối nhận: Không thuộc thẩm quyền",
        "Đã thu hồi",
        "Đã được thay thế",
        "V/v xác minh, bản đúng",
    ):
        assert words in shown
