"""A second installation as a process of its own: a home, a database and keys of its own. It does what it is told.

One JSON command a line on standard input, one JSON answer a line on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "motcua.config.settings"
    import django

    django.setup()
    from motcua.core import jobs
    from motcua.core.documents import trust
    from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
    from motcua.core.ledger.scope import acting
    from motcua.core.organisations.models import Appointment
    from motcua.systems.dispatch.actions import connecting, drafting, receiving, sending, signing
    from motcua.systems.dispatch.actions.drafting import Draft
    from motcua.systems.dispatch.jobs import poll_one
    from motcua.systems.dispatch.models import Connection, Form, Incoming, Outgoing

    def officer(code: str, position: str) -> Actor:
        row = Appointment.objects.select_related("officer").get(agency__code=code, position__code=position)
        return Actor(
            ActorKind.OFFICER, row.officer.name, officer_id=row.officer_id, agency_id=row.agency_id,
            unit_ids=(row.agency_id,), level=2,
        )  # fmt: skip

    def connect(endpoint: str, secret: str, organ: str, trust_pem: str) -> dict[str, Any]:
        connecting.connect(
            SYSTEM, "Trục tỉnh", Form.VXP, system_id="tinh-b", secret=secret, organ_ids=[organ],
            endpoint=endpoint, trust_pem=trust_pem, networks=["127.0.0.0/8"],
        )  # fmt: skip
        from cryptography.hazmat.primitives.serialization import Encoding

        chain = "".join(each.public_bytes(Encoding.PEM).decode() for each in trust.house().intermediates)
        return {"trust_pem": chain}

    def poll() -> dict[str, Any]:
        for connection in Connection.objects.all():
            poll_one(connection.pk)
        jobs.run_all()
        rows = Incoming.objects.order_by("id")
        return {
            "incoming": [
                {
                    "uuid": str(each.uuid), "code": each.code, "status": each.status, "standing": each.standing,
                    "signature": each.signature, "trusted": each.trusted,
                }
                for each in rows
            ],
            "fault": Connection.objects.get().last_fault,
        }  # fmt: skip

    def act(organ: str, uuid: str, do: str, reason: str = "") -> dict[str, Any]:
        clerk = officer(organ, "civil_status_officer")
        if do == "enter":
            receiving.enter(clerk, uuid)  # type: ignore[arg-type]
        elif do == "refuse":
            receiving.refuse(clerk, uuid, reason)  # type: ignore[arg-type]
        else:
            receiving.answer_recall(clerk, uuid, do == "agree", reason)  # type: ignore[arg-type]
        jobs.run_all()
        return {}

    def answer(organ: str, uuid: str, to: list[str]) -> dict[str, Any]:
        clerk, chair = officer(organ, "civil_status_officer"), officer(organ, "chair")
        given = Draft(
            "CV", "V/v trả lời xác minh", "Thông tin đúng.", [(to[0], to[1])], leader_id=chair.officer_id,
            answers=Incoming.objects.get(uuid=uuid),
        )  # fmt: skip
        letter = drafting.draft(clerk, clerk.agency_id or 0, given)
        drafting.submit(clerk, letter.uuid)
        signing.sign(chair, letter.uuid)
        sending.send(clerk, letter.uuid)
        jobs.run_all()
        return {"states": [each.state for each in Outgoing.objects.get(pk=letter.pk).sendings.all()]}

    commands: dict[str, Callable[..., dict[str, Any]]] = {
        "connect": connect, "poll": poll, "act": act, "answer": answer
    }  # fmt: skip
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        with acting(SYSTEM):
            said = commands[told.pop("command")](**told)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
