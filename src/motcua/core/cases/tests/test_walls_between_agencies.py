"""Who sees which papers, asked of the database itself: every kind of actor before every table."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import ProgrammingError, models, transaction

from motcua.core import clock
from motcua.core.cases import actions, papers
from motcua.core.cases.models import Case, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, birth_answers, work
from motcua.core.documents import actions as documents
from motcua.core.documents.models import Document, File, Renewal, Signature, VaultItem
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import ANONYMOUS, SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.registers.models import Correction, Finding, NumberRequest

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
ELSEWHERE, KEEPER = "05488", "05455"
"""A commune that has nothing to do with the case, and one that answers a doubt which the case met."""


def scan(actor: Actor, name: str, **more: Any) -> File:
    with acting(actor):
        return documents.upload(actor, name=name, stream=io.BytesIO(PNG + name.encode()), **more)


def step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def paper_of(agency_id: int, case: Case | None = None, **more: Any) -> Document:
    """A document of an agency, as it stands in a row."""
    return Document.objects.create(
        kind="letter", title="Công văn", code=uuid.uuid4().hex.upper()[:12], agency_id=agency_id, template="x",
        data={}, case_id=case.pk if case else None, **more,
    )  # fmt: skip


@pytest.fixture
def case(office: people.Ward) -> Case:
    """A birth whose parents married in another province; the commune there is asked, and has its step."""
    mother, clerk = people.citizen("mai"), people.officer(office.desk, "one_stop")
    notice = scan(mother, "chung-sinh.png")
    application = apply_for(
        mother, "khai-sinh", birth_answers("NGUYỄN GIA BẢO"), files={"birth_notice": [str(notice.uuid)]}
    )
    with acting(mother):
        made = actions.submit(mother, application, new_uuid())
    with acting(clerk):
        actions.receive(clerk, made.case_uuid)
    work()
    registrar = people.officer(office.committee, "civil_status_officer")
    with acting(SYSTEM):
        case = Case.objects.get(uuid=made.case_uuid)
    with acting(registrar):
        actions.complete_task(registrar, step(case, "appraise").uuid, "accept")
    work()
    return case


Rows = dict[str, tuple[type[models.Model], int]]


@pytest.fixture
def rows(office: people.Ward, case: Case) -> Rows:
    """One row of each kind of paper, by what it is."""
    clerk = people.officer(office.desk, "one_stop")
    at_desk = scan(clerk, "giay-uy-quyen.png")
    with acting(SYSTEM):
        slip = Document.objects.filter(case_id=case.pk, kind="slip").earliest("id")
        letter = paper_of(office.committee.pk)
        theirs = paper_of(office.committee.pk, case, owner_party_id=case.applicant_id)
        kept = VaultItem.objects.create(party_id=case.applicant_id, kind="x", title="Giấy", document=theirs)
        renewal = Renewal.objects.create(
            document=slip,
            place=1,
            digest=uuid.uuid4().hex,
            former=slip.digest,
            protected_until=clock.now(),
        )
        doubt = Correction.objects.create(
            register_id="population", key="1", path="name", should_be="x", reason="x", asked_by="x",
            agency_id=people.ward(KEEPER).committee.pk, group="civil_status_officer",
        )  # fmt: skip
        finding = Finding.objects.create(correction=doubt, case_id=case.pk)
        number = NumberRequest.objects.create(case_id=case.pk, child={})
        return {
            "a slip of the case": (Document, slip.pk),
            "the signature on it": (Signature, slip.signatures.earliest("id").pk),
            "its renewal": (Renewal, renewal.pk),
            "a letter of the committee": (Document, letter.pk),
            "a result in a vault": (Document, theirs.pk),
            "the vault": (VaultItem, kept.pk),
            "a paper handed in": (File, File.objects.get(case_id=case.pk).pk),
            "a scan at the desk": (File, at_desk.pk),
            "a doubt it met": (Finding, finding.pk),
            "the request for a number": (NumberRequest, number.pk),
        }


def asked_elsewhere(case: Case) -> Actor:
    """The officer of the commune in the other province, whose step it is."""
    agency = step(case, "verify").agency
    assert agency is not None
    with acting(SYSTEM):
        return people.officer(agency, "civil_status_officer")


OF_THE_CASE = {
    "a slip of the case",
    "the signature on it",
    "its renewal",
    "a result in a vault",
    "a paper handed in",
    "a doubt it met",
    "the request for a number",
}
EVERYTHING = OF_THE_CASE | {"a letter of the committee", "the vault", "a scan at the desk"}
WHO: dict[str, tuple[Callable[[people.Ward, Case], Actor], set[str]]] = {
    "the system": (lambda office, case: SYSTEM, EVERYTHING),
    "the desk that received it": (
        lambda office, case: people.officer(office.desk, "one_stop"),
        OF_THE_CASE | {"a scan at the desk"},
    ),
    "the committee that handles it": (
        lambda office, case: people.officer(office.committee, "chair"),
        OF_THE_CASE | {"a letter of the committee"},
    ),
    "a commune that is asked": (lambda office, case: asked_elsewhere(case), OF_THE_CASE),
    "a commune that is not": (
        lambda office, case: people.officer(people.ward(ELSEWHERE).committee, "chair"),
        set(),
    ),
    "that commune with the person before it": (
        lambda office, case: replace(
            people.officer(people.ward(ELSEWHERE).desk, "one_stop"), party_id=case.applicant_id
        ),
        OF_THE_CASE | {"the vault"},
    ),
    "the keeper of what it doubts": (
        lambda office, case: people.officer(people.ward(KEEPER).committee, "civil_status_officer"),
        {"a doubt it met"},
    ),
    "an officer without a post today": (
        lambda office, case: Actor(ActorKind.OFFICER, "Không chức vụ", officer_id=1),
        set(),
    ),
    "the applicant": (
        lambda office, case: people.citizen("mai"),
        OF_THE_CASE - {"a doubt it met"} | {"the vault"},
    ),
    "another person": (lambda office, case: people.citizen("suu"), set()),
    "nobody": (lambda office, case: ANONYMOUS, set()),
}  # fmt: skip


@pytest.mark.parametrize("who", WHO)
def test_each_sees_the_papers_that_are_theirs_to_see(
    who: str, office: people.Ward, case: Case, rows: Rows
) -> None:
    make, expected = WHO[who]
    actor = make(office, case)
    with acting(actor):
        seen = {what for what, (table, pk) in rows.items() if table._default_manager.filter(pk=pk).exists()}
    assert seen == expected


@pytest.mark.parametrize("who", ["a commune that is not", "an officer without a post today", "nobody"])
def test_what_is_not_seen_is_not_changed_either(
    who: str, office: people.Ward, case: Case, rows: Rows
) -> None:
    actor = WHO[who][0](office, case)
    with acting(actor):
        changed = {what for what, (table, pk) in rows.items() if _touch(table, pk)}
    assert changed == set()


COLUMNS: dict[type[models.Model], dict[str, Any]] = {
    Document: {"title": "x"},
    File: {"name": "x"},
    Finding: {"path": "x"},
    NumberRequest: {"attempts": 9},
    Renewal: {"place": 9},
    Signature: {"form": "x"},
    VaultItem: {"title": "x"},
}


def _touch(table: type[models.Model], pk: int) -> int:
    return table._default_manager.filter(pk=pk).update(**COLUMNS[table])


def test_an_officer_drafts_for_no_other_agency(office: people.Ward, case: Case) -> None:
    stranger = people.officer(people.ward(ELSEWHERE).committee, "chair")
    chair = people.officer(office.committee, "chair")
    for made in ({"agency_id": office.committee.pk}, {"agency_id": office.desk.pk, "case": case}):
        with acting(stranger), pytest.raises(ProgrammingError), transaction.atomic():
            paper_of(**made)
    with acting(chair):
        paper_of(office.committee.pk)
        paper_of(office.desk.pk, case)


def test_nobody_opens_a_document_by_putting_it_into_their_own_vault(
    office: people.Ward, case: Case, rows: Rows
) -> None:
    _, slip = rows["a slip of the case"]
    for actor in (people.citizen("suu"), people.officer(office.committee, "chair")):
        with acting(actor), pytest.raises(ProgrammingError), transaction.atomic():
            VaultItem.objects.create(party_id=actor.party_id or 1, kind="x", title="x", document_id=slip)


def test_a_scan_without_a_case_is_its_desk_s_until_it_joins_one(office: people.Ward) -> None:
    clerk, elsewhere = (
        people.officer(desk, "one_stop") for desk in (office.desk, people.ward(ELSEWHERE).desk)
    )
    kept = scan(clerk, "to-khai.png")
    assert kept.agency_id == office.desk.pk
    seen = []
    for actor in (clerk, elsewhere):
        with acting(actor):
            seen.append(File.objects.filter(pk=kept.pk).exists())
    assert seen == [True, False]


def test_what_is_sent_afterwards_belongs_to_the_case(office: people.Ward, born: Case) -> None:
    mother, clerk = people.citizen("lan_anh"), people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, born.uuid)
        actions.ask_supplement(clerk, born.uuid, ["Bản sao giấy kết hôn"], "Thiếu giấy tờ")
    sent = scan(mother, "ket-hon.png")
    with acting(clerk):
        assert not File.objects.filter(pk=sent.pk).exists()
    with acting(mother):
        actions.answer_supplement(mother, born.uuid, {}, {"item-0": [str(sent.uuid)]})
    for actor in (clerk, people.officer(office.committee, "civil_status_officer")):
        with acting(actor):
            assert File.objects.get(pk=sent.pk).case_id == born.pk


def test_a_case_that_names_another_person_s_file_does_not_open_it(office: people.Ward) -> None:
    strangers = scan(people.citizen("suu"), "so-do.png")
    mother, clerk = people.citizen("lan_anh"), people.officer(office.desk, "one_stop")
    application = apply_for(
        mother, "khai-sinh", birth_answers(), files={"birth_notice": [str(strangers.uuid)]}
    )
    with acting(mother):
        made = actions.submit(mother, application, new_uuid())
    with acting(clerk):
        assert Case.objects.filter(uuid=made.case_uuid).exists()
        assert not File.objects.filter(pk=strangers.pk).exists()


def test_the_case_that_decides_again_has_papers_of_its_own(office: people.Ward) -> None:
    mother, clerk = people.citizen("lan_anh"), people.officer(office.desk, "one_stop")
    chair = people.officer(office.committee, "chair")
    given = scan(mother, "chung-sinh.png")
    application = apply_for(mother, "khai-sinh", birth_answers(), files={"birth_notice": [str(given.uuid)]})
    with acting(mother):
        made = actions.submit(mother, application, new_uuid())
    with acting(clerk):
        actions.refuse_receipt(clerk, made.case_uuid, "Chưa đủ căn cứ")
    with acting(mother):
        objection = actions.object_to(mother, made.case_uuid, "Quyết định không đúng")
    with acting(chair):
        actions.complete_task(chair, step(objection, "objection").uuid, "upheld", reason="Hồ sơ đủ")
    with acting(SYSTEM):
        decided = Case.objects.get(uuid=made.case_uuid)
        anew = Case.objects.get(uuid=decided.data["replaced_by"])
        first, second = (File.objects.get(case_id=one.pk) for one in (decided, anew))
    assert (first.uuid, second.sha256) == (given.uuid, given.sha256)
    assert decided.data["papers"] == {"birth_notice": [str(first.uuid)]}
    assert anew.data["papers"] == {"birth_notice": [str(second.uuid)]}


def test_files_are_named_by_papers_and_within_answers() -> None:
    one, two, three = (new_uuid() for _ in range(3))
    reference = {"id": str(two), "name": "a.pdf", "size": 1, "media_type": "application/pdf"}
    answers = {
        "child": {"scan": [reference]},
        "children": [{"scan": [{**reference, "id": str(three)}]}],
        "n": 1,
    }
    given = {"birth_notice": [str(one), str(two)], "other": ["../../etc/passwd"]}
    assert papers.named(given, answers) == [one, two, three]
    other = new_uuid()
    again = papers.renamed(answers, {two: other})
    assert papers.named({}, again) == [other, three]
    assert again["n"] == 1
