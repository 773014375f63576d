"""An application that another system hands in: looked up, filled in and submitted like everybody's."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from motcua.core.cases import prefill
from motcua.core.cases.actions.submit import party_facts, submit
from motcua.core.cases.intake import Application, Submitted
from motcua.core.cases.models import Channel
from motcua.core.identity.models import Party
from motcua.core.ledger.actions import for_application
from motcua.core.ledger.actor import Actor
from motcua.core.services.pack import Pack


def hand_in(
    actor: Actor,
    pack: Pack,
    *,
    system: str,
    reference: str,
    key: uuid.UUID,
    applicant: Party,
    submitter: Party,
    answers: Mapping[str, Any],
    files: Mapping[str, list[str]] | None = None,
    receiving_agency_id: int | None = None,
    language: str = "vi",
) -> Submitted:
    """Make a case of what `system` sends under its own `reference`; the same key again gives the same case.

    `actor` is the system, on behalf of the submitter. What registers know is looked up as at every other door.
    """
    assert pack.version_id is not None  # a version in force is a row
    with for_application(key):
        known = prefill.find(
            actor, pack, answers=answers, applicant=party_facts(applicant.pk).as_facts(), lang=language
        )
    application = Application(
        service_version_id=pack.version_id,
        answers=answers,
        found=known.found,
        unverified=tuple(known.down),
        files=files or {},
        channel=Channel.API,
        submitter_party_id=submitter.pk,
        applicant_party_id=applicant.pk,
        receiving_agency_id=receiving_agency_id,
        external_ids={system: reference},
        language=language,
    )
    return submit(actor, application, key)
