"""People are told what happens to their account, and to the right to act for them or by them."""

from __future__ import annotations

from motcua.core.identity import attested
from motcua.core.identity.accounts import alerted
from motcua.core.identity.models import Account, Party
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
    "opened_online": (
        "Tài khoản vừa được mở bằng chip thẻ căn cước của ông/bà",
        "An account was opened with the chip of your identity card",
    ),
    "paper_ends": (
        "Hộ chiếu hoặc thẻ cư trú của ông/bà sắp hết hạn. Mang giấy tờ mới đến bộ phận một cửa, "
        "nếu không tài khoản sẽ khóa khi giấy tờ hết hạn",
        "Your passport or residence card ends soon. Bring the new one to a one-stop desk, or the account is "
        "locked when it ends",
    ),
    "paper_ended": (
        "Hộ chiếu hoặc thẻ cư trú đã hết hạn, tài khoản đã khóa. Mang giấy tờ mới đến bộ phận một cửa để mở lại",
        "Your passport or residence card has ended and the account is locked. Bring the new one to a one-stop desk",
    ),
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


ROLES = {
    "proxy": ("người được ủy quyền", "proxy"),
    "guardian": ("người giám hộ", "guardian"),
    "heir": ("người thừa kế", "heir"),
    "employee": ("người làm việc tại tổ chức", "employee"),
}
OF_A_MANDATE = {
    "waits": (
        "Quyền làm thay chờ cán bộ thứ hai xem lại",
        "A right to act for another waits for a second officer",
        "Không đồng ý thì phản đối ngay ở mục “Ủy quyền, làm thay”, hoặc tại bộ phận một cửa.",
        "If you do not agree, object under “Acting for others” or at a one-stop desk.",
    ),
    "given": (
        "Quyền làm thay đã có hiệu lực",
        "A right to act for another is in force",
        "Xem và chấm dứt lúc nào cũng được ở mục “Ủy quyền, làm thay”.",
        "See it, and end it at any time, under “Acting for others”.",
    ),
    "refused": (
        "Quyền làm thay bị từ chối",
        "A right to act for another was refused",
        "Hỏi lý do tại bộ phận một cửa nơi đã nhận giấy tờ.",
        "The one-stop desk that took the document tells the reason.",
    ),
    "ended": (
        "Quyền làm thay đã chấm dứt",
        "A right to act for another has ended",
        "Từ nay không ai dùng quyền này nữa.",
        "Nobody can use it from now on.",
    ),
}


@attested.told.register
def tell_both_sides(*, principal: Party, representative: Party, kind: str, what: str) -> None:
    """The one acted for and the one who acts hear the same."""
    vi, en, then_vi, then_en = OF_A_MANDATE[what]
    role_vi, role_en = ROLES[kind]
    who, whom = representative.name, principal.name
    for party in (principal, representative):
        notify(
            party.pk,
            kind=f"mandate.{what}",
            key=f"mandate.{what}/{new_uuid()}",
            texts={
                "vi": (vi, f"{vi}: {who} làm thay {whom}, là {role_vi}. {then_vi}"),
                "en": (en, f"{en}: {who} acts for {whom} as {role_en}. {then_en}"),
            },
            link="/lam-thay/",
        )
