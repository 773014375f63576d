"""The axis as a server in its three forms, and what it answers to bad input."""

from __future__ import annotations

import io
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from motcua.core import clock, jobs
from motcua.core.documents import store
from motcua.core.errors import UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.outbound import wire
from motcua.engines import edxml
from motcua.engines.edxml.samples import document, signer
from motcua.engines.edxml.tests.test_packages import ENVELOPE, PDF, package
from motcua.systems.dispatch.actions import admitting, arriving, connecting
from motcua.systems.dispatch.axis import authentication, clients, exchange
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.jobs import poll_one
from motcua.systems.dispatch.models import (
    AxisAgency,
    AxisDelivery,
    AxisMember,
    AxisMessage,
    Fault,
    Form,
    Incoming,
)
from motcua.systems.dispatch.tests.conftest import Axis

ROOT = "/van-ban/truc"


def letter_to(axis: Axis, number: str = "15", **header: object) -> edxml.Document:
    """A letter of a third system's agency, G15, to our neighbour."""
    base = document()
    organ = edxml.Organ("G15", "", "Bộ Tư pháp")
    to = edxml.Organ(axis.theirs.agency.code, "", axis.theirs.agency.name)
    told = {
        "sender": organ, "receivers": (to,), "document_id": f"G15,2026/11/20,{number}/BTP",
        "code": edxml.Code(number, "BTP"),
    }  # fmt: skip
    return replace(base, header=replace(base.header, **(told | header)))  # type: ignore[arg-type]


@pytest.fixture
def ministry(axis: Axis) -> tuple[str, str]:
    """A ministry's system on the axis: its id and secret."""
    admitting.admit(SYSTEM, "btp", "Bộ Tư pháp", [("G15", "Bộ Tư pháp")])
    member = AxisMember.objects.get(system_id="btp")
    return "btp", member.secret


def vxp(
    client: Client, path: str, who: tuple[str, str], told: dict[str, str], body: bytes = b""
) -> dict[str, Any]:
    signed = authentication.signed_headers(*who, told, body, clock.now())
    answer = client.post(f"{ROOT}{path}", body, content_type="application/octet-stream", headers=signed)
    found: dict[str, Any] = answer.json()
    return found


def test_a_document_goes_through_the_axis_in_vxps_form(
    axis: Axis, ministry: tuple[str, str], client: Client
) -> None:
    content = edxml.write(letter_to(axis), signer("Bộ Tư pháp", "G15"))
    sent = vxp(client, "/sendEdoc", ministry, {"serviceType": "eDoc"}, content)
    assert sent["ErrorCode"] == "0"
    hub = ("motcua-test", axis.secret)
    listed = vxp(client, "/getReceivedEdocList", hub, {"messageType": "edoc"})
    (row,) = listed["data"]
    assert (row["docId"], row["from"], row["status"]) == (sent["DocId"], "G15", "INITIAL")
    fetched = vxp(client, "/getEdoc", hub, {"docId": row["docId"]})
    assert b64decode(str(fetched["data"])) == content
    assert vxp(client, "/updateStatus", hub, {"docId": row["docId"], "status": "DONE"})["ErrorCode"] == "0"
    assert vxp(client, "/getReceivedEdocList", hub, {"messageType": "edoc"})["data"] == []
    (own,) = vxp(client, "/getSentEdocList", ministry, {"messageType": "edoc"})["data"]
    assert own["status"] == "DONE"
    agencies = vxp(client, "/getAgenciesList", ministry, {})["data"]
    assert len(agencies) == 3


def test_agencies_are_entered_and_removed_by_their_own_system_only(
    axis: Axis, ministry: tuple[str, str], client: Client
) -> None:
    assert (
        vxp(client, "/registerAgency", ministry, {"organId": "G15.01", "organName": "Vu"})["ErrorCode"] == "0"
    )
    stolen = vxp(client, "/registerAgency", ministry, {"organId": axis.ours.agency.code, "organName": "x"})
    assert stolen["ErrorCode"] == "21"
    assert vxp(client, "/deleteAgency", ministry, {"organId": "G15.01"})["ErrorCode"] == "0"
    assert vxp(client, "/deleteAgency", ministry, {"organId": axis.ours.agency.code})["ErrorCode"] == "19"


