"""Which pages there are: the resolver's own list. Who opens each, an example of each that is of something, and those
that are looked at elsewhere or are no pages, each with its reason."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from motcua.core import clock
from motcua.core.exchange.models import Errand
from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency, Appointment, Delegation, Officer, Position
from motcua.core.registers.models import Reader
from motcua.core.services.models import ServiceVersion
from motcua.systems.exchange import bus
from motcua.systems.exchange.tests.conftest import EDITOR as EXCHANGE_EDITOR
from motcua.systems.exchange.tests.conftest import exchange_of_two
from motcua.systems.staff import actions as staff
from motcua.systems.staff import rosters
from motcua.systems.staff.roster import Person
from tests.people import APPROVER, CHAIR, CLERK, EDITOR, KEEPER, REGISTRAR, number

NOBODY, CITIZEN = "", number("lan_anh")
SECOND, CERTIFIER = "h55.staff-approver", "h55.01.certificate-officer"
WARD = "H55.237"
HOLDERS = {
    "one_stop": CLERK,
    "cashier": CLERK,
    "steering": CHAIR,
    "chair": CHAIR,
    "service_approver": APPROVER,
    "service_editor": EDITOR,
    "staff_officer": KEEPER,
    "staff_approver": SECOND,
    "certificate_officer": CERTIFIER,
    "certificate_approver": "h55.01.certificate-approver",
}
"""Who of the tests' people holds a duty."""
RATHER = [
    (r"van-ban/(di|ho-so|truc-trac)/", CHAIR),
    (r"chung-thu/so/", CHAIR),
    (r"co-so-du-lieu/ban/(<|dinh-chinh)", REGISTRAR),
    (r"co-so-du-lieu/ban/<slug:register>/luoc-do", EDITOR),
    (r"tai-khoan/(xac-|mat-khau/)", CITIZEN),
    (r"lien-thong/(dich-vu|he-thong|tin-bao)/<", APPROVER),
]
"""Who opens pages that several may, where one of them sees more."""

