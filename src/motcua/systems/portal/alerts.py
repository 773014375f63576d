"""The holder of an account is told what happens to it, wherever they are reached."""

from __future__ import annotations

from motcua.core.identity.accounts import alerted
from motcua.core.identity.models import Account
from motcua.core.keys import new_uuid
from motcua.core.notifications.actions import notify

NOT_YOU_VI = (
    "Nếu không phải ông/bà làm, khóa tài khoản ngay ở mục “Tài khoản của tôi”, hoặc đến bộ phận một cửa."
)
NOT_YOU_EN = "If this was not you, lock the account at once under “My account”, or come to a one-stop desk."
TOLD = {
    "locked": ("Tài khoản đã bị khóa", "Your account was locked"),
    "unlocked": ("Tài khoản đã được mở khóa", "Your account was unlocked"),
    "closed": ("Tài khoản đã đóng", "Your account was closed"),
    "recovered": (
        "Tài khoản vừa được khôi phục bằng mã in tại quầy",
        "Your account was recovered by a code",
    ),
    "new_device": ("Tài khoản vừa đăng nhập từ thiết bị lạ", "Your account was used from a new device"),
    "second_factor": ("Cách xác thực hai bước vừa thay đổi", "Your second factor was changed"),
}


@alerted.register
def tell_holder(*, account: Account, what: str) -> None:
    """Once for each happening; officers have no inbox and see it in their history."""
    if account.party_id is None:
        return
    vi, en = TOLD[what]
    notify(
        account.party_id,
        kind=f"account.{what}",
        key=f"account.{what}/{new_uuid()}",
        texts={"vi": (vi, f"{vi}. {NOT_YOU_VI}"), "en": (en, f"{en}. {NOT_YOU_EN}")},
        link="/tai-khoan/phien/",
    )
