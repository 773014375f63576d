"""What clerks, leaders and registrars do with official letters, by the actions that the pages call."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core import jobs
from motcua.core.cases import actions as cases
from motcua.core.cases.models import Case, Task
from motcua.core.documents import trust
from motcua.core.errors import Conflict
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency, Appointment
from motcua.systems.dispatch.actions import admitting, connecting, drafting, receiving, sending, signing
from motcua.systems.dispatch.actions.drafting import Draft
from motcua.systems.dispatch.jobs import poll_one
from motcua.systems.dispatch.models import Connection, Form, Incoming, Outgoing


def clerk_of(organ: str, position: str = "civil_status_officer") -> Actor:
    row = Appointment.objects.select_related("officer", "position").get(
        agency__code=organ, position__code=position
    )
    return Actor(
        ActorKind.OFFICER, row.officer.name, officer_id=row.officer_id, agency_id=row.agency_id,
        unit_ids=(row.agency_id,), groups=frozenset(row.position.groups), level=2,
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


def send_letter(
    organ: str, to: list[str], subject: str, instead_of: str = "", about: str = ""
) -> dict[str, Any]:
    """Drafted, signed by the chair, sent; `instead_of`: the letter that it replaces; `about`: the case that asks by
    it, and waits for the answer."""
    with acting(SYSTEM):
        clerk, chair = clerk_of(organ), clerk_of(organ, "chair")
        more: dict[str, Any] = (
            {"concerns": Outgoing.objects.get(uuid=instead_of), "business": "3"} if instead_of else {}
        )
        if about:
            case = Case.objects.get(uuid=about)
            more |= {"case_id": case.pk, "case_number": case.number, "case_waits": True}
        given = Draft("CV", subject, "Kính đề nghị.", [(to[0], to[1])], leader_id=chair.officer_id, **more)
        letter = drafting.draft(clerk, clerk.agency_id or 0, given)
        drafting.submit(clerk, letter.uuid)
        signing.sign(chair, letter.uuid)
        sending.send(clerk, letter.uuid)
        jobs.run_all()
        letter.refresh_from_db()
        return {"uuid": str(letter.uuid), "sign": letter.sign}


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
    """What the receiving clerk does: enter, assign to a colleague, refuse, or agree to give back."""
    with acting(SYSTEM):
        clerk, which = clerk_of(organ), Incoming.objects.get(uuid=uuid).uuid
        if do == "enter":
            receiving.enter(clerk, which)
        elif do == "assign":
            receiving.assign(clerk, which, [clerk.officer_id or 0], reason, None)
        elif do == "refuse":
            receiving.refuse(clerk, which, reason)
        else:
            receiving.answer_recall(clerk, which, True, reason)
        jobs.run_all()
        return {}


def answer_letter(organ: str, uuid: str, subject: str) -> dict[str, Any]:
    """The receiving office answers a letter that came, signed by its chair."""
    with acting(SYSTEM):
        clerk, chair = clerk_of(organ), clerk_of(organ, "chair")
        asked = Incoming.objects.get(uuid=uuid)
        given = Draft(
            "CV", subject, "Thông tin đúng như sổ.", [(asked.sender_id, asked.sender)],
            leader_id=chair.officer_id, answers=asked,
        )  # fmt: skip
        reply = drafting.draft(clerk, clerk.agency_id or 0, given)
        drafting.submit(clerk, reply.uuid)
        signing.sign(chair, reply.uuid)
        sending.send(clerk, reply.uuid)
        jobs.run_all()
        return {}


# ---- the case that asks


def receive_case(uuid: str) -> dict[str, Any]:
    with acting(SYSTEM):
        cases.receive(SYSTEM, Case.objects.get(uuid=uuid).uuid)
        jobs.run_all()
        return {}


def appraise_case(organ: str, uuid: str) -> dict[str, Any]:
    """The registrar takes the next step of a case; what they read where it may not be taken now."""
    registrar = clerk_of(organ)
    with acting(SYSTEM):
        step = Task.objects.get(case__uuid=uuid, state="open", verb="appraise")
    try:
        with acting(registrar):
            cases.complete_task(registrar, step.uuid, "accept")
    except Conflict as waits:
        return {"waits": waits.text()}
    return {"waits": ""}


def letter_work(uuid: str) -> dict[str, Any]:
    """The work items that letters have left in a case."""
    with acting(SYSTEM):
        rows = Task.objects.filter(case__uuid=uuid, state="open", verb="letter").order_by("id")
        return {"work": [f"{one.name}. {one.data['message']}" for one in rows]}
