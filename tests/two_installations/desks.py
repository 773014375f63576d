"""What officers, a mother and the worker do in an installation, by the actions that the pages call."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

from django.db import connection
from django.test import Client

from motcua.core import clock, jobs
from motcua.core.cases import prefill
from motcua.core.cases.actions import submit
from motcua.core.cases.actions.submit import party_facts
from motcua.core.cases.intake import Application
from motcua.core.cases.models import Case, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import bring_services
from motcua.core.identity import actions as identity
from motcua.core.identity.models import Account, Party
from motcua.core.identity.testing import sign_in
from motcua.core.keys import new_uuid
from motcua.core.ledger.actions import record_read
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.core.outbound.models import Answer
from motcua.core.registers import actions as registers
from motcua.core.registers import elsewhere, schema, versions
from motcua.core.registers.models import Reader, Record, SchemaVersion
from motcua.core.services import queries as services
from motcua.systems.exchange import bus, contracts, granting, membership, offering, publishing
from motcua.systems.exchange.feeds import REGISTER_SCHEMA
from motcua.systems.exchange.models import Delivery, Member, Subscription

EDITOR = Actor(ActorKind.OFFICER, "Biên tập", account_id=901, groups=frozenset({"service_editor"}), level=2)
APPROVER = Actor(
    ActorKind.OFFICER, "Người duyệt", account_id=902, groups=frozenset({"service_approver"}), level=2
)
WARD = "VN/GOV/H55.237/mot-cua"
LAW = "Luật Căn cước 26/2023/QH15"
PEOPLE_API = """\
openapi: 3.0.3
info: {title: Dân cư, version: "1"}
paths:
  /records/{key}: {get: {summary: Một người, responses: {"200": {description: ok}}}}
"""
EVENTS_API = """\
openapi: 3.0.3
info: {title: Sự kiện, version: "1"}
paths:
  /v1/topics/{code}/subscriptions: {post: {responses: {"201": {description: ok}}}}
  /v1/subscriptions/{id}/take: {post: {responses: {"200": {description: ok}}}}
  /v1/subscriptions/{id}/acknowledge: {post: {responses: {"200": {description: ok}}}}
"""


WHO_ASKED_API = """\
openapi: 3.0.3
info: {title: Ai đã hỏi, version: "1"}
paths:
  /v1/who-asked: {post: {responses: {"200": {description: ok}}}}
