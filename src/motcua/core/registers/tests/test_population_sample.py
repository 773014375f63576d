"""Made-up people fit together."""

from __future__ import annotations

from motcua.core.registers.population_sample import Place, Sample, generate
from motcua.engines.text import personal_number

PLACES = [
    Place("05443", "Phường Phan Đình Phùng, Tỉnh Thái Nguyên", True),
    Place("05500", "Xã Phú Lương", False),
]


def sample() -> Sample:
    return generate(PLACES, people=1500)


def test_the_same_seed_gives_the_same_people() -> None:
    assert sample().people == sample().people


def test_every_number_is_unique_and_says_the_sex_and_year_of_its_person() -> None:
    people = sample().people
    assert len({one.number for one in people}) == len(people) >= 1500
    for one in people:
        read = personal_number(one.number)
        assert read.birth_year == one.born.year
        assert read.sex == {"Nam": "male", "Nữ": "female"}[one.sex]


def test_couples_know_each_other_and_were_of_age() -> None:
    drawn = sample()
    by_number = {one.number: one for one in drawn.people}
    for couple in drawn.couples:
        assert by_number[couple.husband.number].spouse_number == couple.wife.number
        assert (couple.married_on - couple.husband.born).days >= 20 * 365
        assert (couple.married_on - couple.wife.born).days >= 18 * 365


def test_children_live_with_parents_old_enough_to_be_theirs() -> None:
    people = sample().people
    by_number = {one.number: one for one in people}
    children = [one for one in people if one.household_role == "Con"]
    assert children
    for child in children:
        for parent in (by_number[child.father_number], by_number[child.mother_number]):
            assert parent.household == child.household
            assert (child.born - parent.born).days > 18 * 365
