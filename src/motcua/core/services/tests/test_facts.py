"""What a pack works out from the facts of a case."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from motcua.core.services.pack import FactMissing, Pack, as_json, find, from_json, total
from motcua.engines.forms import Found

RECEIVED = dt.datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
MOTHER = {"number": "019195001234", "sex": "Nữ", "spouse_number": "", "residence_unit": "05443"}


class Registers:
    """A reader that remembers what it was asked."""

    def __init__(self, answers: dict[tuple[str, ...], Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, ...]] = []

    def read(self, source: str, arguments: list[Any], label: str) -> Found | None:
        self.asked.append((source, *map(str, arguments)))
        value = self.answers.get(self.asked[-1])
        return None if value is None else Found(value, label, RECEIVED, source, "")


def facts(pack: Pack, answers: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return pack.facts(
        answers, applicant={"number": "019195001234", "residence": "05443"}, received=RECEIVED, extra=extra
    )


def test_what_is_found_leads_to_the_next_look_and_empty_values_lead_nowhere(birth: Pack) -> None:
    registers = Registers({("population.person", "019195001234"): MOTHER})
    found = find(birth, registers, facts(birth, {}))
    assert found["mother.residence_unit"].value == "05443"
    assert found["mother.residence_unit"].source_label == "Cơ sở dữ liệu quốc gia về dân cư"
    assert "father.number" not in found
    assert not any(asked[0] == "civil_status.marriage" for asked in registers.asked)


def test_a_corrected_number_leads_to_another_person(pension: Pack) -> None:
    registers = Registers(
        {("population.person", "019149000123"): {"number": "019149000123", "name": "MA THỊ SỬU"}}
    )
    found = find(pension, registers, facts(pension, {"elder.number": "019149000123"}))
    assert found["elder.name"].value == "MA THỊ SỬU"


def test_found_facts_survive_the_database(birth: Pack) -> None:
    found = find(birth, Registers({("population.person", "019195001234"): MOTHER}), facts(birth, {}))
    assert from_json(as_json(found)) == found


def test_a_source_is_named_in_the_language_of_whoever_reads(birth: Pack) -> None:
    found = find(birth, Registers({("population.person", "019195001234"): MOTHER}), facts(birth, {}), "vi")
    kept = from_json(as_json(found))["mother.residence_unit"]
    assert kept.source_in("en") == "National population database"
    assert kept.source_in("vi") == "Cơ sở dữ liệu quốc gia về dân cư"


def test_what_was_found_before_sources_had_two_names_is_still_read(birth: Pack) -> None:
    row = {"value": "Kinh", "source": "Sổ hộ tịch", "at": None, "register": "civil_status", "key": "1"}
    assert from_json({"mother.ethnicity": row})["mother.ethnicity"].source_in("en") == "Sổ hộ tịch"


def test_an_answer_stands_before_what_was_found_and_the_register_is_still_told(birth: Pack) -> None:
    merged = birth.facts(
        {"child.home_place": "Hà Nội"}, {"child.home_place": Found("Thái Nguyên", "x")},
        applicant={"number": "1"}, received=RECEIVED,
    )  # fmt: skip
    assert merged["child"]["home_place"] == "Hà Nội"
    assert merged["registers"]["child"]["home_place"] == "Thái Nguyên"


def test_an_officers_finding_replaces_what_follows(birth: Pack) -> None:
    marriage = {"in_province": False, "unit": "09169"}
    assert facts(birth, {}, marriage=marriage)["verification"] == {"needed": True, "unit": "09169"}
    decided = facts(birth, {}, marriage=marriage, verification={"needed": False})
    assert decided["verification"]["needed"] is False


def test_without_a_marriage_nothing_is_verified(birth: Pack) -> None:
    assert facts(birth, {})["verification"]["needed"] is False


@pytest.mark.parametrize(("days", "fee"), [(60, 0), (61, 8000)])
def test_the_fee_begins_on_the_sixty_first_day(birth: Pack, days: int, fee: int) -> None:
    born = (RECEIVED.date() - dt.timedelta(days=days)).isoformat()
    assert total(birth.fees(facts(birth, {"child.born": born, "copies": 0}))) == fee


def test_the_law_of_the_day_of_receipt_prices_a_case(extract: Pack) -> None:
    def rates(key: str, province: str | None, on: dt.date) -> int | None:
        return 9000 if on >= dt.date(2026, 12, 1) else 8000

    installed = extract.of_version(7, rates)
    case = {**facts(installed, {"copies": 2}), "today": dt.date(2026, 12, 5)}
    assert total(installed.fees(case)) == 16000


def test_a_fee_without_its_facts_is_an_error_and_never_zero(extract: Pack) -> None:
    with pytest.raises(FactMissing, match="copies"):
        extract.fees(facts(extract, {}))


def test_a_province_pays_its_own_rate_and_another_one_none(birth: Pack) -> None:
    day = RECEIVED.date()
    assert birth.rate("ho-tich.khai-sinh-qua-han", "19", day) == 8000
    assert birth.rate("ho-tich.khai-sinh-qua-han", None, day) == 8000
    assert birth.rate("ho-tich.khai-sinh-qua-han", "01", day) is None
    assert birth.rate("ho-tich.ban-sao-trich-luc", "01", day) == 8000


def test_a_refusal_names_its_rule_and_article(pension: Pack) -> None:
    elder = {"nationality": "Việt Nam", "residence_unit": "05443", "born": "1949-05-01"}
    decided = pension.decide("eligibility", facts(pension, {}, elder=elder, protection={"pension": True}))
    assert (decided.value, decided.rule) == (False, "has_benefit")
    assert decided.law == "Luật Bảo hiểm xã hội 41/2024/QH15 Điều 21 khoản 1 điểm b"
    assert decided.inputs["elder"] == elder
    assert decided.reason.en == "Draws a pension or a monthly social-insurance allowance."


def test_an_effect_happens_only_when_its_condition_holds(pension: Pack) -> None:
    elder = {"number": "019149000123"}
    granted = facts(pension, {"payment.method": "cash"}, elder=elder, verdict={"granted": True})
    effect = pension.effect("pension", granted)
    assert effect is not None
    assert (effect.register, effect.key, effect.valid_from) == (
        "social_protection",
        "019149000123",
        RECEIVED.date(),
    )
    assert effect.data["social_pension"]["amount"] == 500000
    assert pension.effect("pension", facts(pension, {}, elder=elder, verdict={"granted": False})) is None
    with pytest.raises(KeyError, match="its effects: pension"):
        pension.effect("other", granted)


def test_savings_follow_the_published_formula(birth: Pack) -> None:
    saved = birth.saved(asked=2, papers=0, trips=0, on=RECEIVED.date())
    assert (saved.facts, saved.papers, saved.trips, saved.minutes) == (29, 3, 2, 159)
    assert saved.money == 159 * 41000 // 60 + 40000
