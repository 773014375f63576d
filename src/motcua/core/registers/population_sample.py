"""Made-up people of a province: households, couples, children and grandparents who fit together.

The same seed gives the same people. Numbers follow Decree 137/2015 art. 13: three digits for the province of birth
registration, one for century and sex, two for the year, six more.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

BIRTH_PROVINCES = ("019",) * 9 + ("006",) * 3 + ("024", "008", "026", "001")
ETHNIC = (("Kinh", 66), ("Tày", 14), ("Nùng", 7), ("Sán Dìu", 5), ("Sán Chay", 3), ("Dao", 3), ("Mông", 2))
SURNAMES = {
    "Kinh": (
        ("Nguyễn", 38),
        ("Trần", 11),
        ("Lê", 10),
        ("Phạm", 7),
        ("Hoàng", 5),
        ("Phan", 4),
        ("Vũ", 4),
        ("Đặng", 3),
        ("Bùi", 3),
        ("Đỗ", 2),
        ("Ngô", 2),
        ("Dương", 4),
        ("Lý", 1),
    ),
    "Tày": (("Hoàng", 4), ("Nông", 5), ("Ma", 4), ("Lý", 2), ("Hà", 2), ("Bế", 1), ("Lường", 1)),
    "Nùng": (("Nông", 5), ("Hoàng", 3), ("Lăng", 2), ("Chu", 2), ("Dương", 2), ("Mông", 1)),
    "Sán Dìu": (("Lý", 3), ("Trương", 3), ("Lưu", 2), ("Diệp", 2), ("Tạ", 1)),
    "Sán Chay": (("Trần", 3), ("Hoàng", 2), ("Ninh", 2), ("La", 2)),
    "Dao": (("Triệu", 4), ("Bàn", 3), ("Đặng", 2), ("Phùng", 2)),
    "Mông": (("Giàng", 3), ("Vàng", 2), ("Lý", 2), ("Hoàng", 2), ("Dương", 2)),
}
MIDDLE = {
    "Nữ": ("Thị", "Thị", "Thị", "Thu", "Thanh", "Ngọc", "Minh", "Phương", "Thùy", "Hải"),
    "Nam": ("Văn", "Văn", "Đức", "Minh", "Quang", "Xuân", "Hữu", "Mạnh", "Công", "Tiến"),
}
GIVEN = {
    ("Nữ", "old"): "Lan Hoa Huệ Cúc Mùi Thìn Tý Sen Liên Nhung Bích Hồng Xuân Bình Thơm Mận".split(),
    (
        "Nữ",
        "young",
    ): "Anh Linh Trang Hương Ngọc Phương Mai Thảo Hà Chi Vy Nhi My Ngân Quỳnh Yến Diệp Khánh".split(),
    ("Nam", "old"): "Hùng Dũng Thắng Bình Sơn Hải Thành Lâm Tỵ Sửu Toàn Tuyên Chiến Lợi Tài Phúc".split(),
    (
        "Nam",
        "young",
    ): "Anh Đức Minh Tuấn Hiếu Huy Nam Long Khánh Phong Bảo Khôi Nghĩa Trung Duy Kiên Quân Đạt".split(),
}
STREETS = (
    "Hoàng Văn Thụ|Bến Oánh|Minh Cầu|Lương Ngọc Quyến|Phan Đình Phùng|Quang Trung|Cách mạng tháng Tám".split(
        "|"
    )
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A made-up person as the population database would hold them. Numbers of relatives are empty when unknown."""

    number: str
    name: str
    sex: str
    born: dt.date
    ethnicity: str
    home_place: str
    residence_unit: str
    residence_text: str
    household: str
    household_role: str
    father_number: str = ""
    mother_number: str = ""
    spouse_number: str = ""


@dataclass(frozen=True, slots=True)
class Couple:
    husband: Somebody
    wife: Somebody
    married_on: dt.date
    unit: str


@dataclass(slots=True)
class Sample:
    people: list[Somebody] = field(default_factory=list)
    couples: list[Couple] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """A commune: code, its label with the province, whether it is a ward (streets have names)."""

    code: str
    label: str
    ward: bool


def generate(
    places: Sequence[Place], *, seed: int = 19, people: int = 12_000, today: dt.date = dt.date(2026, 11, 1)
) -> Sample:
    """At least `people` persons in whole households over the places."""
    maker = _Maker(places, random.Random(seed), today)
    while len(maker.sample.people) < people:
        maker.household()
    return maker.sample


