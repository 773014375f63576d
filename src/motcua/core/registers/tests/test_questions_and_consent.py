"""Yes or no instead of data, counts without people, consent that can be taken back, doubts that are answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.ledger.queries import reads_of
from motcua.core.organisations import queries as organisations
from motcua.core.registers import companies, consent, corrections, questions, statistics
from motcua.core.registers.data import demo_people
from motcua.core.registers.models import ConsentRevision
from motcua.core.registers.questions import current

pytestmark = pytest.mark.usefixtures("registers")
BANK = Actor(ActorKind.PARTNER, "Ngân hàng (bản thử)")


def number(name: str) -> str:
    return str(demo_people()["people"][name]["number"])


def mother() -> Actor:
    return Actor(ActorKind.CITIZEN, "NGUYỄN THỊ LAN ANH", party_id=4711, level=2)


def desk() -> Actor:
    agency = organisations.competent_agency("commune_committee", "05443")
    return Actor(
        ActorKind.OFFICER, "Đặng Thị Hồng Thủy", officer_id=1, agency_id=agency.pk, unit_ids=(agency.pk,),
        groups=frozenset({"civil_status_officer"}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "given", "answer"),
    [
        ("of_age", {}, True),
        ("of_age", {"years": "60"}, False),
        ("address", {"value": "05443"}, True),
        ("address", {"value": "so 12 duong hoang van thu"}, True),
        ("address", {"value": "Số 13, đường Hoàng Văn Thụ"}, False),
        ("married", {}, True),
        ("married", {"value": "019093005678"}, True),
        ("married", {"value": "019093005679"}, False),
        ("alive", {}, True),
        ("exists", {}, True),
    ],
)
def test_a_question_is_answered_by_yes_or_no(
    officer: Actor, question: str, given: dict[str, str], answer: bool
) -> None:
    asked = questions.ask(officer, "population", number("lan_anh"), question, purpose="Thử", given=given)
    assert asked.answer is answer


def test_a_question_is_logged_as_a_look(officer: Actor) -> None:
    questions.ask(officer, "population", number("lan_anh"), "of_age", purpose="Bán rượu")
    assert reads_of(number("lan_anh"))[0].purpose == "Bán rượu (hỏi: of_age)"


def test_what_the_schema_does_not_answer_is_refused(officer: Actor) -> None:
    with pytest.raises(UserError, match="exists"):
        questions.ask(officer, "social_protection", number("teo"), "of_age", purpose="Thử")


def test_counts_hold_no_small_groups(officer: Actor) -> None:
    told = statistics.count(officer, "population", ["sex", "born:year"])
    assert told.suppressed > 0
    assert all(group.count is None or group.count >= statistics.SMALLEST for group in told.groups)


def test_one_small_group_alone_cannot_be_had_by_subtraction() -> None:
    hidden = statistics._hidden([(("a",), 3), (("b",), 90), (("c",), 12)])
    assert hidden == {("a",), ("c",)}


def test_a_personal_field_is_no_dimension(officer: Actor) -> None:
    with pytest.raises(UserError, match="name"):
        statistics.count(officer, "population", ["name"])


def test_a_reading_that_rests_on_consent_waits_for_it_and_ends_with_it() -> None:
    def may() -> bool:
        try:
            questions.ask(
                BANK,
                "population",
                number("lan_anh"),
                "alive",
                purpose="Mở tài khoản",
                use="credit",
                partner="sandbox-bank",
            )
        except NotAllowed:
            return False
        return True

    assert not may()
    given = consent.give(mother(), number("lan_anh"), "bank-customer")
    assert consent.give(mother(), number("lan_anh"), "bank-customer").pk == given.pk
    assert may()
    consent.withdraw(mother(), given.uuid, number("lan_anh"))
    assert not may()
    assert [one.state for one in consent.consents_of(number("lan_anh"))] == ["withdrawn"]


def test_nobody_consents_for_another() -> None:
    clerk = Actor(ActorKind.CITIZEN, "Người khác", party_id=1, principal_id=4711)
    with pytest.raises(NotAllowed):
        consent.give(clerk, number("lan_anh"), "bank-customer")


def test_a_consent_that_was_altered_does_not_count() -> None:
    given = consent.give(mother(), number("lan_anh"), "bank-customer")
    given.payload = given.payload.replace(number("lan_anh"), number("duc"))
    given.save()
    assert not consent.holds(number("lan_anh"), "bank-customer")


def test_every_change_of_a_consent_is_a_link_that_stays() -> None:
    given = consent.give(mother(), number("lan_anh"), "bank-customer")
    consent.withdraw(mother(), given.uuid, number("lan_anh"))
    assert len(consent.revisions_of(given.uuid)) == 2
    assert consent.chain_is_whole(given.uuid)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        ConsentRevision.objects.filter(about_uuid=given.uuid).delete()


def test_a_new_version_of_an_agreement_leaves_old_consents_as_they_were() -> None:
    given = consent.give(mother(), number("lan_anh"), "bank-customer")
    second = consent.write_agreement(
        slug="bank-customer", register="population", fields=["name"], purpose="Hẹp hơn", purpose_en="Narrower",
        controller="Ngân hàng (bản thử)", legal_basis="Luật", days=30,
    )  # fmt: skip
    consent.put_in_force(second)
    given.refresh_from_db()
    assert given.agreement.version == 1
    assert consent.holds(number("lan_anh"), "bank-customer")
    consent.end(given.agreement)
    assert not consent.holds(number("lan_anh"), "bank-customer")


def test_representatives_and_their_companies_find_each_other(officer: Actor) -> None:
    (company,) = companies.companies_of(officer, number("duc"), purpose="Ủy quyền")
    assert (company.name, company.role) == ("CÔNG TY TNHH CHÈ TÂN CƯƠNG MINH ĐỨC", "Giám đốc")
    (head,) = companies.representatives_of(officer, company.code, purpose="Ủy quyền")
    assert head.number == number("duc")
    (shop,) = companies.companies_of(officer, number("huong"), purpose="Ủy quyền")
    assert shop.code == number("huong")


def test_a_doubt_goes_to_the_desk_of_the_keeper_and_is_corrected_by_a_document() -> None:
    lan_anh = number("lan_anh")
    asked = corrections.ask(
        mother(),
        "population",
        lan_anh,
        "ethnicity",
        should_be="Tày",
        reason="Giấy khai sinh ghi Tày",
        own_number=lan_anh,
    )
    again = corrections.ask(
        mother(), "population", lan_anh, "ethnicity", should_be="Tày", reason="Lần nữa", own_number=lan_anh
    )
    assert again.pk == asked.pk
    assert [one.pk for one in corrections.open_for(desk())] == [asked.pk]
    corrections.correct(desk(), asked.uuid, document="Giấy khai sinh số 44/1995")
    row = current("population", lan_anh)
    assert row is not None
    assert row.facts["ethnicity"] == "Tày"
    with pytest.raises(Conflict):
        corrections.refuse(desk(), asked.uuid, reason="Muộn")


def test_a_case_waits_for_a_doubt_only_where_the_rule_says_so() -> None:
    clerk = desk()
    corrections.ask(
        clerk,
        "population",
        number("duc"),
        "residence_text",
        should_be="Số 14",
        reason="Sổ",
        met=corrections.Met(case_id=81),
    )
    assert not corrections.case_waits(81)
    corrections.ask(
        clerk,
        "social_protection",
        number("teo"),
        "pension",
        should_be="không",
        reason="Sổ",
        met=corrections.Met(case_id=82),
    )
    assert corrections.case_waits(82)


def test_nobody_doubts_what_is_said_of_a_stranger() -> None:
    with pytest.raises(NotFound):
        corrections.ask(
            mother(),
            "population",
            number("thang"),
            "ethnicity",
            should_be="Tày",
            reason="?",
            own_number=number("lan_anh"),
        )
    with pytest.raises(UserError) as wrong:
        corrections.ask(
            mother(),
            "population",
            number("lan_anh"),
            "born",
            should_be="8 tháng 3",
            reason="?",
            own_number=number("lan_anh"),
        )
    assert wrong.value.field == "should_be"


def test_whose_birth_is_not_recorded_is_of_no_known_age(officer: Actor) -> None:
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.registers import actions

    actions.write(SYSTEM, "population", "019000000001", {"residence_unit": "05443"})
    assert questions.ask(officer, "population", "019000000001", "of_age", purpose="Thử").answer is None


def test_a_consent_is_signed_by_the_register_and_checked_by_its_public_keys_alone() -> None:
    import json

    from joserfc import jws
    from joserfc.jwk import KeySet

    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.registers import own_keys

    given = consent.give(mother(), number("lan_anh"), "bank-customer")
    own_keys.renew(SYSTEM, "population")
    published: Any = own_keys.public_keys("population")
    assert len(published["keys"]) == 2
    assert all("d" not in key for key in published["keys"])
    copy = consent.signed_copy(number("lan_anh"), given.uuid)
    read = jws.deserialize_compact(copy, KeySet.import_key_set(published), algorithms=["ES256"])
    assert json.loads(read.payload)["person"] == number("lan_anh")
    assert consent.holds(number("lan_anh"), "bank-customer")
    with pytest.raises(NotFound):
        consent.signed_copy(number("duc"), given.uuid)


def test_the_key_of_another_register_signs_no_consent() -> None:
    from motcua.core.registers import own_keys

    given = consent.give(mother(), number("lan_anh"), "bank-customer")
    given.signature = own_keys.sign("social_protection", given.payload)
    assert not consent.genuine(given)
