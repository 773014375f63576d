"""The pages beside the journey: each is looked at on a phone and at a desk, by day and night, in both languages."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenWindow
from tests.browser.window import PHONE, Window
from tests.people import APPROVER, CHAIR, CLERK, EDITOR, KEEPER, REGISTRAR, number

PUBLIC = [
    "/thu-tuc/",
    "/viec/co-con-nho/",
    "/thu-tuc/trich-luc-ho-tich/",
    "/tim/?q=xyzxyz",
    "/kiem-tra/",
    "/kiem-tra/K3YB6EQKSPTQ/",
    "/chi-so/",
    "/kha-nang-tiep-can/",
    "/khong-co-trang-nay/",
]
OWN = [
    "/",
    "/ho-so/",
    "/giay-to/",
    "/tin/",
    "/ai-da-xem/",
    "/thong-tin-lien-he/",
    "/lam-thay/",
    "/tai-khoan/",
    "/mot-cua/",
]
DESK = [
    "/mot-cua/",
    "/mot-cua/viec/",
    "/mot-cua/tim/?q=lan",
    "/mot-cua/su-co/",
    "/mot-cua/so-theo-doi/",
    "/chi-so/",
]
STUDIO = [
    "/bien-tap/",
    "/bien-tap/1.001193/",
    "/bien-tap/1.001193/sua/",
    "/bien-tap/1.001193/kiem-tra/",
    "/bien-tap/lich/",
]


ROOMS_FOR_ALL = [
    "/chung-thu/",
    "/chung-thu/quy-che/",
    "/nhat-ky-cong-khai/",
    "/co-so-du-lieu/",
    "/co-so-du-lieu/so/population/",
    "/dang-nhap/lan-dau/",
]
ROOMS_OF_ONES_OWN = [
    "/vi-so/",
    "/vi-so/kiem-tra-tuoi/",
    "/co-so-du-lieu/cua-toi/",
    "/co-so-du-lieu/dong-y/",
    "/lien-thong/ai-da-hoi/",
    "/oidc/ung-dung/",
    "/lam-thay/uy-quyen/",
    "/tai-khoan/khoa/",
]
ROOMS_OF_OFFICERS = {
    CLERK: ["/mot-cua/tai-khoan/", "/vi-so/ban/", "/co-so-du-lieu/ban/", "/van-ban/den/", "/van-ban/viec/"],
    CHAIR: [
        "/van-ban/di/",
        "/van-ban/di/soan/",
        "/van-ban/ho-so/",
        "/van-ban/truc-trac/",
        "/chung-thu/so/",
        "/lien-thong/",
        "/lien-thong/danh-muc/",
        "/lien-thong/chua-xong/",
    ],
    REGISTRAR: ["/co-so-du-lieu/ban/civil_status/", "/co-so-du-lieu/ban/dinh-chinh/"],
    APPROVER: [
        "/oidc/quan-ly/",
        "/oidc/quan-ly/dang-ky/",
        "/oidc/quan-ly/khoa/",
        "/lien-thong/dang-ky/",
        "/lien-thong/so-lieu/",
        "/lien-thong/khac-biet/",
        "/lien-thong/tin-bao/",
        "/lien-thong/muc-dich/",
        "/lien-thong/nhom/",
        "/lien-thong/han-muc/",
        "/van-ban/ket-noi-truc/",
    ],
    KEEPER: [
        "/can-bo/",
        "/can-bo/nhap/",
        "/can-bo/co-quan/H55.237/",
        "/can-bo/co-quan/H55.237/them/",
        "/can-bo/co-quan/H55.237/quyen-ky/",
    ],
}


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_faultless(window: OpenWindow, path: str) -> None:
    window().open(path).look().is_faultless()


def test_ones_own_pages_are_faultless(window: OpenWindow) -> None:
    phone = window(number("lan_anh"), size=PHONE)
    for path in OWN:
        phone.open(path).look()
    phone.is_faultless()


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        (CLERK, [*DESK, "/mot-cua/quay/", "/mot-cua/quay/chua-co-so/"]),
        (REGISTRAR, DESK[:2]),
        (CHAIR, ["/mot-cua/ky/"]),
        (EDITOR, STUDIO),
        (APPROVER, STUDIO[:1]),
    ],
    ids=["clerk", "registrar", "chair", "editor", "approver"],
)
def test_the_pages_of_an_officer_are_faultless(window: OpenWindow, who: str, paths: list[str]) -> None:
    officer = window(who)
    for path in paths:
        officer.open(path).look()
    officer.is_faultless()


def walk(window: Window, paths: list[str], *, answer: int = 200) -> None:
    """Look at each of these pages, which are all there."""
    for path in paths:
        assert window.open(path).answered == answer, path
        window.look(night=False)
    window.is_faultless()


def test_the_rooms_open_to_all_are_faultless(window: OpenWindow, untranslated: set[str]) -> None:
    anyone = window()
    walk(anyone, ROOMS_FOR_ALL)
    walk(anyone, ["/vi-so/xem/khong-co-ma-nay/"], answer=410)
    assert untranslated == set()


def test_the_rooms_of_ones_own_are_faultless(window: OpenWindow, untranslated: set[str]) -> None:
    walk(window(number("lan_anh")), ROOMS_OF_ONES_OWN)
    assert untranslated == set()


@pytest.mark.parametrize("who", ROOMS_OF_OFFICERS, ids=["clerk", "chair", "registrar", "approver", "keeper"])
def test_the_rooms_of_officers_are_faultless(window: OpenWindow, untranslated: set[str], who: str) -> None:
    walk(window(who), ROOMS_OF_OFFICERS[who])
    assert untranslated == set()


def test_a_wrong_password_is_told_faultlessly(window: OpenWindow) -> None:
    anyone = window().open("/dang-nhap/")
    anyone.write("Số định danh cá nhân, hoặc mã cán bộ", number("lan_anh")).write("Mật khẩu", "sai")
    anyone.press("Đăng nhập", exact=True)
    anyone.must_say("Có 1 chỗ cần sửa").look_here().is_faultless()