def test_wrong_secrets_old_stamps_and_changed_bodies_are_refused(
    axis: Axis, ministry: tuple[str, str], client: Client
) -> None:
    assert vxp(client, "/getAgenciesList", ("btp", "khac"), {})["ErrorCode"] == "15"
    assert vxp(client, "/getAgenciesList", ("ai-do", ministry[1]), {})["ErrorCode"] == "15"
    old = clock.now() - authentication.SKEW * 2
    headers = authentication.signed_headers(*ministry, {}, b"", old)
    assert (
        client.post(f"{ROOT}/getAgenciesList", b"", content_type="text/plain", headers=headers).json()[
            "ErrorCode"
        ]
        == "15"
    )
    headers = authentication.signed_headers(*ministry, {}, b"mot", clock.now())
    changed = client.post(
        f"{ROOT}/sendEdoc", b"hai", content_type="application/octet-stream", headers=headers
    )
    assert changed.json()["ErrorCode"] == "10"


def test_the_form_with_a_log_in_and_the_one_of_wso2_answer_alike(
    axis: Axis, ministry: tuple[str, str], client: Client
) -> None:
    told = {"systemId": "motcua-test", "secretKey": axis.secret}
    token = client.post(f"{ROOT}/v1/auth/login", told, content_type="application/json").json()["token"]
    basic = b64encode(":".join(ministry).encode()).decode()
    bearer = client.post(f"{ROOT}/token", headers={"Authorization": f"Basic {basic}"}).json()["access_token"]
    content = edxml.write(letter_to(axis))
    made = client.post(
        f"{ROOT}/truclienthong/v1.0.0/vanbans", content, content_type="application/xml",
        headers={"Authorization": f"Bearer {bearer}"},
    ).json()  # fmt: skip
    own = {"Authorization": f"Bearer {token}"}
    (row,) = client.get(f"{ROOT}/v1/syncReceivedEdocList", {"messageType": "edoc"}, headers=own).json()[
        "data"
    ]
    assert row["docId"] == made["DocId"]
    fetched = client.get(f"{ROOT}/v1/getEdoc", {"docId": row["docId"]}, headers=own).json()
    assert b64decode(fetched["data"]) == content
    noted = client.put(
        f"{ROOT}/truclienthong/v1.0.0/vanbans/{row['docId']}?status=FAIL&desc=x",
        headers={"Authorization": f"Bearer {bearer}"},
    )
    assert noted.json()["ErrorCode"] == "21"
    assert client.get(f"{ROOT}/v1/getAgenciesList").json()["ErrorCode"] == "15"


def test_sent_again_it_is_answered_as_before_and_with_other_content_refused(
    axis: Axis, ministry: tuple[str, str]
) -> None:
    member = AxisMember.objects.get(system_id="btp")
    content = edxml.write(letter_to(axis))
    first = exchange.accept(member, content)
    assert exchange.accept(member, content) == first
    assert AxisDelivery.objects.count() == 1
    with pytest.raises(AxisError) as refused:
        exchange.accept(member, edxml.write(letter_to(axis, subject="Nội dung khác")))
    assert refused.value.code is Code.PROCESSING_FAULT
    assert AxisMessage.objects.count() == 1


def bomb() -> str:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"0" * 30_000_000)
    return b64encode(box.getvalue()).decode()