MACHINE = "systems speak to it, not people"
FILE = "a file or a part of a page"
ACT = "an act: a form leads to it, and it leads on"
SPEND = "following it spends or ends what was shown before"
BIRTH = "looked at in test_a_birth.py, in its place"
LETTER = "looked at in test_official_letters.py, in its place"
CARD = "looked at in test_a_card_read.py, in its place"
CASE = "of a case at one of its steps: its parts are those of the pages that test_a_birth.py looks at"
DESK_VISIT = (
    "of a person who stands at the desk; its parts are those of the portal's and the desk's other pages"
)
SIGNING = "of a request to sign under way; looked at by its room's tests"
WALLET = "of a document shown this very moment; looked at by its room's tests"
MANDATE = "of a mandate; its parts are those of the list above it"
ELSEWHERE: list[tuple[str, str]] = [
    (r"api/|kiem-tra/api/|nhat-ky-cong-khai/v1/|lien-thong/api/|co-so-du-lieu/api/|\.well-known/", MACHINE),
    (r"oidc/(\.well|authorize|check-session|introspect|jwks|par|register|revoke|token|userinfo|tiep)", MACHINE),
    (r"vneid/(\.well|authorize|token|jwks|huy)|thu-nghiem/|van-ban/truc/|lien-thong/thu/", MACHINE),
    (r"ngan-hang/thong-bao/", MACHINE),
    (r"vi-so/(api/|credential|hoi/|loai/|moi/|nonce|notification|tinh-trang/|token)", MACHINE),
    (r"chung-thu/(csc/|ocsp|dau-thoi-gian|may-ky/)|kiem-tra/ocsp", MACHINE),
    (r"dang-nhap/qua/", "leads to another system and back; the sandbox's own pages are looked at below"),
    (r".*(\.json|\.pem|\.ics|\.pdf|\.zip|\.xlsx|\.py|\.edxml|\.<slug:kind>|/tai-ve/|/ban-quet/|/tinh-trang/)$", FILE),
    (r"(tep|giay-to|van-ban)/<uuid:\w+>/(tai/)?$|kiem-tra/(bao-cao|tin-cay)/|.*/giay-to/<uuid:file_uuid>/$", FILE),
    (r".*/ban-ky/<|.*/tep/<int:place>$|.*<uuid:correction>/giay-to/$|mot-cua/van-ban/<uuid:document_uuid>/$", FILE),
    (r"dang-xuat/$|tai-khoan/xac-thuc/xong/|tai-khoan/nang-muc/|tai-khoan/da-giu/|oidc/ung-dung/<", SPEND),
    (r"dang-nhap/mo-tai-khoan/|mot-cua/tai-khoan/(doc-the|nuoc-ngoai)/", CARD),
    (r"dang-nhap/(buoc-hai|khoa)/$", "a sign-in under way; test_a_birth.py comes through it"),
    (r"tai-khoan/(xac-thuc/(ung-dung|ma-du-phong|khoa/)|xac-nhan/khoa)|tai-khoan/mat-khau/dat/", "a second factor"),
    (r"tai-khoan/thay-mat/da-het/", "test_for_whom_one_acts.py ends a mandate"),
    (r"don/<uuid:draft>/|ho-so/<uuid:case>/|thu-tuc/<slug:slug>/nop/|mot-cua/viec/<|mot-cua/ho-so/<", BIRTH),
    (r"mot-cua/quay/<|mot-cua/quay/nguoi-nop/", DESK_VISIT),
    (r"mot-cua/van-ban/<|chi-so/ho-so/|mot-cua/su-co/tien/|chuan-bi-san/|ngan-hang/<|tin/<", CASE),
    (r"mot-cua/dai-dien/<|lam-thay/<", MANDATE),
    (r"van-ban/(den|di|ho-so|viec|cua-ho-so)/<|van-ban/ho-so/them/|van-ban/ket-noi-truc/(thanh|bi-giu|truc)", LETTER),
    (r"chung-thu/(dong-y-ky|de-nghi|ky-thiet-bi|so|to-chuc)/(<|thu-hoi/|tra-loi/)", SIGNING),
    (r"vi-so/(ban|cho-xem|dang-cho-xem|don|dong-y|kiem-tra-tuoi|them)/<", WALLET),
    (r"co-so-du-lieu/(ban/<slug:register>/dong/|ban/dinh-chinh/<|ban/ho-so/|don/|dong-y/rut/)", CASE),
    (r"bien-tap/(chuyen/<|lich/<|phien-ban/<uuid:version_uuid>/)\w*", "of a change under way; the room's tests"),
    (r"bien-tap/<str:code>/(kiem-tra/<|sua/bang/|sua/chu/mot/|sua/tu-dong/|muc-rieng/)", "of one table or text"),
    (r"lien-thong/(de-nghi/<|dich-vu/.*/cap-quyen/|.*/xin-(quyen|nhan)/|.*/ban-thao/)", "of a request under way"),
    (r"vneid/(dang-nhap|dong-y)/", "looked at in this file, where a sign-in leads to them"),
    (r"oidc/quan-ly/<", "of an application; as the list above it"),
    (r"can-bo/(ma/|nguoi/.*/tai-khoan/|nhap/<uuid:roster_uuid>/(cap-lai|ma)/)", ACT),
    (r"mot-cua/(su-co/viec-nen/|tai-khoan/(<|xac-nhan/))", ACT),
    (r"thu-tuc/<code:code>/", "leads to the service's sheet"),
    (r"mau-trang/", "the list of components: shell's own tests look at it"),
]  # fmt: skip


@dataclass(frozen=True)
class Route:
    """An address of the site: its pattern, as the resolver has it, and what the view says about who may open it."""

    pattern: str
    rule: str
    by_hand: bool

    @property
    def who(self) -> str:
        """Whose window opens it."""
        for begins, who in reversed(RATHER):
            if re.match(begins, self.pattern):
                return who
        if self.rule.startswith("group:"):
            held = self.rule.removeprefix("group:").split(",")
            return next(holder for duty, holder in HOLDERS.items() if duty in held)
        return {"citizen": CITIZEN, "account": CITIZEN, "officer": CLERK}.get(self.rule, NOBODY)

    @property
    def elsewhere(self) -> str:
        """Why it is not looked at here, if so."""
        if not self.by_hand:
            return MACHINE
        return next((why for begins, why in ELSEWHERE if re.match(begins, self.pattern)), "")


def routes() -> list[Route]:
    """Every address of the site."""
    return [
        Route(
            pattern,
            _rule(one.callback),
            one.callback.__module__.partition(".")[0] not in ("ninja", "functools"),
        )
        for pattern, one in sorted(_patterns(get_resolver()), key=lambda found: found[0])
    ]