class _Maker:
    def __init__(self, places: Sequence[Place], luck: random.Random, today: dt.date) -> None:
        self.places, self.luck, self.today = places, luck, today
        self.sample = Sample()
        self.numbers: set[str] = set()
        self.households = 0

    def household(self) -> None:
        """A couple with children and sometimes a grandparent; or somebody who lives alone."""
        self.households += 1
        place = self.luck.choice(self.places)
        home = f"TN-{100_000 + self.households}"
        address = self._address(place)
        shape = self.luck.random()
        if shape < 0.14:
            self.sample.people.append(self._adult(place, home, address, "Chủ hộ", self._age(25, 92)))
            return
        self._family(place, home, address, with_grandparent=shape > 0.78)

    def _family(self, place: Place, home: str, address: str, *, with_grandparent: bool) -> None:
        age = self._age(24, 70)
        husband = self._adult(place, home, address, "Chủ hộ", age, sex="Nam")
        wife_age = max(19, age - self.luck.randint(-2, 6))
        wife = self._adult(place, home, address, "Vợ", wife_age, sex="Nữ")
        if with_grandparent:
            elder = self._adult(place, home, address, "Mẹ", age + self.luck.randint(20, 28), sex="Nữ")
            husband = replace(husband, mother_number=elder.number)
            self.sample.people.append(elder)
        husband = replace(husband, spouse_number=wife.number)
        wife = replace(wife, spouse_number=husband.number)
        married = self._wedding(husband.born, wife.born)
        self.sample.couples.append(Couple(husband, wife, married, place.code))
        self.sample.people += [husband, wife, *self._children(husband, wife, married)]

    def _wedding(self, man: dt.date, woman: dt.date) -> dt.date:
        """Not before he is 20 and she is 18 (Law on Marriage and Family art. 8)."""
        earliest = max(_years_later(man, 20), _years_later(woman, 18))
        span = max(30, min(365 * 8, (self.today - earliest).days))
        return min(earliest + dt.timedelta(days=self.luck.randint(20, span)), self.today)

    def _children(self, father: Somebody, mother: Somebody, married: dt.date) -> Iterator[Somebody]:
        born = married
        for _ in range(self.luck.choices((0, 1, 2, 3), (12, 33, 42, 13))[0]):
            born += dt.timedelta(days=self.luck.randint(300, 1500))
            if born >= self.today or born > _years_later(mother.born, 44):
                return
            grown = (self.today - born).days > 365 * 22
            if grown and self.luck.random() < 0.8:
                continue  # has a household elsewhere
            sex = self.luck.choice(("Nam", "Nữ"))
            yield replace(
                self._somebody(
                    sex,
                    born,
                    father.ethnicity,
                    father.name.split()[0].title(),
                    father.household,
                    "Con",
                    father.residence_unit,
                    father.residence_text,
                    registered="019",
                ),
                home_place=father.home_place,
                father_number=father.number,
                mother_number=mother.number,
            )

    def _adult(
        self, place: Place, home: str, address: str, role: str, age: int, sex: str | None = None
    ) -> Somebody:
        sex = sex or self.luck.choice(("Nam", "Nữ"))
        born = self.today - dt.timedelta(days=age * 365 + self.luck.randint(0, 364))
        ethnicity = _draw(self.luck, ETHNIC)
        surname = _draw(self.luck, SURNAMES[ethnicity])
        registered = self.luck.choice(BIRTH_PROVINCES)
        return self._somebody(sex, born, ethnicity, surname, home, role, place.code, address, registered)

    def _somebody(
        self,
        sex: str,
        born: dt.date,
        ethnicity: str,
        surname: str,
        home: str,
        role: str,
        unit: str,
        address: str,
        registered: str,
    ) -> Somebody:
        age = "old" if born.year < 1985 else "young"
        name = f"{surname} {self.luck.choice(MIDDLE[sex])} {self.luck.choice(GIVEN[sex, age])}".upper()
        home_place = self.luck.choice(self.places).label
        return Somebody(
            self._number(registered, sex, born),
            name,
            sex,
            born,
            ethnicity,
            home_place,
            unit,
            address,
            home,
            role,
        )

    def _number(self, province: str, sex: str, born: dt.date) -> str:
        century = (born.year // 100 - 19) * 2 + (1 if sex == "Nữ" else 0)
        while True:
            number = f"{province}{century}{born.year % 100:02}{self.luck.randint(10_000, 999_999):06}"
            if number not in self.numbers:
                self.numbers.add(number)
                return number

    def _address(self, place: Place) -> str:
        if place.ward:
            return f"Số {self.luck.randint(1, 250)}, đường {self.luck.choice(STREETS)}, {place.label}"
        return f"Xóm {self.luck.randint(1, 18)}, {place.label}"

    def _age(self, low: int, high: int) -> int:
        return round(self.luck.triangular(low, high, (low + high) / 2.4))


def _draw(luck: random.Random, weighted: Sequence[tuple[str, int]]) -> str:
    return luck.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]


def _years_later(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
