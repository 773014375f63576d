"""From the desk's list of signatures to the issued result, by a token; and the authority's own pages."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from motcua.agent.desk import Desk as AgentDesk
from motcua.agent.site import Site
from motcua.core.cases.models import Task
from motcua.core.documents import queries, signing_keys
from motcua.core.documents.models import CertificateRequest, Document, Key
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Appointment
from motcua.engines.pki.pkcs11 import Token
from motcua.systems.onestop.tests.conftest import Desk, apply_for, office, work  # noqa: F401
from tests.signing.conftest import LABEL, PIN
from tests.signing.test_at_the_desk import enrol, through


def open_step(case_id: int, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case_id=case_id, state="open", verb=verb)


def test_the_chair_signs_a_birth_with_a_token_and_the_step_ends(softhsm: str, office: Desk) -> None:  # noqa: F811
    case = apply_for("lan_anh", "khai-sinh", {"child": {"name": "TRẦN AN"}, "copies": 0})
    office.clerk.post(f"/mot-cua/ho-so/{case.uuid}/tiep-nhan/", {})
    work()
    office.registrar.post(f"/mot-cua/viec/{open_step(case.pk, 'appraise').uuid}/", {"outcome": "accept"})
    work()
    token = Token(softhsm, label=LABEL)
    with acting(SYSTEM):
        chair = Account.objects.get(username=f"{office.committee.code}.chair".lower())
        enrol(token, chair.officer_id or 0, office.committee.pk)
        assert not signing_keys.signs_at_once(chair.officer_id, office.committee.pk)
    browser = office.chair
    step = str(open_step(case.pk, "sign").uuid)
    sent = browser.post("/mot-cua/ky/", {"task": [step]})
    assert sent["Location"] == "/chung-thu/ky-thiet-bi/"
    begun = browser.get(sent["Location"])
    assert begun.status_code == 303
    page = browser.get(begun["Location"])
    text = page.content.decode()
    assert "http://127.0.0.1:20262" in page.headers["Content-Security-Policy"]
    found = re.search(r'<strong class="mc-number">(\w{4} \w{4})</strong>', text)
    assert found
    told: list[str] = []
    agent = AgentDesk(token, lambda _: PIN, told.append)
    (outcome,) = agent.sign(Site("http://site.test", transport=through(Client())), found[1])
    assert outcome.fault == ""
    after = browser.get(begun["Location"]).content.decode()
    assert "Đã ký 1/1 văn bản" in after
    shown = next(line for line in told if "·" in line).split("\n")[1].strip()
    assert shown in text, "the page and the agent show the same check number"
    work()
    with acting(SYSTEM):
        assert not Task.objects.filter(case_id=case.pk, state="open", verb="sign").exists()
        result = Document.objects.get(case_id=case.pk, kind="result")
        assert result.state == "issued"
        assert queries.verify_bytes(queries.content(result)).verdict == "valid"


def test_two_people_issue_a_certificate_and_its_page_tells_how(office: Desk) -> None:  # noqa: F811
    clerk, approver = (
        office.browser("h55.01.certificate-officer"),
        office.browser("h55.01.certificate-approver"),
    )
    assert "Mã định danh của cơ quan" in clerk.get("/chung-thu/de-nghi/").content.decode()
    with acting(SYSTEM):
        post = Appointment.objects.get(agency__code="H55.237", position__code="social_officer")
    form = {"agency": "H55.237", "purpose": "person", "officer": post.officer_id, "store": "file"}
    again = clerk.post("/chung-thu/de-nghi/", form)
    assert again.status_code == 400
    assert "Ghi lý do" in again.content.decode()
    sent = clerk.post("/chung-thu/de-nghi/", form | {"reason": "bổ nhiệm mới"})
    assert sent.status_code == 303
    with acting(SYSTEM):
        asked = CertificateRequest.objects.get(reason="bổ nhiệm mới")
    door = f"/chung-thu/de-nghi/{asked.uuid}/"
    assert "Duyệt và cấp chứng thư" not in clerk.get(door).content.decode()
    assert "Duyệt và cấp chứng thư" in approver.get(door).content.decode()
    issued = approver.post(f"{door}duyet/", {"act": "approve"})
    assert issued.status_code == 303
    page = approver.get(issued["Location"]).content.decode()
    assert "Còn hiệu lực" in page
    assert "Duyệt và cấp" in page
    revoke = f"{issued['Location']}thu-hoi/"
    fault = approver.post(revoke, {"reason": "mất thiết bị"})
    assert fault.status_code == 400
    assert "Chọn lý do thu hồi" in fault.content.decode()
    approver.post(revoke, {"reason": "mất thiết bị", "code": "key_compromise"})
    assert "mất thiết bị" in approver.get(issued["Location"]).content.decode()
    with acting(SYSTEM):
        key = Key.objects.get(requests=asked)
    public = Client().get(f"/chung-thu/?so={int(key.serial):x}").content.decode()
    assert "Đã thu hồi" in public
    assert post.officer.name not in public
    assert Client().get(f"/chung-thu/tra/{int(key.serial):x}.json").json()["standing"] == "revoked"
    assert Client().get("/chung-thu/tra/abc.json").status_code == 404


def test_an_officer_sees_only_their_own_certificates(office: Desk) -> None:  # noqa: F811
    with acting(SYSTEM):
        chair = Account.objects.get(username=f"{office.committee.code}.chair".lower())
        key = signing_keys.officer_key(chair.officer_id or 0, office.committee.pk)
    door = f"/chung-thu/so/{int(key.serial):x}/"
    assert office.chair.get(door).status_code == 200
    assert office.stranger.get(door).status_code == 404
    assert key.subject not in office.stranger.get("/chung-thu/so/").content.decode()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_public_pages_stand_in_both_languages(db: None, lang: str) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE=lang)
    home = client.get("/chung-thu/").content.decode()
    assert ("Quy chế chứng thực" if lang == "vi" else "Certification practice") in home
    assert client.get("/chung-thu/quy-che/").status_code == 200
    unknown = client.get("/chung-thu/?so=zz")
    assert unknown.status_code == 404
