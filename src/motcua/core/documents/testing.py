"""For the tests of all rooms: a result as the ward issues it."""

from __future__ import annotations

from motcua.core.documents import actions, trust
from motcua.core.documents.models import Document
from motcua.core.ledger import log
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.models import LogName
from motcua.core.organisations.models import Appointment

TEMPLATE = (
    '#import "/motcua/decree30.typ": *\n#show: official.with(title: given.title)\n#entry("Tên", given.name)\n'
)


def issued_result(name: str = "TRẦN NGỌC MINH CHÂU") -> Document:
    """A certificate signed by the ward's chair, sealed, issued, sealed into the log; its trust files are published."""
    chair = Appointment.objects.select_related("officer").get(position__code="chair", agency__code="H55.237")
    document = actions.draft(
        SYSTEM,
        kind="result",
        title="Giấy khai sinh",
        template=TEMPLATE,
        data={"name": name},
        agency_id=chair.agency_id,
    )
    actor = Actor(
        ActorKind.OFFICER, chair.officer.name, officer_id=chair.officer_id, agency_id=chair.agency_id
    )
    actions.sign(actor, [document.pk])
    document.refresh_from_db()
    actions.issue(document, [])
    log.seal(LogName.RESULTS)
    trust.house().publish()
    return document