"""


# ---- any installation


def work(at_once: bool = False) -> dict[str, Any]:
    """The worker does what is due; `at_once`: as if the pauses between tries had passed."""
    with acting(SYSTEM):
        if at_once:
            with connection.cursor() as cursor:
                cursor.execute("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
        return {"done": jobs.run_all()}


def move_clock(seconds: int) -> dict[str, Any]:
    clock.move_sandbox_to(clock.now() + dt.timedelta(seconds=seconds))
    return {"now": clock.now().isoformat()}


def page(username: str, path: str) -> dict[str, Any]:
    """What somebody who signed in reads at an address of this site."""
    browser = Client(SERVER_NAME="127.0.0.1")
    with acting(SYSTEM):
        account = Account.objects.filter(username=username).first()
        if account is None:
            party = Party.objects.filter(personal_number=username).first()
            party = party or identity.party_from_register(SYSTEM, username, purpose="thử", kind="eid")
            account = identity.open_account(SYSTEM, party, "mot-mat-khau-dai")
        sign_in(browser, account)
    answer = browser.get(path, follow=True)
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return {"status": answer.status_code, "text": re.sub(r"\s+", " ", html.unescape(text))}


# ---- the province: keeps people, runs the exchange


def form_exchange(site: str, ward_site: str, gateways: dict[str, str]) -> dict[str, Any]:
    """Both members with gateway, system and right; each step by two officers where two are needed."""
    with acting(SYSTEM):
        told: dict[str, Any] = {"key": publishing.public_key_pem(), "key_id": publishing.key_id()}
        for code, (name, address) in {
            "H55": ("Ủy ban nhân dân tỉnh", gateways["H55"]),
            "H55.237": ("Ủy ban nhân dân phường", gateways["H55.237"]),
        }.items():
            member, _ = membership.apply(EDITOR, member_class="GOV", code=code, name=name, contact="Bà Hoa")
            member = membership.decide_member(APPROVER, member, approve=True)
            gateway = membership.apply_gateway(EDITOR, member, code=f"gw-{code}", addresses=[address])
            told[code] = membership.decide_gateway(APPROVER, gateway, approve=True)
        by_address: dict[str, Any] = {"access": "network", "client_networks": ["127.0.0.0/8"]}
        province, ward = (Member.objects.get(code=code) for code in ("H55", "H55.237"))
        register = membership.add_subsystem(
            EDITOR, province, code="dan-cu", name="Dân cư", gateway=province.gateways.get(), **by_address
        )  # fmt: skip
        onestop = membership.add_subsystem(
            EDITOR, ward, code="mot-cua", name="Một cửa", gateway=ward.gateways.get(), **by_address
        )
        offering.add_purpose(EDITOR, "khai-sinh", "Đăng ký khai sinh", "Luật Hộ tịch điều 16")
        for code, title, base, document in (
            ("tra-cuu", "Tra cứu dân cư", "/co-so-du-lieu/api/population/v2", PEOPLE_API),
            ("su-kien", "Sự kiện", "/lien-thong/api", EVENTS_API),
        ):
            version = offering.offer(
                EDITOR,
                register,
                code=code,
                title=title,
                legal_basis=LAW,
                base_url=site + base,
                document=document,
            )
            version = contracts.decide(APPROVER, contracts.propose(EDITOR, version), approve=True)
            granting.grant(
                EDITOR, version, subsystem=onestop, purposes=["khai-sinh"], legal_basis=LAW
            )  # fmt: skip
        offering.add_purpose(EDITOR, "ai-da-hoi", "Người dân xem ai đã hỏi", "Luật Bảo vệ dữ liệu cá nhân")
        for system, other, place in ((register, onestop, site), (onestop, register, ward_site)):
            version = offering.offer(
                EDITOR, system, code="ai-da-hoi", title="Ai đã hỏi về người dân", legal_basis=LAW,
                base_url=f"{place}/lien-thong/api", document=WHO_ASKED_API,
            )  # fmt: skip
            version = contracts.decide(APPROVER, contracts.propose(EDITOR, version), approve=True)
            granting.grant(EDITOR, version, subsystem=other, purposes=["ai-da-hoi"], legal_basis=LAW)
        bus.declare_topic(
            EDITOR, register, code="dan-cu.thay-doi", title="Thay đổi dân cư", legal_basis=LAW,
            schema=REGISTER_SCHEMA, register="population",
        )  # fmt: skip
        jobs.run_all()
        return told


def open_register() -> dict[str, Any]:
    """The ward's system may read people for births: a next version of the schema, and the system's entry."""
    from joserfc.jwk import ECKey

    with acting(SYSTEM):
        former = SchemaVersion.objects.filter(register_id="population").latest("number")
        births = {
            "vi": "Đăng ký khai sinh", "en": "Registering a birth", "partners": [WARD], "acts": ["read"],
            "legal_basis": "Luật Hộ tịch 60/2014/QH13 art. 16",
        }  # fmt: skip
        access = {**former.definition["access"], "birth": births}
        drafted = versions.draft(EDITOR, "population", {**former.definition, "access": access})
        versions.publish(APPROVER, "population", drafted.number)
        schema.forget()
        key = ECKey.generate_key("P-256").as_dict(private=False)
        Reader.objects.create(code=WARD, name="Một cửa phường", public_key=key, legal_basis=LAW)
        return {"version": drafted.number}


def approve_subscription() -> dict[str, Any]:
    with acting(SYSTEM):
        waiting = Subscription.objects.get()
        return {"state": bus.decide_subscription(EDITOR, waiting, approve=True).state}


def move_house(number: str, residence: str) -> dict[str, Any]:
    """Somebody moves: the province writes the new residence."""
    with acting(SYSTEM):
        registers.write(SYSTEM, "population", number, {"residence_text": residence})
        jobs.run_all()
        return {"waiting": Delivery.objects.filter(state="waiting").count()}


def deliveries() -> dict[str, Any]:
    with acting(SYSTEM):
        return {"states": list(Delivery.objects.order_by("id").values_list("state", "attempts"))}


# ---- the commune: births


def open_counter() -> dict[str, Any]:
    """The services in force; of people nothing is known here."""
    bring_services()
    people.citizen("lan_anh")
    with acting(SYSTEM):
        Record.objects.filter(register_id="population").update(superseded_at=clock.now())
    return {}


def fill_in(answers: dict[str, Any]) -> dict[str, Any]:
    """The form as the mother meets it: what registers filled in, which were silent."""
    looked, _ = _fill_in(answers)
    return {"found": looked.found, "down": looked.down}


def apply_for_birth(answers: dict[str, Any]) -> dict[str, Any]:
    """The mother hands in; `unverified` are the registers that were silent."""
    mother = people.citizen("lan_anh")
    looked, version = _fill_in(answers)
    assert mother.party_id is not None
    application = Application(
        service_version_id=version, answers=answers, found=looked.found, submitter_party_id=mother.party_id,
        applicant_party_id=mother.party_id, unverified=tuple(looked.down),
    )  # fmt: skip
    with acting(mother):
        made = submit(mother, application, new_uuid())
    return {"uuid": str(made.case_uuid)}


def _fill_in(answers: dict[str, Any]) -> tuple[prefill.Prefilled, int]:
    mother = people.citizen("lan_anh")
    pack = services.current("khai-sinh", clock.today())
    assert mother.party_id is not None
    assert pack.version_id is not None
    with acting(mother):
        facts = party_facts(mother.party_id).as_facts()
        return prefill.find(mother, pack, answers=answers, applicant=facts), pack.version_id


def case(uuid: str) -> dict[str, Any]:
    with acting(SYSTEM):
        found = Case.objects.get(uuid=uuid)
        tasks = Task.objects.filter(case=found, verb="compare", state="open")
        return {"number": found.number, "compare": tasks.count(), **found.data}


# ---- who asked about whom


def ward_clerk() -> Actor:
    ward = Agency.objects.get(code="H55.237")
    return Actor(ActorKind.OFFICER, "Nông Thị Hoa", agency_id=ward.pk, unit_ids=(ward.pk,), level=2)


def look_up(number: str) -> dict[str, Any]:
    """An officer of the ward asks the province about somebody."""
    with acting(SYSTEM):
        asker = ward_clerk()
    with acting(asker):
        found = elsewhere.look(asker, "population", "person", number, purpose="khai-sinh")
        return {"name": found.facts["name"] if found else ""}


def look_at(number: str, purpose: str) -> dict[str, Any]:
    """An officer of this installation looks at its own register."""
    with acting(SYSTEM):
        record_read(
            ward_clerk(), purpose=purpose, register="population", person_numbers=[number], record_ids=[]
        )
    return {}


def forget_answers() -> dict[str, Any]:
    """What others told is asked anew."""
    with acting(SYSTEM):
        Answer.objects.all().delete()
    return {}
