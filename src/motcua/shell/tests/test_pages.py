"""The shell's pages through Django: what a person reads when something went wrong, and in which language."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from lxml import html

from motcua.core.errors import Conflict
from motcua.core.ledger.actor import ANONYMOUS, Actor, ActorKind
from motcua.engines.text import Refused, normalise
from motcua.shell import views
from motcua.shell.context import surroundings
from motcua.shell.errors import UserErrors
from motcua.shell.language import LanguageMiddleware, current_language, t

FACTORY = RequestFactory()


def heading(response: HttpResponse) -> str:
    return str(html.fromstring(response.content).xpath("string(//h1)")).strip()


@pytest.mark.parametrize(
    ("answer", "status", "title"),
    [
        (views.bad_request, 400, "Máy chủ không hiểu yêu cầu này"),
        (views.forbidden, 403, "Ông/bà chưa được mở trang này"),
        (views.not_found, 404, "Không có trang này"),
        (views.too_large, 413, "Tệp gửi lên quá lớn"),
        (views.too_many, 429, "Ông/bà đã gửi quá nhiều lần liên tiếp"),
        (views.server_error, 500, "Hệ thống gặp lỗi khi mở trang này"),
        (views.unavailable, 503, "Việc này đang tạm ngừng"),
    ],
)
def test_each_fault_has_a_page_that_says_what_happened(answer: Any, status: int, title: str) -> None:
    response = answer(FACTORY.get("/x/"))
    assert (response.status_code, heading(response)) == (status, title)
    assert "thử lại sau" not in response.content.decode()


def test_a_request_that_is_too_large_is_told_so() -> None:
    assert views.bad_request(FACTORY.post("/x/"), RequestDataTooBig()).status_code == 413


def test_who_must_wait_is_told_how_long() -> None:
    response = views.unavailable(
        FACTORY.get("/"), reason="Cơ sở dữ liệu dân cư đang bảo trì.", retry_after=540
    )
    assert response["Retry-After"] == "540"
    assert "9 phút" in response.content.decode()
    assert "Cơ sở dữ liệu dân cư đang bảo trì." in response.content.decode()


def test_a_reason_is_text_and_never_markup() -> None:
    response = views.error_page(FACTORY.get("/"), 403, reason="<b>x</b>")
    assert "&lt;b&gt;x&lt;/b&gt;" in response.content.decode()


def test_an_error_page_that_breaks_gives_way_to_the_static_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> str:
        raise RuntimeError

    monkeypatch.setattr(views, "render_to_string", broken)
    response = views.not_found(FACTORY.get("/"))
    assert (response.status_code, heading(response)) == (404, "Hệ thống gặp lỗi khi mở trang này")


def test_an_expired_page_says_how_to_get_back_what_was_typed() -> None:
    response = views.csrf_failure(FACTORY.post("/"), "CSRF cookie not set.")
    assert response.status_code == 403
    assert "nút quay lại của trình duyệt" in response.content.decode()


@pytest.mark.parametrize(("lang", "said"), [("vi", "không phải là chữ"), ("en", "is not text")])
def test_text_that_is_none_is_refused_in_the_readers_language(lang: str, said: str) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        answer = UserErrors(lambda _: HttpResponse()).process_exception(request, refusal())
        assert answer is not None
        return answer

    response = LanguageMiddleware(view)(FACTORY.get(f"/?lang={lang}"))
    assert response.status_code == 400
    assert "U+FFFD" in response.content.decode()
    assert said in response.content.decode()


def refusal() -> Refused:
    try:
        normalise("a\ufffd")
    except Refused as refused:
        return refused
    raise AssertionError


def switched(url: str, **cookies: str) -> tuple[HttpResponse, str]:
    request = FACTORY.get(url)
    request.COOKIES.update(cookies)
    spoken: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        spoken.append(t("Quay lại"))
        return HttpResponse()

    return LanguageMiddleware(view)(request), spoken[0]


def test_a_link_switches_the_language_and_it_is_remembered() -> None:
    response, spoken = switched("/?lang=en")
    assert spoken == "Back"
    assert response.cookies["ngon_ngu"].value == "en"
    assert current_language() == "vi"


def test_an_unknown_language_changes_nothing() -> None:
    response, spoken = switched("/?lang=xx%22%3E")
    assert spoken == "Quay lại"
    assert "ngon_ngu" not in response.cookies


def test_the_switch_leads_to_the_same_page_with_what_was_asked() -> None:
    (english,) = (
        one
        for one in surroundings(FACTORY.get("/tim/?q=khai+sinh&q=b&lang=vi")).languages
        if one.code == "en"
    )
    assert english.href == "/tim/?q=khai+sinh&q=b&lang=en"


@override_settings(MOTCUA_SANDBOX=True)
def test_a_sandbox_says_that_nothing_here_is_real() -> None:
    assert "giả lập" in views.not_found(FACTORY.get("/")).content.decode()


@override_settings(MOTCUA_SANDBOX=False, MOTCUA_AUTHORITY="UBND <tỉnh> A", MOTCUA_PHONE="1900 1234")
def test_the_authority_and_its_telephone_stand_on_every_page() -> None:
    page = views.not_found(FACTORY.get("/")).content.decode()
    assert "giả lập" not in page
    assert "UBND &lt;tỉnh&gt; A" in page
    assert 'href="tel:19001234"' in page


def test_who_is_signed_in_reads_their_name_and_can_sign_out() -> None:
    request = FACTORY.get("/")
    request.account = SimpleNamespace(is_authenticated=True)  # type: ignore[attr-defined]
    request.actor = Actor(ActorKind.CITIZEN, "Nguyễn Thị Lan Anh")  # type: ignore[attr-defined]
    page = html.fromstring(views.not_found(request).content)
    assert "Nguyễn Thị Lan Anh" in str(page.xpath("string(//details[@data-menu]/summary)"))
    assert page.xpath("//details[@data-menu]//form[@method='post']//input[@name='csrfmiddlewaretoken']")


def test_the_accessibility_statement_is_one_click_away() -> None:
    page = html.fromstring(views.not_found(FACTORY.get("/")).content)
    assert page.xpath("//footer//a[@href='/kha-nang-tiep-can/']")
    request = FACTORY.get("/")
    request.actor = ANONYMOUS  # type: ignore[attr-defined]
    assert heading(views.accessibility(request)) == "Khả năng tiếp cận"


@pytest.mark.parametrize("path", ["/", "/api/x"])
def test_what_two_people_did_at_once_is_said_to_the_slower_one(path: str) -> None:
    conflict = Conflict("Hồ sơ đã được ký lúc 9:12.", "The case was signed at 9:12.")
    response = UserErrors(lambda request: HttpResponse()).process_exception(FACTORY.post(path), conflict)
    assert response is not None
    assert response.status_code == 409
    if path == "/":
        assert "Hồ sơ đã được ký lúc 9:12." in response.content.decode()
    else:
        assert response["Content-Type"] == "application/problem+json"
        assert json.loads(response.content)["title"] == "Hồ sơ đã được ký lúc 9:12."


def test_a_fault_of_ours_is_not_passed_off_as_the_readers() -> None:
    assert (
        UserErrors(lambda request: HttpResponse()).process_exception(FACTORY.get("/"), KeyError("x")) is None
    )
