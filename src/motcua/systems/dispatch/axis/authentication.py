"""How members prove themselves: signed headers, id and secret, or a token had for them."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from motcua.core import clock
from motcua.core.outbound.addresses import unwrapped
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.models import AxisMember, AxisToken

PREFIX = "XroadVnpt-"
SKEW = dt.timedelta(minutes=15)
TOKENS_LAST = dt.timedelta(hours=1)
STAMP = "%d%m%YT%H%M%S%z"
VERSION = "3.0.201608"


def signed_headers(
    system_id: str, secret: str, headers: Mapping[str, str], body: bytes, now: dt.datetime
) -> dict[str, str]:
    """The headers of a call in VXP's form: each doubled with the prefix, and an HMAC-SHA256 over their JSON."""
    told = {**headers, "systemid": system_id, "timestamp": now.strftime(STAMP)}
    doubled = {f"{PREFIX}{name}": value for name, value in told.items()}
    return {
        **headers,
        **doubled,
        f"{PREFIX}sign-header-key": ";".join(told),
        f"{PREFIX}sign-header": _mac(secret, told),
        f"{PREFIX}hash-header": b64encode(hashlib.sha256(body).digest()).decode(),
        f"{PREFIX}version": VERSION,
    }


def by_signed_headers(headers: Mapping[str, str], body: bytes, address: str = "") -> AxisMember:
    """The member whose secret signed the headers of a call made just now, over this very body."""
    member = _member(headers.get(f"{PREFIX}systemid", ""), address)
    names = [name for name in headers.get(f"{PREFIX}sign-header-key", "").split(";") if name][:40]
    told = {name: headers.get(f"{PREFIX}{name}", "") for name in names}
    given = headers.get(f"{PREFIX}sign-header", "")
    if not {"systemid", "timestamp"} <= set(told) or not any(
        _equal(given, _mac(secret, told)) for secret in secrets_of(member)
    ):
        raise AxisError(Code.WRONG_SECRET, "chữ ký tiêu đề không khớp")
    _refuse_old(told["timestamp"])
    hashed = headers.get(f"{PREFIX}hash-header", "")
    if hashed and not _equal(hashed, b64encode(hashlib.sha256(body).digest()).decode()):
        raise AxisError(Code.BAD_FILE, "nội dung khác với mã băm trong tiêu đề")
    return member


def by_secret(system_id: str, secret: str, address: str = "") -> AxisMember:
    """The member of that id and secret."""
    member = _member(system_id, address)
    if not any(_equal(each, secret) for each in secrets_of(member)):
        raise AxisError(Code.WRONG_SECRET)
    return member


def by_basic(header: str, address: str = "") -> AxisMember:
    """The member whose id and secret an HTTP Basic header gives."""
    try:
        system_id, _, secret = (
            b64decode(header.removeprefix("Basic ").strip(), validate=True).decode().partition(":")
        )
    except ValueError:
        raise AxisError(Code.WRONG_SECRET) from None
    return by_secret(system_id, secret, address)


def by_token(header: str, address: str = "") -> AxisMember:
    """The member that a bearer token was given to, while it is good."""
    digest = _hash(header.removeprefix("Bearer ").strip())
    token = (
        AxisToken.objects.select_related("member")
        .filter(token_hash=digest, expires_at__gt=clock.now())
        .first()
    )
    if token is None or token.member.locked_at is not None:
        raise AxisError(Code.WRONG_SECRET, "mã truy cập hết hạn hoặc không đúng")
    _refuse_elsewhere(token.member, address)
    return token.member


def give_token(member: AxisMember) -> tuple[str, int]:
    """A new token and its life in seconds; those that ended are cleared away."""
    AxisToken.objects.filter(member=member, expires_at__lte=clock.now()).delete()
    token = secrets.token_urlsafe(32)
    AxisToken.objects.create(token_hash=_hash(token), member=member, expires_at=clock.now() + TOKENS_LAST)
    return token, int(TOKENS_LAST.total_seconds())


def _member(system_id: str, address: str) -> AxisMember:
    found = (
        AxisMember.objects.filter(system_id=system_id, locked_at__isnull=True).first() if system_id else None
    )
    if found is None:
        raise AxisError(Code.WRONG_SECRET)
    _refuse_elsewhere(found, address)
    if found.secret_until is not None and found.secret_until <= clock.now():
        raise AxisError(
            Code.WRONG_SECRET, f"khóa đã hết hạn {found.secret_until:%d/%m/%Y}: xin quản trị trục khóa mới"
        )
    return found


def secrets_of(member: AxisMember) -> list[str]:
    """The member's secret, and for a while after a change the one before it."""
    former_good = member.former_until is not None and clock.now() < member.former_until
    return [member.secret, *([member.former_secret] if former_good else [])]


def _refuse_elsewhere(member: AxisMember, address: str) -> None:
    """A member with networks on file calls from those only; a call within this process has no address."""
    if not member.networks or not address:
        return
    here = unwrapped(ip_address(address))
    if not any(here in ip_network(each) for each in member.networks):
        raise AxisError(Code.WRONG_SECRET, f"địa chỉ {address} chưa được đăng ký cho hệ thống này")


def _mac(secret: str, told: Mapping[str, str]) -> str:
    text = json.dumps(dict(told), ensure_ascii=False, separators=(",", ":"))
    return b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _refuse_old(stamp: str) -> None:
    try:
        at = dt.datetime.strptime(stamp, STAMP)  # noqa: DTZ007 - the stamp carries its zone
    except ValueError:
        raise AxisError(Code.WRONG_SECRET, "timestamp có dạng ddMMyyyy'T'HHmmss+0700") from None
    if abs(clock.now() - at) > SKEW:
        raise AxisError(Code.WRONG_SECRET, "timestamp lệch quá 15 phút: chỉnh đồng hồ máy gửi")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