BAD: dict[str, tuple[Callable[[Axis], bytes], int]] = {
    "broken": (lambda axis: b"<edXML><a>", 22),
    "not xml": (lambda axis: b"xin chao", 22),
    "entities": (lambda axis: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 22),
    "no header": (lambda axis: b"<edXML/>", 22),
    "bomb": (
        lambda axis: edxml.write(
            replace(letter_to(axis), attachments=(replace(document().attachments[0], encoded=bomb()),))
        ),
        10,
    ),
    "unknown receiver": (
        lambda axis: edxml.write(letter_to(axis, receivers=(edxml.Organ("H99.1", "", "x"),))),
        18,
    ),
    "unregistered sender": (
        lambda axis: edxml.write(letter_to(axis, sender=edxml.Organ("G01", "", "x"))),
        19,
    ),
    "a stranger's signature": (lambda axis: edxml.write(letter_to(axis), signer("Công ty X", "X01")), 21),
    "changed after signing": (
        lambda axis: edxml.write(letter_to(axis), signer("Bộ Tư pháp", "G15")).replace(
            "xác minh".encode(), b"khac"
        ),
        21,
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_answered_with_the_axiss_code(
    axis: Axis, ministry: tuple[str, str], client: Client, name: str
) -> None:
    make, code = BAD[name]
    answer = vxp(client, "/sendEdoc", ministry, {}, make(axis))
    assert answer["ErrorCode"] == str(code)
    assert AxisMessage.objects.count() == 0


def test_a_package_of_the_older_form_goes_through_the_axis(
    axis: Axis, ministry: tuple[str, str], client: Client
) -> None:
    envelope = ENVELOPE.replace("<edXML:OrganId>H55.03<", f"<edXML:OrganId>{axis.theirs.agency.code}<")
    envelope = envelope.replace('edXML:type="edXMLString">H55.237', ">G15", 1).replace("edXMLString", "")
    content = package(envelope)
    headers, _, body = content.partition(b"\r\n\r\n")
    kind = headers.partition(b"Content-Type: ")[2].decode()
    told = {"X-SystemId": ministry[0], "X-SecretKey": ministry[1]}
    sent = client.post(f"{ROOT}/v1/sendEdoc", body, content_type=kind, headers=told).json()
    assert sent["ErrorCode"] == "0"
    poll_one(axis.connection.pk)
    came = Incoming.objects.get()
    assert (came.sender_id, came.held) == ("G15", "unsigned")
    assert store.get(str(came.files[0]["digest"])) == PDF


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/getEdoc", {"docId": "rác"}),
        ("/getEdoc", {"docId": "00000000-0000-7000-8000-000000000000"}),
        ("/getReceivedEdocList", {"messageType": "thư"}),
        ("/getSentEdocList", {"fromDate": "31/02/2026"}),
        ("/updateStatus", {"docId": "x", "status": "HELD"}),
        ("/registerAgency", {"organId": "không phải mã", "organName": "x"}),
        ("/deleteAgency", {"organId": "H99.9"}),
    ],
)
def test_a_member_that_asks_nonsense_is_told_what_is_wrong(
    axis: Axis, ministry: tuple[str, str], client: Client, path: str, told: dict[str, str]
) -> None:
    sent = {name: quote(value) for name, value in told.items()}
    answer = vxp(client, path, ministry, sent)
    assert answer["ErrorCode"] in ("19", "21"), "its fault, and not the axis's"
    assert ":" in answer["ErrorDesc"]


def test_a_locked_receiver_is_told_with_its_code(
    axis: Axis, ministry: tuple[str, str], client: Client
) -> None:
    AxisAgency.objects.filter(organ_id=axis.theirs.agency.code).update(locked_at=clock.now())
    assert vxp(client, "/sendEdoc", ministry, {}, edxml.write(letter_to(axis)))["ErrorCode"] == "23"


def test_what_another_axis_let_through_becomes_work_for_a_person(axis: Axis) -> None:
    wrong = {
        10: edxml.write(
            replace(letter_to(axis), attachments=(replace(document().attachments[0], encoded=bomb()),))
        ),
        18: edxml.write(letter_to(axis, receivers=(edxml.Organ("H99.1", "", "Nơi khác"),))),
        22: b"<edXML>",
    }
    for code, content in wrong.items():
        with pytest.raises(UserError):
            arriving.take_document(content, axis.connection, f"doc-{code}")
        fault = Fault.objects.get(key=f"receive/{axis.connection.pk}/doc-{code}")
        assert fault.axis_code == code
        assert fault.what
    assert Incoming.objects.count() == 0


def test_the_same_id_with_other_content_never_overwrites_what_came(axis: Axis) -> None:
    (came,) = arriving.take_document(edxml.write(letter_to(axis)), axis.connection, "mot")
    with pytest.raises(UserError):
        arriving.take_document(edxml.write(letter_to(axis, subject="Khác hẳn")), axis.connection, "hai")
    came.refresh_from_db()
    assert came.subject == letter_to(axis).header.subject


