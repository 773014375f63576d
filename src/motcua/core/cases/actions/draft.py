"""Filling in: begin or take up a draft, save a page, keep up with a new version of the service."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection

from motcua.core import clock
from motcua.core.cases import prefill
from motcua.core.cases.actions.submit import party_facts, submit
from motcua.core.cases.intake import Application, PartyFacts, Submitted
from motcua.core.cases.models import Case, Draft
from motcua.core.cases.policies import require_in_mandate, require_in_person
from motcua.core.cases.queries.people import draft_for
from motcua.core.errors import Conflict, NotAllowed, NotFound
from motcua.core.ledger.actions import emit, for_application
from motcua.core.ledger.actor import Actor
from motcua.core.registers.models import Finding
from motcua.core.sealing.fields import sealed_fields
from motcua.core.services.pack import Pack, finding
from motcua.engines import forms

OPEN_DRAFT = """
select * from cases_draft
 where party_id = %s and principal_id is not distinct from %s and service_code = %s and submitted_case_id is null
 order by saved_at desc limit 1
"""
_ANSWERS, _FOUND = sealed_fields(Draft, "answers", "found")
SAVED = ("answers", "found", "down", "page", "pages_done", "saved_at")


def start_draft(actor: Actor, service_code: str, lang: str = "vi") -> Draft:
    """The person's open draft of this service, or a new one with everything the state knows already filled in.

    People who cannot find their draft begin again; so beginning again finds it.
    """
    from motcua.core.services import queries as services

    if actor.party_id is None:
        raise NotAllowed("Đăng nhập để nộp hồ sơ.", "Sign in to apply.")
    pack = services.current(service_code, clock.today())
    require_in_mandate(actor, pack.code)
    require_in_person(actor, pack)
    principal = actor.principal if actor.principal != actor.party_id else None
    open_ones = Draft.objects.raw(OPEN_DRAFT, [actor.party_id, principal, pack.code])
    known: Draft | None = next(iter(open_ones), None)
    if known is not None:
        keep_up(actor, known)
        return known
    draft = Draft(
        party_id=actor.party_id,
        principal_id=principal,
        service_version_id=version_of(pack),
        service_code=pack.code,
        language=lang,
        saved_at=clock.now(),
    )
    look_up(actor, draft)
    draft.save(force_insert=True)
    emit("draft.started", actor, subject=("draft", draft.pk), data={"service": pack.code})
    return draft


def save_page(
    actor: Actor,
    draft_uuid: uuid.UUID,
    page_id: str,
    posted: Mapping[str, Sequence[str]],
    files: Mapping[str, Sequence[forms.UploadedRef]] | None = None,
) -> forms.Reading:
    """Keep everything typed on a page, right or wrong, and say what is wrong with it.

    A new answer may let a register be asked (a mother's number gives her name): what is found is kept with its source.
    """
    return keep_page(actor, draft_uuid, page_id, posted, files)[1]


def keep_page(
    actor: Actor,
    draft_uuid: uuid.UUID,
    page_id: str,
    posted: Mapping[str, Sequence[str]],
    files: Mapping[str, Sequence[forms.UploadedRef]] | None = None,
) -> tuple[Draft, forms.Reading]:
    """As `save_page`, with the draft as it is now."""
    draft = own_draft(actor, draft_uuid)
    keep_up(actor, draft)
    pack = pack_of(draft)
    reading = pack.form.read(
        page_id, posted, files or {}, draft.answers, lang=draft.language, today=clock.today(),
        found=finding.from_json(draft.found), given=given(draft),
    )  # fmt: skip
    anew = _asks_anew(draft, pack, reading.changed)
    draft.answers = reading.answers
    draft.page = page_id
    if not reading.errors and page_id not in draft.pages_done:
        draft.pages_done = [*draft.pages_done, page_id]
    draft.saved_at = clock.now()
    if anew:
        look_up(actor, draft)
    draft.save(update_fields=SAVED)
    return draft, reading


def attach(actor: Actor, draft_uuid: uuid.UUID, paper_id: str, file_uuids: list[str]) -> Draft:
    """Set the files given for a paper."""
    draft = own_draft(actor, draft_uuid)
    draft.files = {**draft.files, paper_id: file_uuids}
    draft.saved_at = clock.now()
    draft.save(update_fields=["files", "saved_at"])
    return draft


def discard_draft(actor: Actor, draft_uuid: uuid.UUID) -> None:
    """Throw a draft away, at its writer's wish."""
    draft = own_draft(actor, draft_uuid)
    emit("draft.discarded", actor, subject=("draft", draft.pk), data={"service": draft.service_code})
    draft.delete()


def submit_draft(actor: Actor, draft_uuid: uuid.UUID, *, receiving_agency_id: int | None = None) -> Submitted:
    """Submit what the draft holds under its own key: pressed twice, or from two tabs, it makes one case."""
    stored = _stored(actor, draft_uuid, receiving_agency_id)
    if stored is None:
        raise NotFound()
    application, key = stored
    return submit(actor, application, key)


def _stored(
    actor: Actor, draft_uuid: uuid.UUID, receiving_agency_id: int | None
) -> tuple[Application, uuid.UUID] | None:
    """The actor's own draft as an application, and its key: draft and applicant in one plain statement."""
    with connection.cursor() as cursor:
        cursor.execute(_draft_sql(), [draft_uuid, actor.party_id])
        row = cursor.fetchone()
    if row is None or actor.party_id is None:
        return None
    version, answers, found, files, down, channel, language, key, applicant = row[:9]
    application = Application(
        service_version_id=version,
        answers=_ANSWERS.unseal(answers),
        found=_FOUND.unseal(found),
        files=json.loads(files),
        channel=channel,
        submitter_party_id=actor.party_id,
        applicant_party_id=applicant,
        receiving_agency_id=receiving_agency_id,
        draft_uuid=draft_uuid,
        unverified=tuple(json.loads(down)),
        language=language,
        applicant=PartyFacts.read(row[9:-1]),
        doubted=row[-1],
    )
    return application, key


@lru_cache(maxsize=1)
def _draft_sql() -> str:
    return (Path(__file__).parents[1] / "sql" / "draft.sql").read_text("utf-8")


def application_of(draft: Draft, receiving_agency_id: int | None = None) -> Application:
    """The application that a draft is."""
    return Application(
        service_version_id=draft.service_version_id,
        answers=draft.answers,
        found=draft.found,
        files=draft.files,
        channel=draft.channel,
        submitter_party_id=draft.party_id,
        applicant_party_id=draft.principal_id or draft.party_id,
        receiving_agency_id=receiving_agency_id,
        draft_uuid=draft.uuid,
        unverified=tuple(draft.down),
        language=draft.language,
        applicant=PartyFacts.of(draft.principal if draft.principal_id else draft.party),
        doubted=Finding.objects.filter(application=draft.key).exists(),
    )


def keep_up(actor: Actor, draft: Draft) -> list[str] | None:
    """Move a draft to the version now in force. Returns the answers with no place there; None when nothing changed.

    A case keeps the version it was received under, a draft does not: it is received when it is submitted.
    """
    from motcua.core.services import queries as services

    pack = services.current(draft.service_code, clock.today())
    version_id = version_of(pack)
    if version_id == draft.service_version_id:
        return None
    answers, lost = pack.form.migrate(draft.answers, pack_of(draft).form)
    draft.answers, draft.service_version_id = answers, version_id
    draft.pages_done, draft.page = [], ""
    look_up(actor, draft)
    draft.save()
    emit("draft.new_version", actor, subject=("draft", draft.pk), data={"lost": lost})
    return lost


def _asks_anew(draft: Draft, pack: Pack, changed: Sequence[str]) -> bool:
    """Whether these new answers are a reason to ask the registers again.

    They are when a line of `prefill` names one of them. Any is while a register was silent, or when the draft was
    last saved on another day: what was found then may have changed.
    """
    if not changed:
        return False
    if draft.down or draft.saved_at.astimezone(clock.now().tzinfo).date() != clock.today():
        return True
    named = {name for rule in pack.prefill for name in rule.arguments.names}
    return any(_meet(path, name) for path in changed for name in named)


def _meet(path: str, name: str) -> bool:
    """Whether an answer's path and a name that an expression reads are the same, or one lies within the other."""
    one, other = path.partition("[")[0].split("."), name.split(".")
    return all(a == b for a, b in zip(one, other, strict=False))


def look_up(actor: Actor, draft: Draft) -> None:
    """Ask the registers whatever can be asked with what is known now; the draft is not saved."""
    with for_application(draft.key):
        result = prefill.find(
            actor, pack_of(draft), answers=draft.answers, applicant=applicant_of(draft), lang=draft.language
        )
    draft.found, draft.down = result.found, result.down


def pack_of(draft: Draft) -> Pack:
    from motcua.core.services import queries as services

    return services.pack(draft.service_version_id)


def version_of(pack: Pack) -> int:
    """The row of a pack that is in force."""
    if pack.version_id is None:
        raise ValueError(f"the pack {pack.code} was read from files and is no version in force")
    return pack.version_id


def applicant_of(draft: Draft) -> dict[str, Any]:
    return party_facts(draft.principal_id or draft.party_id).as_facts()


def given(draft: Draft) -> dict[str, Any]:
    """The facts beside the answers that the form's conditions may name."""
    now = clock.now()
    return {"applicant": applicant_of(draft), "today": now.date(), "received": now}


def own_draft(actor: Actor, draft_uuid: uuid.UUID) -> Draft:
    """The draft, of whom the actor acts for now. NotFound, or NotAllowed outside the mandate's services."""
    draft = draft_for(actor, draft_uuid, lock=True)
    if (draft.principal_id or draft.party_id) != actor.principal:
        raise NotFound()
    require_in_mandate(actor, draft.service_code)
    if draft.submitted_case_id is not None:
        number = Case.objects.filter(pk=draft.submitted_case_id).values_list("number", flat=True).first()
        raise Conflict(
            f"Đơn này đã nộp, mã hồ sơ {number}.", f"This application was submitted: case {number}."
        )
    return draft
