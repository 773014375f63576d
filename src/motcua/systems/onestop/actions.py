"""Helping somebody at the counter: who it is, what they apply for, and the application sent for them.

The officer acts, the person is the principal: register look-ups and events carry both, and the case counts as
assisted, never as online.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from motcua.core import clock
from motcua.core.cases import actions as cases
from motcua.core.cases import policies, proofs
from motcua.core.cases.actions import Submitted
from motcua.core.cases.models import Case, Channel, Draft
from motcua.core.cases.proofs import Provable
from motcua.core.documents.models import File
from motcua.core.errors import Conflict, UserError
from motcua.core.identity import accounts, cards, enrolment, papers
from motcua.core.identity import actions as identity
from motcua.core.identity.models import CardRead, EvidenceKind, Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.ledger.scope import acting
from motcua.engines import forms
from motcua.systems.onestop.models import Visit

PURPOSE = "Lập hồ sơ giúp người đến bộ phận một cửa"
"""Why the population database is looked into at the counter; the person sees it among who read their data."""
IN_PERSON = (EvidenceKind.CHIP_READ, EvidenceKind.CARD_SEEN)
"""Evidence by which somebody with a number is recognised at the desk."""
SEEN_BY_OFFICER = 1
"""What an officer's word is worth, also for a chip read by the desk's own device: level 2 the chip itself proves."""
WITHOUT_NUMBER = (EvidenceKind.CARD_SEEN, EvidenceKind.WITNESS, EvidenceKind.DECLARED)


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody without a personal number, as the officer wrote them down."""

    name: str
    born: dt.date | None
    sex: str
    phone: str
    address_unit: str
    address_text: str
    reference: str


def welcome(actor: Actor, number: str, evidence: str, phone: str = "") -> Visit:
    """Begin with a person whom the population database knows by number; the look-up is logged with its purpose."""
    kind = _evidence(evidence, IN_PERSON)
    party = identity.party_from_register(actor, number, purpose=PURPOSE, kind=kind, level=SEEN_BY_OFFICER)
    _keep_phone(party, phone)
    return _begin(actor, party, kind)


def welcome_by_card(actor: Actor, card: CardRead, *, face_compared: bool) -> Visit:
    """Begin with the person whose chip was read and believed here (Decree 118/2025 art. 17.2a, as amended 309/2026)."""
    return _begin(actor, cards.prove(actor, card, face_compared=face_compared), EvidenceKind.CHIP_READ)


def welcome_foreigner(
    actor: Actor, paper: papers.Paper, evidence: str, contact: papers.Contact | None = None
) -> Visit:
    """Begin with a foreigner whose passport or residence card was seen."""
    kind = _evidence(evidence, (EvidenceKind.CARD_SEEN,))
    return _begin(actor, papers.party_of(actor, paper, kind=kind, contact=contact), kind)


def welcome_known_foreigner(actor: Actor, party: Party, evidence: str) -> Visit:
    """Begin with a foreigner on record whose paper was seen again; Conflict when it has ended."""
    accounts.require_seen(actor, evidence)
    enrolment.require_current_paper(party)
    identity.believe(actor, party, EvidenceKind.CARD_SEEN, party.paper, None)
    return _begin(actor, party, EvidenceKind.CARD_SEEN)


def welcome_stranger(actor: Actor, person: Stranger, evidence: str) -> Visit:
    """Begin with a person without a number, by the evidence there is. No account is made up for them."""
    kind = _evidence(evidence, WITHOUT_NUMBER)
    if kind is not EvidenceKind.DECLARED and not person.reference.strip():
        raise UserError(
            "Ghi số giấy tờ đã xem, hoặc họ tên và số định danh của người làm chứng.",
            "Note the number of the paper seen, or the witness's name and number.",
            "reference",
        )
    party = identity.party_for(
        actor,
        name=person.name,
        kind=kind,
        born=person.born,
        sex=person.sex,
        phone=person.phone,
        address_unit=person.address_unit,
        address_text=person.address_text,
        reference=person.reference.strip(),
    )
    return _begin(actor, party, kind)


def _evidence(given: str, known: Sequence[EvidenceKind]) -> EvidenceKind:
    for kind in known:
        if given == kind:
            return kind
    raise UserError("Chọn cách nhận biết người nộp.", "Choose how the person was recognised.", "evidence")


def _keep_phone(party: Party, phone: str) -> None:
    if phone.strip():
        party.phone = phone.strip()
        party.save(update_fields=["phone"])


def _begin(actor: Actor, party: Party, evidence: str) -> Visit:
    """Today's open visit of the same person with the same officer, or a new one."""
    assert actor.officer_id is not None
    assert actor.agency_id is not None
    known = Visit.objects.filter(
        party=party, officer_id=actor.officer_id, agency_id=actor.agency_id, ended_at=None
    ).first()
    if known is not None:
        return known
    visit = Visit.objects.create(
        party=party,
        officer_id=actor.officer_id,
        agency_id=actor.agency_id,
        evidence=evidence,
        begun_at=clock.now(),
    )
    emit("counter.begun", helping(actor, visit), subject=("visit", visit.pk), data={"evidence": evidence})
    return visit