def test_a_bad_file_in_the_queue_does_not_stop_those_behind_it(axis: Axis, ministry: tuple[str, str]) -> None:
    member = AxisMember.objects.get(system_id="btp")
    first = exchange.accept(member, edxml.write(letter_to(axis, "1")))
    exchange.accept(member, edxml.write(letter_to(axis, "2")))
    AxisMessage.objects.filter(pk=first.pk).update(digest=store.put(b"<edXML>"))
    poll_one(axis.connection.pk)
    assert [each.code for each in Incoming.objects.all()] == ["2/BTP"]
    assert AxisDelivery.objects.get(message=first).state == "FAIL"
    assert Fault.objects.get(kind="receive").axis_code == 22


def test_an_axis_that_does_not_answer_is_told_to_a_person_at_the_third_time(axis: Axis) -> None:
    away = connecting.connect(
        SYSTEM,
        "Trục xa",
        Form.SESSION,
        system_id="a",
        secret="b",
        organ_ids=["H55.1"],
        endpoint="http://127.0.0.1:9",
        networks=["127.0.0.0/8"],
    )
    for _ in range(3):
        assert not Fault.objects.filter(kind="axis").exists()
        poll_one(away.pk)
    away.refresh_from_db()
    assert away.failures == 3
    assert away.last_fault != "b"
    assert Fault.objects.get(kind="axis").connection == away


@pytest.mark.parametrize("form", [Form.VXP, Form.SESSION, Form.WSO2])
def test_each_form_of_the_client_speaks_to_the_server(
    axis: Axis, ministry: tuple[str, str], client: Client, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "send", site_of(client))
    clients._tokens.clear()
    other = connecting.connect(
        SYSTEM, "Trục", form, system_id=ministry[0], secret=ministry[1], organ_ids=["G15"],
        endpoint=f"https://axis.example.gov.vn{ROOT}",
    )  # fmt: skip
    theirs = clients.axis_of(other)
    doc_id = theirs.send(edxml.write(letter_to(axis)))
    assert doc_id == str(AxisMessage.objects.get().uuid)
    with pytest.raises(AxisError) as refused:
        theirs.send(edxml.write(letter_to(axis, "16", receivers=(edxml.Organ("H99.1"),))))
    assert refused.value.code is Code.RECEIVER_UNKNOWN
    ours = connecting.connect(
        SYSTEM, "Trục khác", form, system_id="motcua-test", secret=axis.secret, organ_ids=[axis.theirs.agency.code],
        endpoint=f"https://axis.example.gov.vn{ROOT}",
    )  # fmt: skip
    poll_one(ours.pk)
    assert Incoming.objects.get().code == "15/BTP"
    assert AxisDelivery.objects.get().state == "DONE"
    jobs.run_all()
    assert AxisMessage.objects.filter(message_type="status").count() == 1
    assert {row["id"] for row in theirs.agencies()} >= {"G15"}
    told = [(row["docId"], row["status"]) for row in theirs.sent(clock.today())]
    assert told == ([] if form is Form.WSO2 else [(doc_id, "DONE")])


def site_of(client: Client) -> Callable[..., wire.Reply]:
    """The wire of the careful client over Django's: every byte goes through the site's middleware and views."""

    def send(_: object, request: wire.Request, url: str, deadline: float) -> wire.Reply:
        headers = {
            name: value for name, value in request.headers.items() if name not in ("Host", "Content-Type")
        }
        kind = request.headers.get("Content-Type", "application/octet-stream")
        path = url.removeprefix("https://axis.example.gov.vn")
        answer = client.generic(request.method, path, request.body, content_type=kind, headers=headers)
        return wire.Reply(answer.status_code, {}, answer.content)

    return send


@pytest.fixture(autouse=True)
def as_system(axis: Axis) -> Iterator[None]:
    with acting(SYSTEM):
        yield


def test_the_doors_of_the_axis_are_where_its_clients_look() -> None:
    assert reverse("dispatch:vxp_send") == f"{ROOT}/sendEdoc"