def pattern_of(path: str) -> str:
    """The resolver's pattern that answers this address; empty where none does."""
    found = urlsplit(path).path
    return resolve(found).route if found != "/khong-co-trang-nay/" else ""


def examples() -> list[str]:
    """An address of each page that is of something, with what it is of made where the demonstration has none."""
    with acting(SYSTEM):
        return [*_of_staff(), *_of_the_exchange(), *_of_registers(), *_of_services()]


def _of_staff() -> Iterator[str]:
    keeper = actor_of(Account.objects.get(username=KEEPER))
    ward = Agency.objects.get(code=WARD)
    clerk = Officer.objects.get(code=REGISTRAR)
    post = Position.objects.get(code="vice_chair")
    since = clock.today()
    proposal = staff.give_post(
        keeper, clerk, ward, position=post.code, since=since, source="Quyết định 7/QĐ-UBND"
    )
    assert proposal is not None
    person = Person(2, "cb.07", "Hoàng Thị Mơ", "", ward, post, since, "Quyết định 7/QĐ-UBND")
    roster = rosters.send(keeper, b"cb.07", "can-bo.xlsx", [person])
    for page in ("agency", "office", "contact", "signing", "add"):
        yield reverse(f"staff:{page}", args=[WARD])
    for page in ("officer", "correct", "post"):
        yield reverse(f"staff:{page}", args=[clerk.uuid])
    yield reverse("staff:end_post", args=[Appointment.objects.get(officer=clerk).pk])
    yield reverse("staff:end_signing", args=[Delegation.objects.filter(agency=ward)[0].pk])
    yield reverse("staff:proposal", args=[proposal.uuid])
    yield reverse("staff:roster", args=[roster.uuid])


def _of_the_exchange() -> Iterator[str]:
    two = exchange_of_two()
    topic = bus.declare_topic(
        EXCHANGE_EDITOR, two.register, code="ho-tich", title="Hộ tịch thay đổi", legal_basis="Luật Hộ tịch",
        schema={"type": "object"},
    )  # fmt: skip
    errand = Errand.objects.create(
        key="noi-cu-tru", what="Hỏi nơi cư trú của người nộp", whom="Công an tỉnh", service="VN/GOV/H55/dan-cu/tra-cuu",
        purpose="khai-sinh", agency_id=Agency.objects.get(code=f"{WARD}.00").pk, state="failed", fault="unreachable",
        tried_at=clock.now() - dt.timedelta(hours=1), attempts=6,
    )  # fmt: skip
    service = two.people.service
    for page in ("member", "add_system"):
        yield reverse(f"exchange:{page}", args=[two.ward.uuid])
    for page in ("system", "add_offer", "add_topic", "change_system"):
        yield reverse(f"exchange:{page}", args=[two.register.uuid])
    for page in ("service", "offer"):
        yield reverse(f"exchange:{page}", args=[service.uuid])
    yield reverse("exchange:quota", args=[service.uuid, two.people.number])
    for page in ("topic", "change_topic"):
        yield reverse(f"exchange:{page}", args=[topic.code])
    yield reverse("exchange:errand", args=[errand.uuid])


def _of_registers() -> Iterator[str]:
    yield reverse("registers:register", args=["population"])
    for page in ("search", "import", "export"):
        yield reverse(f"registers:{page}", args=["civil_status"])
    yield reverse("registers:draft", args=["population"])
    yield reverse("registers:version", args=["population", 1])
    yield reverse("registers:reader", args=[Reader.objects.earliest("id").uuid])
    yield reverse("registers:wrong", args=["population", "name"])
    yield reverse("registers:agree", args=["bank-customer"])


def _of_services() -> Iterator[str]:
    code = "1.001193"
    for page in ("texts", "moving"):
        yield reverse(f"studio:{page}", args=[code])
    yield reverse("studio:fee", args=[code]) + "?muc=ho-tich.ban-sao-trich-luc"
    yield reverse("studio:version", args=[ServiceVersion.objects.get(service__code=code).uuid])


def _patterns(resolver: Any, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _patterns(one, path)
        else:
            yield path, one


def _rule(view: Callable[..., Any]) -> str:
    return getattr(view, "policy", "") or getattr(getattr(view, "view_class", None), "policy", "")
