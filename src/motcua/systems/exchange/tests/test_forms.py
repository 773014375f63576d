"""The officers' forms: what is offered, who may call it, how much, and what is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.people import APPROVER as APPROVING_OFFICER
from tests.people import CLERK

from motcua.core import clock
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.models import Event as LedgerEvent
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import bus, contracts, granting, offering, operating
from motcua.systems.exchange.models import (
    Group,
    Purpose,
    Quota,
    Right,
    Service,
    Subsystem,
    Version,
)
from motcua.systems.exchange.publishing import build, service_name
from motcua.systems.exchange.tests.conftest import (
    APPROVER,
    DOCUMENT,
    EDITOR,
    World,
    allow,
)

ROOM = "/lien-thong"
OFFER = {
    "title": "Nơi cư trú",
    "code": "cu-tru",
    "legal_basis": "Luật Cư trú điều 37",
    "base_url": "http://127.0.0.1:20002/cu-tru",
    "description": "Người này đang ở đâu",
    "personal": "true",
}


@pytest.fixture
def desk(exchange: World, client: Client) -> Client:
    with acting(SYSTEM):
        sign_in(client, APPROVING_OFFICER)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def offer_page(version: Version) -> str:
    return f"{ROOM}/dich-vu/{version.service.uuid}/"


def decided_by(approver: Actor, version: Version) -> Version:
    """Somebody else publishes what was proposed on the page."""
    with acting(SYSTEM):
        return contracts.decide(approver, version, approve=True)


# ---- services


def test_a_service_is_described_with_a_file_published_and_called(exchange: World, desk: Client) -> None:
    page = f"{ROOM}/he-thong/{exchange.register.uuid}/dich-vu-moi/"
    assert "Tệp mô tả OpenAPI" in text(desk.get(page))
    file = SimpleUploadedFile("api.yaml", DOCUMENT.encode())
    answer = desk.post(page, OFFER | {"document_file": file})
    version = Version.objects.get(service__code="cu-tru")
    assert (answer.status_code, answer["Location"]) == (303, offer_page(version))
    assert [one["path"] for one in version.endpoints] == [
        "/people/*",
        "/people/*/address",
        "/people/*/address",
    ]
    assert "Đề nghị công bố phiên bản 1" in text(desk.get(offer_page(version)))
    desk.post(offer_page(version), {"act": "propose", "which": version.pk})
    decided_by(APPROVER, version)
    version.refresh_from_db()
    assert version.state == "in_force"
    assert "Cấp quyền" in text(desk.get(offer_page(version)))


def test_a_document_with_a_fault_is_refused_at_its_line_and_kept_as_it_was_typed(
    exchange: World, desk: Client
) -> None:
    page = f"{ROOM}/he-thong/{exchange.register.uuid}/dich-vu-moi/"
    broken = "openapi: 3.0.3\ninfo: {title: Dân cư}\npaths:\n  /people:\n    get: {summary: thiếu}\n"
    answer = desk.post(page, OFFER | {"document_file": SimpleUploadedFile("api.yaml", broken.encode())})
    assert answer.status_code == 400
    assert "dòng 5: GET /people: thiếu responses" in text(answer)
    assert "/people:" in text(answer), "what the file said stands in the field"
    assert "Luật Cư trú điều 37" in text(answer)
    for wrong, said in (
        ("openapi: 3.0.3\n  info: {", "dòng 2: YAML viết sai"),
        ('{"openapi": "3.0.3",\n "info" 1}', "dòng 2: JSON viết sai"),
        ("openapi: 2.0.0\ninfo: {title: x}\n", "dòng 1: mục openapi"),
        ("openapi: 3.1.0\ninfo:\n  version: '1'\n", "dòng 2: thiếu info.title"),
        ("- a\n- b\n", "dòng 1: không phải"),
    ):
        assert said in text(desk.post(page, OFFER | {"document": wrong})), wrong
    not_text = SimpleUploadedFile("api.yaml", b"openapi: 3.0.3\ninfo: {title: D\xe2n c\xb6}\n")
    assert "UTF-8: sai ở dòng 2" in text(desk.post(page, OFFER | {"document_file": not_text}))
    assert not Service.objects.filter(code="cu-tru").exists()


def test_a_double_click_describes_one_service_and_another_one_under_its_code_is_refused(
    exchange: World, desk: Client
) -> None:
    page = f"{ROOM}/he-thong/{exchange.register.uuid}/dich-vu-moi/"
    sent = OFFER | {"document": DOCUMENT}
    assert [desk.post(page, sent).status_code for _ in range(2)] == [303, 303]
    assert Version.objects.filter(service__code="cu-tru").count() == 1
    other = desk.post(page, sent | {"title": "Khác hẳn"})
    assert other.status_code == 400
    assert "đã có dịch vụ cu-tru" in text(other)


def test_a_new_contract_is_written_as_one_draft_and_its_users_are_told(exchange: World, desk: Client) -> None:
    allow(exchange)
    page = f"{ROOM}/dich-vu/{exchange.people.service.uuid}/ban-thao/"
    assert "Phiên bản 2 của" in text(desk.get(page))
    sent = {"base_url": exchange.people.base_url, "document": DOCUMENT, "change": ""}
    empty = desk.post(page, sent)
    assert (empty.status_code, "Mục này không được để trống" in text(empty)) == (400, True)
    for change in ("Thêm nơi ở", "Thêm nơi ở cũ"):
        desk.post(page, sent | {"change": change})
    second = exchange.people.service.versions.get(number=2)
    assert "Thay đổi: Thêm nơi ở cũ" in text(desk.get(offer_page(second)))
    assert [one.code for one in second.rights.get().purposes.all()] == ["khai-sinh"]
    assert second.change == "Thêm nơi ở cũ", "one draft waits, written anew"
    desk.post(offer_page(second), {"act": "propose", "which": second.pk})
    decided_by(APPROVER, second)
    assert "Thêm nơi ở cũ" in text(desk.get(f"{ROOM}/danh-muc/{second.service.uuid}/"))
    system = text(desk.get(f"{ROOM}/he-thong/{exchange.onestop.uuid}/"))
    assert "Thêm nơi ở cũ" in system
    notice = exchange.onestop.notices.get()
    desk.post(f"{ROOM}/he-thong/{exchange.onestop.uuid}/", {"act": "read", "which": notice.pk})
    assert "Thêm nơi ở cũ" not in text(desk.get(f"{ROOM}/he-thong/{exchange.onestop.uuid}/"))


def test_an_end_is_announced_in_time_and_a_stop_tells_callers_why(exchange: World, desk: Client) -> None:
    allow(exchange)
    page, which = offer_page(exchange.people), exchange.people.pk
    soon = f"{clock.today() + dt.timedelta(days=5):%d/%m/%Y}"
    early = desk.post(
        page, {"act": "deprecate", "which": which, "withdraw_on": soon, "reason": "thay bản mới"}
    )
    assert early.status_code == 400
    assert "phải báo trước 90 ngày" in text(early)
    assert "thay bản mới" in text(early)
    assert "Ghi ngày dạng" in text(
        desk.post(page, {"act": "deprecate", "which": which, "withdraw_on": "mai", "reason": "x"})
    )
    later = f"{clock.today() + dt.timedelta(days=100):%d/%m/%Y}"
    desk.post(page, {"act": "deprecate", "which": which, "withdraw_on": later, "reason": "thay bản mới"})
    refused = desk.post(page, {"act": "withdraw", "which": which})
    assert "Còn 1 hệ thống đang dùng" in text(refused)
    assert desk.post(page, {"act": "stop", "which": which, "reason": " "}).status_code == 400
    desk.post(page, {"act": "stop", "which": which, "reason": "Bảo trì đến 18 giờ"})
    exchange.people.refresh_from_db()
    assert "Đang tạm không nhận lời gọi: Bảo trì đến 18 giờ" in text(desk.get(page))
    assert (exchange.people.state, exchange.people.stopped_for) == ("deprecated", "Bảo trì đến 18 giờ")
    desk.post(page, {"act": "go", "which": which})
    exchange.people.refresh_from_db()
    assert exchange.people.stopped_for == ""


# ---- rights, quotas, purposes, groups


def test_a_group_is_let_call_one_endpoint_for_a_purpose_until_a_day(exchange: World, desk: Client) -> None:
    desk.post(
        f"{ROOM}/nhom/", {"code": "mot-cua", "name": "Các một cửa", "systems": [str(exchange.onestop.pk)]}
    )
    group = Group.objects.get(code="mot-cua")
    page = f"{ROOM}/dich-vu/{exchange.people.service.uuid}/1/cap-quyen/"
    assert "Nhóm: Các một cửa" in text(desk.get(page))
    sent: dict[str, Any] = {
        "who": f"g{group.pk}",
        "endpoints": ["GET /people/*/address"],
        "until": "31/12/2099",
    }
    wrong = desk.post(page, sent | {"legal_basis": "Luật Hộ tịch điều 16"})
    assert (wrong.status_code, "Chọn ít nhất một mục đích" in text(wrong)) == (400, True)
    assert "Luật Hộ tịch điều 16" in text(wrong)
    assert 'value="GET /people/*/address" checked' in text(wrong)
    for _ in range(2):
        desk.post(page, sent | {"legal_basis": "Luật Hộ tịch điều 16", "purposes": ["khai-sinh"]})
    right = Right.objects.get(withdrawn_at=None)
    assert (right.group, right.method, right.path) == (group, "GET", "/people/*/address")
    assert right.until == dt.date(2099, 12, 31)
    service = text(desk.get(offer_page(exchange.people)))
    assert "Nhóm: Các một cửa" in service
    withdrawn = {"act": "withdraw-right", "which": right.pk}
    assert desk.post(offer_page(exchange.people), withdrawn).status_code == 400
    desk.post(offer_page(exchange.people), withdrawn | {"reason": "hết dự án"})
    right.refresh_from_db()
    assert right.withdrawn_reason == "hết dự án"


def test_a_quota_shows_what_was_used_and_what_is_left(exchange: World, desk: Client) -> None:
    allow(exchange)
    page = f"{ROOM}/dich-vu/{exchange.people.service.uuid}/1/han-muc/"
    wrong = desk.post(page, {"client": "", "per_day": "nhiều", "per_minute": "60"})
    assert (wrong.status_code, "Ghi số nguyên" in text(wrong), 'value="60"' in text(wrong)) == (
        400,
        True,
        True,
    )
    desk.post(
        page, {"client": str(exchange.onestop.pk), "per_day": "1.000", "per_minute": "60", "at_once": ""}
    )
    quota = Quota.objects.get()
    assert (quota.per_day, quota.per_minute, quota.at_once) == (1000, 60, 0)
    with acting(SYSTEM):
        operating.take_in(
            exchange.province_gateway,
            [
                {
                    "side": "provider",
                    "query_id": f"m{number}",
                    "client": "VN/GOV/H55.237/mot-cua",
                    "service": service_name(exchange.people),
                    "request_in": clock.now().timestamp(),
                    "status": 200,
                    "fault": fault,
                }
                for number, fault in enumerate(["", "", "", "Server.ServerProxy.QuotaExceeded"])
            ],
        )
    shown = text(desk.get(offer_page(exchange.people)))
    assert "1.000 lần một ngày" in shown
    assert "997" in shown, "three of a thousand were used; the refused call was not one of them"
    assert build(1, clock.now()).quotas[0].per_day == 1000


def test_a_general_quota_is_for_those_who_run_the_exchange(exchange: World, desk: Client) -> None:
    desk.post(f"{ROOM}/han-muc/", {"client": "", "per_minute": "600"})
    assert Quota.objects.get(client=None, version=None).per_minute == 600
    assert "600 lần một phút" in text(desk.get(f"{ROOM}/han-muc/"))
    desk.post(f"{ROOM}/han-muc/", {"client": "", "per_minute": "300"})
    assert Quota.objects.get().per_minute == 300


def test_a_purpose_is_written_and_changed_under_its_code(exchange: World, desk: Client) -> None:
    wrong = desk.post(f"{ROOM}/muc-dich/", {"code": "có dấu", "name": "Cấp thẻ", "legal_basis": "Luật"})
    assert (wrong.status_code, "Cấp thẻ" in text(wrong)) == (400, True)
    for name in ("Cấp thẻ bảo hiểm", "Cấp thẻ bảo hiểm y tế"):
        desk.post(f"{ROOM}/muc-dich/", {"code": "the", "name": name, "legal_basis": "Luật BHYT điều 12"})
    assert Purpose.objects.get(code="the").name == "Cấp thẻ bảo hiểm y tế"
    assert 'value="Cấp thẻ bảo hiểm y tế"' in text(desk.get(f"{ROOM}/muc-dich/?ma=the"))
    none = desk.post(f"{ROOM}/nhom/", {"code": "trong", "name": "Nhóm trống"})
    assert (none.status_code, "Nhóm trống" in text(none)) == (400, True)


# ---- systems


def test_a_system_is_added_once_with_its_fault_at_its_field(exchange: World, desk: Client) -> None:
    page = f"{ROOM}/thanh-vien/{exchange.ward.uuid}/he-thong-moi/"
    sent = {"name": "Thuế phường", "code": "thue", "gateway": "gw-H55.237", "access": "network"}
    wrong = desk.post(page, sent | {"client_networks": "10.1.0.0/99"})
    assert (wrong.status_code, "10.1.0.0/99" in text(wrong), "Thuế phường" in text(wrong)) == (
        400,
        True,
        True,
    )
    right = sent | {"client_networks": "10.1.0.0/16, 10.2.0.0/16"}
    assert [desk.post(page, right).status_code for _ in range(2)] == [303, 303]
    system = Subsystem.objects.get(code="thue")
    assert system.client_networks == ["10.1.0.0/16", "10.2.0.0/16"]
    change = f"{ROOM}/he-thong/{system.uuid}/sua/"
    assert "10.1.0.0/16, 10.2.0.0/16" in text(desk.get(change))
    pem = exchange.ward.certificates.order_by("id")[0].pem
    other = exchange.province.certificates.order_by("id")[0].pem
    both = {"access": "certificate", "client_certificates": f"{pem}\n{other}", "active": "true"}
    assert desk.post(change, sent | both | {"client_certificates": "-----BEGIN"}).status_code == 400
    for _ in range(2):
        assert desk.post(change, sent | both | {"client_networks": ""}).status_code == 303
    system.refresh_from_db()
    assert (len(system.client_certificates), system.client_networks, system.active) == (2, [], True)
    assert LedgerEvent.objects.filter(kind="exchange.subsystem_changed").count() == 1
    desk.post(change, sent | {"access": "open"})
    system.refresh_from_db()
    assert not system.active
    assert "đang tạm ngừng" in text(desk.get(f"{ROOM}/he-thong/{system.uuid}/"))
    key = text(desk.post(f"{ROOM}/he-thong/{system.uuid}/", {"act": "key"}))
    assert "chỉ hiện lần này" in key
    assert "chỉ hiện lần này" not in text(desk.get(f"{ROOM}/he-thong/{system.uuid}/"))


def test_a_stolen_key_s_certificate_is_revoked_with_a_reason(exchange: World, desk: Client) -> None:
    page = f"{ROOM}/thanh-vien/{exchange.ward.uuid}/"
    first, second = exchange.ward.certificates.order_by("id")
    assert first.fingerprint[:16] in text(desk.get(page))
    assert "Chọn chứng thư." in text(desk.post(page, {"act": "revoke", "which": "", "reason": "mất máy"}))
    empty = desk.post(page, {"act": "revoke", "which": first.pk, "reason": ""})
    assert (empty.status_code, text(empty).count("Mục này không được để trống")) == (400, 2), "summary, field"
    other = exchange.province.certificates.order_by("id")[0]
    assert desk.post(page, {"act": "revoke", "which": other.pk, "reason": "x"}).status_code == 404
    for _ in range(2):
        assert desk.post(page, {"act": "revoke", "which": first.pk, "reason": "mất máy"}).status_code == 303
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.revoked_reason, second.revoked_at) == ("mất máy", None)
    assert first.fingerprint in build(1, clock.now()).trust.revoked


def test_a_member_is_suspended_with_a_reason_and_takes_part_again(exchange: World, desk: Client) -> None:
    page = f"{ROOM}/thanh-vien/{exchange.ward.uuid}/"
    empty = desk.post(page, {"act": "suspend", "reason": " "})
    assert (empty.status_code, text(empty).count("Mục này không được để trống")) == (400, 2)
    for _ in range(2):
        assert desk.post(page, {"act": "suspend", "reason": "máy bị lộ"}).status_code == 303
    assert "máy bị lộ" in text(desk.get(page))
    assert "Cho tham gia lại" in text(desk.get(page))
    assert desk.post(page, {"act": "resume", "reason": "đã thay khóa"}).status_code == 303
    exchange.ward.refresh_from_db()
    assert exchange.ward.state == "approved"


# ---- who may not


PAGES = (
    "he-thong/{register}/",
    "he-thong/{register}/sua/",
    "he-thong/{register}/dich-vu-moi/",
    "he-thong/{register}/chu-de-moi/",
    "thanh-vien/{ward}/he-thong-moi/",
    "dich-vu/{people}/",
    "dich-vu/{people}/ban-thao/",
    "dich-vu/{people}/1/cap-quyen/",
    "dich-vu/{people}/1/han-muc/",
    "muc-dich/",
    "nhom/",
    "han-muc/",
    "tin-bao/t/",
    "tin-bao/t/sua/",
    "tin-bao/t/xin-nhan/",
)


def addresses(exchange: World) -> list[str]:
    names = {
        "register": exchange.register.uuid,
        "ward": exchange.ward.uuid,
        "people": exchange.people.service.uuid,
    }
    return [f"{ROOM}/" + page.format(**names) for page in PAGES]


def test_every_form_opens_in_both_languages_and_none_for_a_clerk(exchange: World, desk: Client) -> None:
    bus.declare_topic(
        EDITOR, exchange.register, code="t", title="T", legal_basis="x", schema={"type": "object"}
    )
    allow(exchange)
    offering.set_quota(EDITOR, client=exchange.onestop, version=exchange.people, per_day=5)
    granting.request_access(EDITOR, exchange.people, exchange.register, purposes=["khai-sinh"], why="thử")
    for address in addresses(exchange):
        for lang in ("vi", "en"):
            answer = desk.get(f"{address}?lang={lang}")
            assert (answer.status_code, f'lang="{lang}"' in text(answer)) == (200, True), address
    clerk = Client()
    with acting(SYSTEM):
        sign_in(clerk, CLERK)
    for address in addresses(exchange):
        assert clerk.get(address).status_code in (403, 404), address


def test_a_number_of_another_service_moves_nothing(exchange: World, desk: Client) -> None:
    other = offering.offer(
        EDITOR, exchange.onestop, code="khac", title="Khác", legal_basis="x", base_url="http://127.0.0.1:1"
    )
    for which in (other.pk, "x", "9" * 30, ""):
        sent = {"act": "publish", "which": which}
        assert desk.post(offer_page(exchange.people), sent).status_code == 404, which
    other.refresh_from_db()
    assert other.state == "draft"
    assert APPROVER.has("service_approver")