def helping(actor: Actor, visit: Visit) -> Actor:
    """The officer acting for the person before them: reads and events name the officer, and whose matter it is."""
    return replace(actor, party_id=visit.party_id)


def choose_service(actor: Actor, visit: Visit, code: str, lang: str) -> Draft:
    """Begin the application, with everything that registers know already filled in."""
    _require_open(visit)
    with acting(helping(actor, visit)) as helper:
        draft = cases.start_draft(helper, code, lang)
        draft.channel = Channel.COUNTER
        draft.save(update_fields=["channel"])
    visit.draft_uuid = draft.uuid
    visit.save(update_fields=["draft_uuid"])
    return draft


def draft_of(actor: Actor, visit: Visit) -> Draft | None:
    """The application being filled in, if one was begun."""
    if visit.draft_uuid is None:
        return None
    with acting(helping(actor, visit)):
        return Draft.objects.filter(uuid=visit.draft_uuid, party_id=visit.party_id).first()


def save_page(
    actor: Actor,
    visit: Visit,
    page_id: str,
    posted: Mapping[str, Sequence[str]],
    files: Mapping[str, Sequence[forms.UploadedRef]],
) -> forms.Reading:
    """Keep what was typed on a page."""
    _require_open(visit)
    assert visit.draft_uuid is not None
    with acting(helping(actor, visit)) as helper:
        return cases.save_page(helper, visit.draft_uuid, page_id, posted, files)


def attach(actor: Actor, visit: Visit, paper: str, uploads: Sequence[File], kept: Sequence[str]) -> None:
    """Put scans to a paper, beside those that are kept."""
    _require_open(visit)
    assert visit.draft_uuid is not None
    with acting(helping(actor, visit)) as helper:
        cases.attach(helper, visit.draft_uuid, paper, [*kept, *(str(file.uuid) for file in uploads)])


def ask_for_proof(actor: Actor, visit: Visit, paper: Provable) -> None:
    """Ask the person's wallet for a paper, in the name of the agency of this desk."""
    _require_open(visit)
    with acting(helping(actor, visit)) as helper:
        proofs.prover().ask(helper, paper, asker=visit.agency.name)


def take_proof(actor: Actor, visit: Visit, paper: Provable) -> None:
    """Put the sheet of what was proven beside the scans of the paper; again it changes nothing. Raises Conflict."""
    _require_open(visit)
    draft = draft_of(actor, visit)
    if draft is None:
        raise Conflict("Chưa chọn thủ tục.", "No service has been chosen yet.")
    with acting(helping(actor, visit)) as helper:
        sheet = proofs.prover().take(helper, paper)
        others = [one for one in draft.files.get(paper.rule.id, []) if one != sheet]
        cases.attach(helper, draft.uuid, paper.rule.id, [*others, sheet])


def submit(actor: Actor, visit: Visit) -> Submitted:
    """Send the application through the same intake as every door, and receive it where this desk may.

    Pressed twice it is one case: the draft's own key sees to it.
    """
    draft = draft_of(actor, visit)
    if draft is None:
        raise Conflict("Chưa chọn thủ tục.", "No service has been chosen yet.")
    application = replace(
        cases.application_of(draft, visit.agency_id),
        channel=Channel.COUNTER,
        assisting_officer_id=actor.officer_id,
    )
    with acting(helping(actor, visit)) as helper:
        submitted = cases.submit(helper, application, draft.key)
    if visit.case_uuid is None:
        visit.case_uuid, visit.ended_at = submitted.case_uuid, clock.now()
        visit.save(update_fields=["case_uuid", "ended_at"])
    _receive(actor, submitted)
    return submitted


def _receive(actor: Actor, submitted: Submitted) -> None:
    """The papers were looked at while the person stood here: receiving is part of the same act."""
    case = Case.objects.get(number=submitted.number)
    if policies.abilities(actor, case)["receive"]:
        cases.receive(actor, case.uuid)


def once_more(actor: Actor, visit: Visit) -> Visit:
    """The same person, recognised a moment ago, asks for something else."""
    return _begin(actor, visit.party, visit.evidence)


def end(actor: Actor, visit: Visit) -> None:
    """The person went without applying; what was filled in is thrown away."""
    if visit.ended_at is not None:
        return
    draft = draft_of(actor, visit)
    if draft is not None and draft.submitted_case_id is None:
        with acting(helping(actor, visit)) as helper:
            cases.discard_draft(helper, draft.uuid)
    visit.ended_at = clock.now()
    visit.save(update_fields=["ended_at"])
    emit("counter.ended", helping(actor, visit), subject=("visit", visit.pk))


def _require_open(visit: Visit) -> None:
    if visit.ended_at is not None:
        raise Conflict("Lượt tiếp này đã kết thúc.", "This visit has ended.")
