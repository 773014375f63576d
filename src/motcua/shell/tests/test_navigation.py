"""Doors open to those whose duty it is, and the one we stand behind is marked."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import pytest

from motcua.shell import navigation
from motcua.shell.navigation import NavigationItem, doors, register, sections


@pytest.fixture(autouse=True)
def _an_empty_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(
        navigation, "_href", lambda name: {"work": "/viec/", "sign": "/viec/ky/", "home": "/"}[name]
    )


def visitor(path: str, *groups: str) -> SimpleNamespace:
    return SimpleNamespace(path=path, actor=SimpleNamespace(groups=frozenset(groups)))


def test_doors_stand_in_order_and_only_in_their_area() -> None:
    register(NavigationItem("officer", "Ký", "sign", order=2))
    register(NavigationItem("officer", "Việc", "work", order=1))
    register(NavigationItem("citizen", "Trang chủ", "home"))
    assert [door.label for door in doors("officer", visitor("/"))] == ["Việc", "Ký"]


def test_a_duty_opens_its_door_and_no_other() -> None:
    register(NavigationItem("officer", "Ký", "sign", groups=frozenset({"chair"})))
    assert doors("officer", visitor("/", "one_stop")) == []
    assert [door.href for door in doors("officer", visitor("/", "chair"))] == ["/viec/ky/"]


def test_only_the_nearest_door_is_the_current_one() -> None:
    for name in ("work", "sign", "home"):
        register(NavigationItem("officer", name, name))
    assert [door.label for door in doors("officer", visitor("/viec/ky/7")) if door.current] == ["sign"]
    assert [door.label for door in doors("officer", visitor("/khac/")) if door.current] == []


def test_counts_are_asked_for_each_request() -> None:
    register(
        NavigationItem(
            "officer", "Việc", "work", count=lambda request: len(request.path), late=lambda request: True
        )
    )
    (door,) = doors("officer", visitor("/abc"))
    assert (door.count, door.late) == (4, True)


def test_a_room_names_its_doors_without_knowing_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    room = ModuleType("motcua.systems.example.navigation")
    room.NAVIGATION = [{"area": "officer", "label": "Ký", "url_name": "sign", "groups": ["chair"]}]  # type: ignore[attr-defined]
    monkeypatch.setattr(navigation, "find_spec", lambda name: "here" if "example" in name else None)
    monkeypatch.setattr(navigation, "import_module", lambda name: room)
    navigation.discover(["motcua.systems.example", "motcua.systems.silent"])
    assert [door.label for door in doors("officer", visitor("/", "chair"))] == ["Ký"]
    room.NAVIGATION = [{"area": "officer", "lable": "Ký"}]  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=r"motcua\.systems\.example\.navigation: .*lable"):
        navigation.discover(["motcua.systems.example"])


def test_registering_again_replaces() -> None:
    register(NavigationItem("officer", "Cũ", "work"))
    register(NavigationItem("officer", "Mới", "work"))
    assert [door.label for door in doors("officer", visitor("/"))] == ["Mới"]


def test_a_door_is_current_for_the_pages_it_covers_whatever_their_path() -> None:
    register(NavigationItem("officer", "Hôm nay", "home"))
    register(NavigationItem("officer", "Việc", "work", covers=frozenset({"desk:case"})))
    here = visitor("/ho-so/1/")
    here.resolver_match = SimpleNamespace(view_name="desk:case")
    assert [door.label for door in doors("officer", here) if door.current] == ["Việc"]
    here.resolver_match = SimpleNamespace(view_name="desk:other")
    assert not [door for door in doors("officer", here) if door.current]


def test_the_desk_gathers_doors_by_section_where_its_first_one_stands() -> None:
    register(NavigationItem("officer", "Hôm nay", "home", order=1, section="Bàn làm việc"))
    register(NavigationItem("clerk", "Ký", "sign", order=2, section="Chứng thực", count=lambda _request: 3))
    register(NavigationItem("officer", "Việc", "work", order=9, section="Bàn làm việc"))
    found = sections(doors(("officer", "clerk"), visitor("/viec/7")))
    assert [(one.title, [door.label for door in one.doors]) for one in found] == [
        ("Bàn làm việc", ["Hôm nay", "Việc"]),
        ("Chứng thực", ["Ký"]),
    ]
    assert [(one.current, one.count, one.late) for one in found] == [(True, None, False), (False, 3, False)]


def test_who_may_pass_a_door_for_two_reasons_sees_it_once() -> None:
    register(NavigationItem("officer", "Chứng thư của cơ quan", "sign", order=5))
    register(NavigationItem("clerk", "Chứng thư", "sign", order=4))
    assert [door.label for door in doors(("officer", "clerk"), visitor("/"))] == ["Chứng thư"]
