"""The map of the state: both trees with their dates, old addresses, agencies, duties, who signs how, when it works."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from motcua.core.errors import NotFound
from motcua.core.organisations import data, queries
from motcua.core.organisations.models import (
    AdministrativeUnit,
    Agency,
    AgencyKind,
    Appointment,
    CalendarDay,
    Delegation,
    Officer,
    Position,
    SigningForm,
    UnitSuccession,
)
from motcua.engines.working_time import Limit, Unit, deadline, start_of_clock

pytestmark = pytest.mark.django_db
EVE, REFORM = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
TODAY = dt.date(2026, 11, 20)
THAI_NGUYEN, BAC_NINH, WARD = "19", "24", "05443"
HANOI_TIME = dt.timezone(dt.timedelta(hours=7))


def codes(units: list[queries.UnitView]) -> set[str]:
    return {unit.code for unit in units}


# Both trees


def test_the_country_had_63_provinces_and_has_34() -> None:
    assert len(queries.provinces(EVE)) == 63
    assert len(queries.provinces(REFORM)) == 34


def test_there_were_three_levels_below_the_centre_and_there_are_two() -> None:
    in_force = AdministrativeUnit.objects.filter(queries.in_force(EVE))
    assert in_force.filter(level="district").count() == 696
    assert in_force.filter(level="commune").count() > 10_000
    now = AdministrativeUnit.objects.filter(queries.in_force(REFORM))
    assert now.filter(level="commune").count() == 3_321
    assert not now.filter(level="district").exists()


def test_a_district_ended_with_its_last_day() -> None:
    district = queries.unit("164", EVE)
    assert district is not None
    assert district.label == "Thành phố Thái Nguyên, Tỉnh Thái Nguyên"
    assert queries.unit("164", REFORM) is None


def test_a_commune_stood_below_a_district_and_stands_below_a_province() -> None:
    before = AdministrativeUnit.objects.get(queries.in_force(EVE), code=WARD, level="commune")
    after = AdministrativeUnit.objects.get(queries.in_force(REFORM), code=WARD, level="commune")
    assert (before.parent_code, before.name) == ("164", "Phường Trưng Vương")
    assert (after.parent_code, after.name) == (THAI_NGUYEN, "Phường Phan Đình Phùng")


def test_no_day_finds_two_units_of_one_code() -> None:
    for day in (dt.date(2020, 1, 1), EVE, REFORM, dt.date(2026, 4, 30), TODAY):
        found = list(
            AdministrativeUnit.objects.filter(queries.in_force(day), level="commune").values_list(
                "code", flat=True
            )
        )
        assert len(found) == len(set(found)), day


def test_a_ward_that_was_a_commune_until_the_amendment_of_2026() -> None:
    before, after = dt.date(2026, 4, 29), dt.date(2026, 4, 30)
    assert _name("26368", before) == "Xã Long Thành"
    assert _name("26368", after) == "Phường Long Thành"


def test_three_provinces_became_cities_in_2026_each_on_its_day() -> None:
    assert _name("75", dt.date(2026, 4, 29)) == "Tỉnh Đồng Nai"
    assert _name("75", dt.date(2026, 4, 30)) == "Thành phố Đồng Nai"
    assert _name(BAC_NINH, dt.date(2026, 9, 19)) == "Tỉnh Bắc Ninh"
    assert _name(BAC_NINH, dt.date(2026, 9, 20)) == "Thành phố Bắc Ninh"
    assert queries.unit_label("09187", dt.date(2026, 9, 20)) == "Phường Kinh Bắc, Thành phố Bắc Ninh"


def test_an_amended_unit_names_the_resolution() -> None:
    row = AdministrativeUnit.objects.get(queries.in_force(TODAY), code="26368", level="commune")
    assert row.source == "237/NQ-UBTVQH16"


def _name(code: str, on: dt.date) -> str:
    found = queries.unit(code, on)
    assert found is not None
    return found.name


def test_loading_twice_changes_nothing() -> None:
    before = (AdministrativeUnit.objects.count(), Agency.objects.count(), Officer.objects.count())
    data.load()
    assert (AdministrativeUnit.objects.count(), Agency.objects.count(), Officer.objects.count()) == before


# Old addresses


def test_an_old_address_is_today_s_unit() -> None:
    found = queries.resolve_old("Phường Phúc Xá, Quận Ba Đình, Hà Nội", TODAY)
    assert [unit.label for unit in found] == ["Phường Hồng Hà, Thành phố Hà Nội"]


def test_an_old_address_is_understood_without_accents_and_kinds() -> None:
    assert codes(queries.resolve_old("phuc xa, ba dinh, ha noi", TODAY)) == {"00097"}


def test_a_ward_that_was_split_is_several_units_today() -> None:
    found = queries.resolve_old("Phường Cống Vị, Quận Ba Đình, Hà Nội", TODAY)
    assert codes(found) >= {"00008", "00025"}
    assert codes(found) == codes(queries.resolve_old("00007", TODAY))


def test_an_old_name_that_many_places_bore_needs_its_district() -> None:
    assert len(queries.resolve_old("Phường Trưng Vương", TODAY)) > 1
    assert codes(queries.resolve_old("Phường Trưng Vương, Thành phố Thái Nguyên", TODAY)) == {WARD}


def test_before_the_reform_an_old_code_is_itself() -> None:
    assert [unit.name for unit in queries.resolve_old(WARD, EVE)] == ["Phường Trưng Vương"]


def test_nonsense_resolves_to_nothing() -> None:
    assert queries.resolve_old("Phường Không Có Thật, Quận Nào Đó", TODAY) == []
    assert queries.resolve_old(" , ", TODAY) == []
    assert queries.resolve_old("99999", TODAY) == []


def test_every_commune_of_the_old_tree_became_something_that_stands() -> None:
    old = set(
        AdministrativeUnit.objects.filter(queries.in_force(EVE), level="commune").values_list(
            "code", flat=True
        )
    )
    now = set(
        AdministrativeUnit.objects.filter(queries.in_force(TODAY), level="commune").values_list(
            "code", flat=True
        )
    )
    became = dict(UnitSuccession.objects.filter(level="commune").values_list("old_code", "new_code"))
    lost = {code for code in old if became.get(code, code) not in now}
    assert lost == set()


# Names


@pytest.mark.parametrize(
    "typed", ["Phan Đình Phùng", "phan dinh phung", "PHAN  ĐÌNH PHÙNG", "phan đinh phung"]
)
def test_a_name_is_found_with_and_without_accents(typed: str) -> None:
    assert WARD in codes(queries.find_units(typed, TODAY, province=THAI_NGUYEN))


def test_a_decomposed_name_is_the_same_name() -> None:
    import unicodedata

    typed = unicodedata.normalize("NFD", "Phan Đình Phùng")
    assert WARD in codes(queries.find_units(typed, TODAY))


def test_the_province_after_a_comma_narrows_the_search() -> None:
    assert codes(queries.find_units("kinh bac, bac ninh", TODAY)) == {"09187"}
    assert queries.find_units("kinh bac, thai nguyen", TODAY) == []


def test_the_exact_name_comes_first() -> None:
    found = queries.find_units("tan phu", TODAY, limit=20)
    exact = [unit.short_name for unit in found]
    assert exact[0] == "Tân Phú"
    assert exact == sorted(exact, key=lambda name: name != "Tân Phú")


def test_an_empty_search_finds_nothing() -> None:
    assert queries.find_units("  ", TODAY) == []


def test_units_stand_in_vietnamese_order() -> None:
    names = [unit.short_name for unit in queries.units_of(THAI_NGUYEN, TODAY)]
    assert len(names) == 92
    assert names.index("Ba Bể") < names.index("Đại Phúc") < names.index("Vạn Xuân")


# Agencies


def test_every_commune_of_the_province_can_receive_decide_and_police() -> None:
    communes = codes(queries.units_of(THAI_NGUYEN, TODAY))
    for kind in (AgencyKind.COMMUNE_COMMITTEE, AgencyKind.ONE_STOP, AgencyKind.COMMUNE_POLICE):
        served = queries.agencies(kind, on=TODAY, province_code=THAI_NGUYEN).values_list(
            "unit_code", flat=True
        )
        assert set(served) == communes, kind


def test_the_competent_committee_is_the_ward_s_own() -> None:
    committee = queries.competent_agency(AgencyKind.COMMUNE_COMMITTEE, WARD, TODAY)
    assert committee.code == "H55.237"
    assert queries.one_stop_of(committee, TODAY).code == "H55.237.00"


def test_where_the_ward_has_no_such_agency_the_province_s_is_competent() -> None:
    found = queries.competent_agency(AgencyKind.PROVINCE_COMMITTEE, WARD, TODAY)
    assert found.code == "H55"


def test_a_place_that_nobody_serves_is_said_with_its_name() -> None:
    with pytest.raises(NotFound, match="Hồng Hà") as said:
        queries.competent_agency(AgencyKind.COMMUNE_COMMITTEE, "00097", TODAY)
    assert "quản trị viên" in said.value.text("vi")


def test_an_agency_is_found_by_code_and_a_wrong_code_is_named() -> None:
    assert queries.agency("H55.237").unit_code == WARD
    with pytest.raises(NotFound, match="H99"):
        queries.agency("H99.1")


def test_an_agency_that_ended_is_no_longer_competent() -> None:
    committee = queries.competent_agency(AgencyKind.COMMUNE_COMMITTEE, WARD, TODAY)
    committee.valid_until = dt.date(2026, 10, 31)
    committee.save()
    assert (
        queries.competent_agency(AgencyKind.COMMUNE_COMMITTEE, WARD, dt.date(2026, 10, 31)).pk == committee.pk
    )
    with pytest.raises(NotFound):
        queries.competent_agency(AgencyKind.COMMUNE_COMMITTEE, WARD, TODAY)


# Duties and signatures


def officer(code: str) -> Officer:
    return Officer.objects.get(code=code)


def test_the_chair_signs_on_behalf_of_the_committee() -> None:
    committee = queries.agency("H55.237")
    right = queries.signing_right(officer("h55.237.chair").pk, committee.pk, "1.001193", TODAY)
    assert right is not None
    assert right.form == "TM"
    assert right.title_lines == (f"TM. {committee.name.upper()}", "CHỦ TỊCH")


def test_the_vice_chair_signs_for_the_chair() -> None:
    right = queries.signing_right(
        officer("h55.237.vice-chair").pk, queries.agency("H55.237").pk, "1.001193", TODAY
    )
    assert right is not None
    assert right.title_lines == ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")


def test_a_clerk_signs_nothing_and_a_chair_nothing_elsewhere() -> None:
    here, there = queries.agency("H55.237").pk, queries.agency("H05.200").pk
    assert queries.signing_right(officer("h55.237.civil-status-officer").pk, here, "1.001193", TODAY) is None
    assert queries.signing_right(officer("h55.237.chair").pk, there, "1.001193", TODAY) is None


def test_a_delegation_holds_for_its_services_and_its_days() -> None:
    committee = queries.agency("H55.237")
    clerk = officer("h55.237.civil-status-officer")
    Delegation.objects.create(
        agency=committee,
        form=SigningForm.TUQ,
        grantor=Appointment.objects.get(agency=committee, position__code="chair"),
        delegate=Appointment.objects.get(agency=committee, officer=clerk),
        service_codes=["2.000635"],
        valid_from=dt.date(2026, 1, 1),
        valid_until=dt.date(2026, 12, 31),
        source="Văn bản ủy quyền 15/2026",
    )
    right = queries.signing_right(clerk.pk, committee.pk, "2.000635", TODAY)
    assert right is not None
    assert right.title_lines == ("TUQ. CHỦ TỊCH", "CÔNG CHỨC TƯ PHÁP - HỘ TỊCH")
    assert queries.signing_right(clerk.pk, committee.pk, "1.001193", TODAY) is None
    assert queries.signing_right(clerk.pk, committee.pk, "2.000635", dt.date(2027, 1, 1)) is None
    assert queries.signing_right(clerk.pk, committee.pk, "2.000635", dt.date(2025, 12, 31)) is None


def test_an_officer_s_duties_are_those_of_the_day_the_highest_first() -> None:
    chair, committee = officer("h55.237.chair"), queries.agency("H55.237")
    Appointment.objects.create(
        officer=chair,
        position=Position.objects.get(code="social_officer"),
        agency=committee,
        valid_from=dt.date(2026, 1, 1),
        valid_until=dt.date(2026, 6, 30),
    )
    both = queries.duties(chair.pk, dt.date(2026, 6, 30))
    assert [duty.position for duty in both] == ["chair", "social_officer"]
    assert [duty.position for duty in queries.duties(chair.pk, TODAY)] == ["chair"]
    assert "chair" in both[0].groups


# The working calendar


def at(day: str, clock: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=HANOI_TIME)


def test_the_calendar_knows_the_holidays_of_2026_and_the_saturday_that_is_worked() -> None:
    calendar = queries.calendar()
    assert not calendar.is_working_day(dt.date(2026, 11, 24))
    assert not calendar.is_working_day(dt.date(2026, 8, 31))
    assert calendar.is_working_day(dt.date(2026, 8, 22))
    assert not calendar.is_working_day(dt.date(2026, 11, 21))


def test_after_three_in_the_afternoon_the_clock_starts_tomorrow() -> None:
    calendar = queries.calendar(queries.agency("H55.237").pk)
    assert start_of_clock(at("2026-11-19", "15:00"), calendar).date() == dt.date(2026, 11, 19)
    assert start_of_clock(at("2026-11-19", "15:01"), calendar).date() == dt.date(2026, 11, 20)
    assert start_of_clock(at("2026-11-20", "16:00"), calendar).date() == dt.date(2026, 11, 23)


def test_a_limit_of_two_days_steps_over_weekend_and_holiday() -> None:
    calendar = queries.calendar(queries.agency("H55.237").pk)
    due = deadline(at("2026-11-20", "09:00"), Limit(Decimal(2), Unit.WORKING_DAYS), calendar)
    assert due == at("2026-11-25", "17:00")


def test_the_police_receives_on_saturday_mornings_and_the_committee_does_not() -> None:
    saturday = dt.date(2026, 11, 21)
    police = queries.competent_agency(AgencyKind.COMMUNE_POLICE, WARD, TODAY)
    assert queries.calendar(police.pk).open_hours(saturday) == ((dt.time(7, 30), dt.time(11, 30)),)
    assert queries.calendar(queries.agency("H55.237").pk).open_hours(saturday) == ()


def test_a_day_that_the_administrator_adds_counts_at_once() -> None:
    day = dt.date(2026, 12, 1)
    assert queries.calendar().is_working_day(day)
    CalendarDay.objects.create(date=day, kind="holiday", name="Ngày nghỉ của tỉnh", source="Quyết định 1")
    assert not queries.calendar().is_working_day(day)
