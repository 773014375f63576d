"""Telling holders that their certificates end."""

from __future__ import annotations

from motcua.core.documents.checking.following import Followed
from motcua.core.documents.models import Key
from motcua.core.documents.succession import Duty
from motcua.core.notifications.actions import notify
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Appointment, Officer
from motcua.core.organisations.queries import in_force

LINK = "/chung-thu/so/"
AUTHORITIES = "/chung-thu/to-chuc/"
LISTS = "/kiem-tra/danh-sach-tin-cay/"


def tell_of_end(key: Key, days: int) -> None:
    """An e-mail to the officer, and to the agency's head, who asks for the next one."""
    agency = organisations.agency(key.agency_id)
    day = f"{key.valid_until:%d/%m/%Y}"
    texts = {
        "vi": (
            f"Chứng thư số của {key.subject} còn {days} ngày",
            f"Chứng thư số của {key.subject} ở {agency.name} hết hạn ngày {day}. "
            "Người đứng đầu cơ quan đề nghị gia hạn; chứng thư mới dùng được ngay, chứng thư cũ còn dùng đến hết hạn.",
        ),
        "en": (
            f"The certificate of {key.subject} ends in {days} days",
            f"The certificate of {key.subject} at {agency.name_en or agency.name} ends on {day}. The head of the "
            "agency can ask for the next one; the present one stays good until it ends.",
        ),
    }
    for officer in _recipients(key):
        if officer.email:
            notify(
                None,
                kind="certificate.ends",
                key=f"certificate.ends/{key.key_id}/{key.warned_days}/{officer.pk}",
                texts=texts,
                link=LINK,
                contact={"email": officer.email},
            )


def call_for_the_root(duty: Duty, days: int) -> None:
    """An e-mail to whoever approves for the authority: something waits for the root. Once for each warning."""
    day = f"{duty.by:%d/%m/%Y}"
    texts = {
        "vi": (
            "Có việc chờ tổ chức gốc ký",
            f"{duty.words.vi} Cần làm trước ngày {day}. Lấy đề nghị ở trang “Tổ chức chứng thực”, mang đến máy giữ "
            "khóa gốc, hai người cùng ký, rồi nộp lại câu trả lời.",
        ),
        "en": (
            "Something waits for the root",
            f"{duty.words.en} To be done before {day}. Take the order from the page “Authorities” to the machine of "
            "the root, have two persons sign, and bring the answer back.",
        ),
    }
    _tell_keepers(
        "authority.root_wanted", f"{duty.kind}/{duty.name}/{duty.by:%Y%m}/{days}", texts, AUTHORITIES
    )


def tell_of_list(followed: Followed, week: str) -> None:
    """An e-mail to whoever approves for the authority: a trust list of others ends and cannot be renewed."""
    texts = {
        "vi": (
            f"Danh sách tin cậy {followed.name} không làm mới được",
            f"Danh sách {followed.name} lấy từ {followed.source} không làm mới được: {followed.fault}. Danh sách tốt "
            "gần nhất còn dùng đến hết hạn của nó; sau đó chữ ký theo danh sách này không còn được chứng minh.",
        ),
        "en": (
            f"The trust list {followed.name} cannot be renewed",
            f"The list {followed.name} from {followed.source} cannot be renewed: {followed.fault}. The last good one "
            "serves until its own end; from then on signatures under it are unproven.",
        ),
    }
    _tell_keepers("trust_list.fails", f"{followed.name}/{week}", texts, LISTS)


def _tell_keepers(kind: str, what: str, texts: dict[str, tuple[str, str]], link: str) -> None:
    keepers = Appointment.objects.filter(
        in_force(None), position__groups__contains=["certificate_approver"]
    ).values_list("officer_id", flat=True)
    for officer in Officer.objects.filter(pk__in=set(keepers)).exclude(email="").order_by("id"):
        notify(
            None,
            kind=kind,
            key=f"{kind}/{what}/{officer.pk}",
            texts=texts,
            link=link,
            contact={"email": officer.email},
        )


def _recipients(key: Key) -> list[Officer]:
    heads = Appointment.objects.filter(
        in_force(None), agency_id=key.agency_id, position__groups__contains=["chair"]
    )
    wanted = {key.officer_id, *heads.values_list("officer_id", flat=True)}
    return list(Officer.objects.filter(pk__in=[one for one in wanted if one is not None]).order_by("id"))
