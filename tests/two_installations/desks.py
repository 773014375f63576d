"""What officers, a mother and the worker do in an installation, by the actions that the pages call."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
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
from motcua.core.documents import trust
from motcua.core.identity import actions as identity
from motcua.core.identity.models import Account, Party
from motcua.core.identity.testing import sign_in
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency, Appointment
from motcua.core.registers import actions as registers
from motcua.core.registers import schema, versions
from motcua.core.registers.models import Reader, Record, SchemaVersion
from motcua.core.services import queries as services
from motcua.systems.dispatch.actions import admitting, connecting, drafting, receiving, sending, signing
from motcua.systems.dispatch.actions.drafting import Draft
from motcua.systems.dispatch.jobs import poll_one
from motcua.systems.dispatch.models import Connection, Form, Incoming, Outgoing
from motcua.systems.exchange import bus, granting, membership, offering, publishing
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


def form_exchange(site: str, gateways: dict[str, str]) -> dict[str, Any]:
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
            version = offering.publish_version(EDITOR, version)
            granting.grant(
                EDITOR, version, subsystem=onestop, purposes=["khai-sinh"], legal_basis=LAW
            )  # fmt: skip
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


# ---- letters


def clerk_of(organ: str, position: str = "civil_status_officer") -> Actor:
    row = Appointment.objects.select_related("officer").get(agency__code=organ, position__code=position)
    return Actor(
        ActorKind.OFFICER, row.officer.name, officer_id=row.officer_id, agency_id=row.agency_id,
        unit_ids=(row.agency_id,), level=2,
    )  # fmt: skip


def neighbour() -> dict[str, Any]:
    """A commune of the other province that has officers."""
    with acting(SYSTEM):
        posts = Appointment.objects.filter(
            position__code="civil_status_officer", agency__code__startswith="H05."
        )
        code = posts.order_by("agency__code").values_list("agency__code", flat=True)[0]
        return {"code": code, "name": Agency.objects.get(code=code).name}


def admit(system_id: str, organ: str) -> dict[str, Any]:
    with acting(SYSTEM):
        name = Agency.objects.get(code=organ).name
        return {"secret": admitting.admit(SYSTEM, system_id, name, [(organ, name)])[1]}


def chain() -> dict[str, Any]:
    with acting(SYSTEM):
        pems = [one.public_bytes(Encoding.PEM).decode() for one in trust.house().intermediates]
        return {"pem": "".join(pems)}


def join_axis(form: str, system_id: str, secret: str, organ: str, trust_pem: str, endpoint: str = "") -> Any:
    with acting(SYSTEM):
        connecting.connect(
            SYSTEM, "Trục tỉnh", Form(form), system_id=system_id, secret=secret, organ_ids=[organ],
            endpoint=endpoint, trust_pem=trust_pem, networks=["127.0.0.0/8"],
        )  # fmt: skip
        return {}


def send_letter(organ: str, to: list[str], subject: str, instead_of: str = "") -> dict[str, Any]:
    """Drafted, signed by the chair, sent; `instead_of`: the letter that it replaces."""
    with acting(SYSTEM):
        clerk, chair = clerk_of(organ), clerk_of(organ, "chair")
        more: dict[str, Any] = (
            {"concerns": Outgoing.objects.get(uuid=instead_of), "business": "3"} if instead_of else {}
        )
        given = Draft("CV", subject, "Kính đề nghị.", [(to[0], to[1])], leader_id=chair.officer_id, **more)
        letter = drafting.draft(clerk, clerk.agency_id or 0, given)
        drafting.submit(clerk, letter.uuid)
        signing.sign(chair, letter.uuid)
        sending.send(clerk, letter.uuid)
        jobs.run_all()
        return {"uuid": str(letter.uuid)}


def letter(uuid: str) -> dict[str, Any]:
    """A letter as its sender finds it: how it stands, and each status that came back."""
    with acting(SYSTEM):
        found = Outgoing.objects.get(uuid=uuid)
        sent = found.sendings.get()
        notes = [[one.code, one.description] for one in sent.notes.order_by("id")]
        return {"stage": found.stage, "state": sent.state, "status": sent.status, "notes": notes}


def recall(organ: str, uuid: str, reason: str) -> dict[str, Any]:
    with acting(SYSTEM):
        sending.recall(clerk_of(organ), Outgoing.objects.get(uuid=uuid).uuid, reason)
        jobs.run_all()
        return {}


def fetch_letters() -> dict[str, Any]:
    """Ask the axis what came; the letters, oldest first."""
    with acting(SYSTEM):
        poll_one(Connection.objects.get().pk)
        jobs.run_all()
        rows = Incoming.objects.order_by("id")
        return {
            "fault": Connection.objects.get().last_fault,
            "letters": [
                {
                    "uuid": str(one.uuid), "subject": one.subject, "status": one.status,
                    "standing": one.standing, "signature": one.signature, "trusted": one.trusted,
                }
                for one in rows
            ],
        }  # fmt: skip


def take_in(organ: str, uuid: str, do: str, reason: str = "") -> dict[str, Any]:
    """What the receiving clerk does: enter, refuse, or agree to give back."""
    with acting(SYSTEM):
        clerk, which = clerk_of(organ), Incoming.objects.get(uuid=uuid).uuid
        if do == "enter":
            receiving.enter(clerk, which)
        elif do == "refuse":
            receiving.refuse(clerk, which, reason)
        else:
            receiving.answer_recall(clerk, which, True, reason)
        jobs.run_all()
        return {}
