"""A contract takes two: who proposes it never publishes it, and nobody publishes what they have not seen."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.people import APPROVER as APPROVING_OFFICER

from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import contracts, keys, offering
from motcua.systems.exchange.machines import machine_of
from motcua.systems.exchange.models import ApiKey, Version
from motcua.systems.exchange.tests.conftest import APPROVER, DOCUMENT, EDITOR, World

ELSEWHERE = "http://127.0.0.1:20002"
SMALLER = DOCUMENT.replace('    put: {summary: Sửa nơi ở, responses: {"204": {description: ok}}}\n', "")


def drafted(world: World, change: str = "bỏ sửa nơi ở", document: str = SMALLER) -> Version:
    return offering.next_version(
        EDITOR, world.people.service, base_url=ELSEWHERE, document=document, change=change
    )


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def desk(exchange: World, client: Client) -> Client:
    with acting(SYSTEM):
        sign_in(client, APPROVING_OFFICER)
    return client


def page_of(version: Version) -> str:
    return f"/lien-thong/dich-vu/{version.service.uuid}/"


def test_one_proposes_another_publishes_and_both_are_named(exchange: World) -> None:
    version = contracts.propose(EDITOR, drafted(exchange))
    assert version.state == "proposed"
    published = contracts.decide(APPROVER, version, approve=True)
    assert (published.state, published.proposed_by, published.published_by) == (
        "in_force", "Biên tập", "Người duyệt",
    )  # fmt: skip
    event = Event.objects.get(kind="exchange.version_published", subject_id=version.pk)
    assert (event.actor_label, event.data["proposed_by"]) == ("Người duyệt", "Biên tập")
    assert contracts.decide(APPROVER, version, approve=True).published_at == published.published_at


def test_who_proposed_does_not_publish_and_cannot_by_proposing_for_another(exchange: World) -> None:
    version = contracts.propose(APPROVER, drafted(exchange))
    with pytest.raises(NotAllowed, match="does not publish"):
        contracts.decide(APPROVER, version, approve=True)
    assert contracts.propose(EDITOR, version).proposed_by == "Người duyệt", "the first to ask has asked"
    with pytest.raises(NotAllowed):
        contracts.decide(APPROVER, version, approve=True)


def test_an_editor_a_machine_and_another_agency_s_head_publish_nothing(exchange: World) -> None:
    version = contracts.propose(APPROVER, drafted(exchange))
    machine = machine_of(ApiKey(member=exchange.province))
    head = Actor(
        ActorKind.OFFICER, "Chủ tịch", account_id=903, groups=frozenset({"chair"}), unit_ids=(10**9,), level=2
    )
    for other in (EDITOR, machine, head):
        with pytest.raises(NotAllowed):
            contracts.decide(other, version, approve=True)
    version.refresh_from_db()
    assert version.state == "proposed"


def test_a_draft_is_not_published_without_a_proposal(exchange: World) -> None:
    with pytest.raises(Conflict):
        contracts.decide(APPROVER, drafted(exchange), approve=True)


def test_a_contract_written_anew_is_agreed_to_by_nobody(exchange: World) -> None:
    version = contracts.propose(EDITOR, drafted(exchange))
    seen = version.proposed_at
    assert seen is not None
    assert drafted(exchange).state == "proposed", "the same said again changes nothing"
    anew = drafted(exchange, document=DOCUMENT)
    assert (anew.pk, anew.state, anew.proposed_by) == (version.pk, "draft", "")
    contracts.propose(EDITOR, anew)
    with pytest.raises(Conflict, match="Look again"):
        contracts.decide(APPROVER, anew, approve=True, seen=seen.isoformat())


def test_it_is_given_back_with_a_reason_and_proposed_again(exchange: World) -> None:
    version = contracts.propose(EDITOR, drafted(exchange))
    with pytest.raises(UserError) as refused:
        contracts.decide(APPROVER, version, approve=False, reason=" ")
    assert refused.value.field == "reason"
    back = contracts.decide(APPROVER, version, approve=False, reason="Thiếu mô tả")
    assert (back.state, back.returned_for, back.proposed_by) == ("draft", "Thiếu mô tả", "")
    assert contracts.propose(EDITOR, back).returned_for == ""


def test_the_desk_leads_the_second_person_to_what_will_be_published(exchange: World, desk: Client) -> None:
    version = contracts.propose(EDITOR, drafted(exchange))
    home = text(desk.get("/lien-thong/"))
    assert "Biên tập đề nghị công bố" in home
    page = text(desk.get(page_of(version)))
    assert "Duyệt và công bố phiên bản 2" in page
    assert "PUT /people/*/address" in page.partition("Không còn so với phiên bản trước")[2]
    catalogue = text(desk.get(f"/lien-thong/danh-muc/{version.service.uuid}/"))
    assert "bỏ sửa nơi ở" not in catalogue, "not public before"

    assert version.proposed_at is not None
    sent = {"which": version.pk, "seen": version.proposed_at.isoformat()}
    empty = desk.post(page_of(version), {**sent, "act": "return", "reason": ""})
    assert (empty.status_code, "không được để trống" in text(empty)) == (400, True)
    stale = desk.post(page_of(version), {**sent, "act": "approve", "seen": ""})
    assert (stale.status_code, "Xem lại rồi quyết định" in text(stale)) == (400, True)
    assert desk.post(page_of(version), {**sent, "act": "approve"}).status_code == 303
    assert desk.post(page_of(version), {**sent, "act": "approve"}).status_code == 303, "a double click"
    assert "Biên tập đề nghị" in text(desk.get(page_of(version)))
    assert "bỏ sửa nơi ở" in text(desk.get(f"/lien-thong/danh-muc/{version.service.uuid}/"))


def test_who_proposed_is_shown_no_button_and_is_refused(exchange: World, desk: Client) -> None:
    with acting(SYSTEM):
        proposer = actor_of(Account.objects.get(username=APPROVING_OFFICER))
    version = contracts.propose(proposer, drafted(exchange))
    page = text(desk.get(page_of(version)))
    assert "Duyệt và công bố" not in page
    assert "người đề nghị không tự duyệt" in page
    assert "Proposed" not in page
    assert version.proposed_at is not None
    sent = {"act": "approve", "which": version.pk, "seen": version.proposed_at.isoformat()}
    assert desk.post(page_of(version), sent).status_code == 403
    assert "A second person decides" in text(desk.get(f"{page_of(version)}?lang=en"))


def test_the_old_way_of_a_machine_alone_is_gone(exchange: World, client: Client) -> None:
    drafted(exchange)
    key = keys.issue(exchange.province)
    answer = client.post(
        "/lien-thong/api/v1/systems/dan-cu/services/tra-cuu/versions/2/publish",
        "{}", content_type="application/json", headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip
    assert answer.status_code == 404
