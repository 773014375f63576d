"""Applications come in from another portal, signed, once, and the portal is told how they go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from motcua.core import jobs
from motcua.core.cases.actions import endings
from motcua.core.cases.models import Case
from motcua.core.errors import Unavailable
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.registers.data import demo_people
from motcua.systems.intake.contrib import national_portal as portal
from motcua.systems.intake.models import Partner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_system(db: None) -> Iterator[None]:
    for name in ("national_portal.jsonl", "national_portal.down", "population.json"):
        (Path(settings.MOTCUA_HOME) / "sandbox" / name).unlink(missing_ok=True)
    with acting(SYSTEM):
        portal.register()
        yield


def application(external_id: str = "G22-1", **more: Any) -> dict[str, Any]:
    khanh = demo_people()["people"]["khanh"]
    return {
        "external_id": external_id,
        "service": "2.000635",
        "applicant": {
            "name": khanh["name"],
            "number": khanh["number"],
            "born": str(khanh["born"]),
            "phone": "0912345678",
            "level": 2,
        },
        "answers": {"whose": "mine", "copies": 2},
        **more,
    }


def post(client: Client, given: dict[str, Any]) -> Any:
    body, headers = portal.signed(given)
    return client.post(portal.PATH, body, headers.pop("Content-Type"), headers=headers)


def test_a_signed_application_becomes_a_case_with_a_number(client: Client) -> None:
    answer = post(client, application())
    assert answer.status_code == 201, answer.content
    made = Case.objects.get(number=answer.json()["number"])
    assert (made.channel, made.assisted) == ("api", False)


def test_the_same_external_id_again_gives_the_same_case(client: Client) -> None:
    first, second = post(client, application()), post(client, application())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["number"] == second.json()["number"]
    assert Case.objects.filter(channel="api").count() == 1


def test_a_request_sent_twice_to_the_letter_is_refused(client: Client) -> None:
    body, headers = portal.signed(application())
    sent = {name: value for name, value in headers.items() if name != "Content-Type"}
    assert client.post(portal.PATH, body, "application/json", headers=sent).status_code == 201
    assert client.post(portal.PATH, body, "application/json", headers=sent).status_code == 409


@pytest.mark.parametrize("damage", ["body", "missing", "stranger"])
def test_what_is_not_genuine_is_refused(client: Client, damage: str) -> None:
    body, headers = portal.signed(application())
    sent = {name: value for name, value in headers.items() if name != "Content-Type"}
    if damage == "body":
        body = body.replace(b"G22-1", b"G22-2")
    elif damage == "missing":
        sent = {}
    else:
        Partner.objects.update(active=False)
    answer = client.post(portal.PATH, body, "application/json", headers=sent)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert not Case.objects.filter(channel="api").exists()


def test_wrong_answers_are_named_one_by_one(client: Client) -> None:
    answer = post(client, application(answers={"whose": "mine", "copies": -5}))
    assert answer.status_code == 422
    assert answer.json()["mistakes"]


def test_an_application_of_the_wrong_shape_says_where(client: Client) -> None:
    given = application()
    given["applicant"]["number"] = "12"
    answer = post(client, given)
    assert answer.status_code == 422
    assert any("number" in mistake["path"] for mistake in answer.json()["mistakes"])


def test_the_portal_asks_and_is_told_how_the_case_goes_on(client: Client) -> None:
    made = post(client, application()).json()
    path = f"{portal.PATH}/{made['uuid']}"
    asked = client.get(path, headers=portal.signed_question(path))
    assert asked.json()["number"] == made["number"]
    case = Case.objects.get(number=made["number"])
    khanh = Actor(ActorKind.CITIZEN, "Khánh", party_id=case.applicant_id)
    endings.withdraw(khanh, case.uuid, "nộp nhầm")
    jobs.run_all()
    assert [(line["external_id"], line["status"]) for line in portal.told()][-1] == ("G22-1", 7)


def test_a_silent_portal_is_told_later_and_nothing_is_lost(client: Client) -> None:
    down = Path(settings.MOTCUA_HOME) / "sandbox" / "national_portal.down"
    down.touch()
    made = post(client, application()).json()
    case = Case.objects.get(number=made["number"])
    with pytest.raises(Unavailable):
        portal.SandboxNationalPortal().tell({"number": case.number})
    down.unlink()
    portal.SandboxNationalPortal().tell({"number": case.number})
    assert portal.told()[-1]["number"] == case.number


def test_the_contract_is_one_file_and_no_page_loads_scripts_from_elsewhere(client: Client) -> None:
    contract = client.get("/api/openapi.json")
    assert contract.status_code == 200
    assert "/api/v1/intake/applications" in contract.json()["paths"]
    assert client.get("/api/docs").status_code == 404
    assert client.get("/api/").status_code == 404


def test_the_schema_of_a_service_can_be_read(client: Client) -> None:
    path = "/api/v1/services/2.000635/schema"
    answer = client.get(path, headers=portal.signed_question(path))
    assert json.loads(answer.content)["type"] == "object"


def test_the_national_portal_is_told_the_fees_papers_and_results_of_a_case(client: Client) -> None:
    import io

    from motcua.core.documents import actions as documents
    from motcua.core.documents.models import Document
    from motcua.systems.intake.contrib import national_portal_adapter as adapter

    answer = post(client, application("G22-77"))
    jobs.run_all()
    with acting(SYSTEM):
        case = Case.objects.get(number=answer.json()["number"])
        paper = documents.upload(
            SYSTEM, name="don.png", stream=io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"\0" * 24), case_id=case.pk
        )
        case.data = {**case.data, "papers": {"request": [str(paper.uuid)]}}
        row = adapter.case_row(case, {"status": case.business_status_id, "agency": "UBND"})
        issued = Document.objects.filter(case_id=case.pk, kind="result", state="issued")
    assert row["TaiLieuNop"] == [
        {
            "TepDinhKemId": str(paper.uuid), "TenTepDinhKem": "don.png", "IsDeleted": "False",
            "MaThanhPhanHoSo": "request", "DuongDanTaiTepTin": "",
        }
    ]  # fmt: skip
    assert [(one["MaPhiLePhi"], one["Gia"]) for one in row["DanhSachLePhi"]] == [("copies", "16000")]
    assert [one["GiayToId"] for one in row["DanhSachGiayToKetQua"]] == [one.number for one in issued]
    assert row["KenhThucHien"] == "2"
    assert json.dumps(row)
