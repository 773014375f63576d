"""A double click, a lost answer, two tabs, a session that ends, rules that change: one case, nothing typed lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from motcua.core import clock
from motcua.core.identity.demo import PASSWORD, demo_code
from motcua.core.identity.models import Session
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.services import actions as services
from motcua.core.services import queries as service_queries
from motcua.core.services.changes import Change, Kind
from tests.conftest import session_of
from tests.faults.conftest import Visitor, cases_of, filled_in, newest_draft
from tests.house import forget
from tests.people import number


def test_a_double_click_makes_one_case(visitor: Visitor) -> None:
    mother = visitor(number("lan_anh"))
    filled_in(mother, "Trần Bấm Hai Lần")
    mother.press_twice("Nộp hồ sơ").must_say("Đã nộp hồ sơ")
    assert len(cases_of("Trần Bấm Hai Lần")) == 1


def test_pressing_again_after_the_answer_was_lost_shows_the_same_number(visitor: Visitor) -> None:
    mother = visitor(number("lan_anh"))
    filled_in(mother, "Trần Mất Mạng")
    mother.press_and_lose("Nộp hồ sơ")
    (case,) = cases_of("Trần Mất Mạng")
    mother.press("Nộp hồ sơ").must_say(case.number)
    assert len(cases_of("Trần Mất Mạng")) == 1


def test_eight_tabs_at_the_same_moment_make_one_case(visitor: Visitor) -> None:
    session = session_of(number("lan_anh"))
    first = visitor(number("lan_anh"), session=session)
    where = filled_in(first, "Trần Nhiều Thẻ")
    tabs = [visitor(number("lan_anh"), session=session).open(where) for _ in range(8)]
    together = threading.Barrier(len(tabs))

    def press(place: int) -> str:
        together.wait()
        return tabs[place].press("Nộp hồ sơ").must_say("Đã nộp hồ sơ").url

    with ThreadPoolExecutor(len(tabs)) as pool:
        shown = set(pool.map(press, range(len(tabs))))
    assert len(cases_of("Trần Nhiều Thẻ")) == 1
    assert len(shown) == 1


def test_a_session_that_ends_in_the_middle_loses_nothing_typed(visitor: Visitor) -> None:
    session = session_of(number("lan_anh"))
    mother = visitor(number("lan_anh"), session=session)
    mother.open("/thu-tuc/khai-sinh/nop/").press("Đồng ý tra cứu và bắt đầu")
    draft = newest_draft()
    mother.open(f"/don/{draft.uuid}/trang/child/")
    with acting(SYSTEM):
        Session.objects.filter(session_key=session).delete()
    mother.client.cookies.delete(settings.SESSION_COOKIE_NAME)
    mother.press("Lưu và tiếp tục", {"child.name": "Trần Gõ Dở Dang"})
    mother.must_say("Đăng nhập")
    mother.press("Đăng nhập", {"login": number("lan_anh"), "password": PASSWORD})
    mother.press("Đăng nhập", {"code": demo_code(number("lan_anh"))})
    if mother.has_button("Gửi tiếp những gì đã nhập"):
        mother.press("Gửi tiếp những gì đã nhập")
        assert newest_draft().answers["child"]["name"] == "TRẦN GÕ DỞ DANG"
        return
    box = mother.page.xpath("//input[@name='child.name']")
    assert box, mother.lost("the page does not come back")
    assert box[0].get("value").upper() == "TRẦN GÕ DỞ DANG"


def test_a_version_published_meanwhile_keeps_the_answers_and_is_told(visitor: Visitor) -> None:
    mother = visitor(number("lan_anh"))
    filled_in(mother, "Trần Đổi Quy Định")
    with acting(SYSTEM):
        publish_another_version("khai-sinh")
    mother.press("Nộp hồ sơ").must_say("vừa thay đổi")
    assert cases_of("Trần Đổi Quy Định") == []
    mother.follow("Điền tiếp")
    while mother.has_button("Lưu và tiếp tục"):
        mother.press("Lưu và tiếp tục")
    mother.must_say("TRẦN ĐỔI QUY ĐỊNH").press("Nộp hồ sơ").must_say("Đã nộp hồ sơ")
    assert len(cases_of("Trần Đổi Quy Định")) == 1


def publish_another_version(slug: str) -> None:
    """An editor rewords a hint, a second person approves: in force at once."""
    code = service_queries.current(slug, clock.today()).code
    editor, approver = (
        Actor(ActorKind.OFFICER, group, account_id=place, officer_id=place, groups=frozenset({group}))
        for place, group in enumerate(("service_editor", "service_approver"), start=1)
    )
    change = Change(Kind.TEXT, "texts/vi.yaml#child.name.hint", "Viết như trên giấy chứng sinh")
    version = services.propose_change(editor, code, [change], clock.today(), "Sửa lời nhắc")
    services.approve(approver, version)
    forget()
