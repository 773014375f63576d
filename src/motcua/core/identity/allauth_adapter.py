"""How accounts sign in: allauth does the work, these are the house's rules and words."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from motcua.core.identity import front_door, papers, signing_in
from motcua.core.identity.landing import desk_of
from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

TOLD = {
    "account/messages/password_changed.txt": "Đã đổi mật khẩu. Các thiết bị khác đã được đăng xuất.",
    "account/messages/password_set.txt": "Đã đặt mật khẩu.",
    "account/messages/logged_out.txt": "Đã đăng xuất.",
    "mfa/messages/totp_activated.txt": "Đã bật ứng dụng xác thực.",
    "mfa/messages/totp_deactivated.txt": "Đã gỡ ứng dụng xác thực.",
    "mfa/messages/recovery_codes_generated.txt": "Đã tạo mã dự phòng mới. Các mã cũ không dùng được nữa.",
    "mfa/messages/webauthn_added.txt": "Đã thêm khóa bảo mật.",
    "mfa/messages/webauthn_removed.txt": "Đã gỡ khóa bảo mật.",
}
"""What is said after an act, by allauth's name for it; what is not here needs no saying."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are opened at the counter or from an identity source, never by filling in a form."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "Tài khoản này đã bị khóa. Đến bộ phận một cửa gần nhất để mở lại.",
        "enter_current_password": "Mật khẩu hiện tại không đúng.",
        "incorrect_code": "Mã không đúng hoặc đã hết hạn.",
        "incorrect_password": "Mật khẩu không đúng.",
        "invalid_login": "Số định danh hoặc mật khẩu không đúng.",
        "username_password_mismatch": (
            "Số định danh (hoặc mã cán bộ) và mật khẩu không khớp. Kiểm tra cả hai rồi nhập lại."
        ),
        "too_many_login_attempts": (
            "Đã nhập sai nhiều lần, nên việc đăng nhập bị khóa 5 phút để giữ an toàn cho tài khoản. "
            "Sau đó ông/bà đăng nhập lại được."
        ),
        "rate_limited": "Ông/bà gửi quá nhiều lần liên tiếp. Đợi một phút rồi gửi lại.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Officers begin at their desk, everybody else on the first page."""
        account: Account = request.user  # type: ignore[assignment]
        if account.officer_id is None:
            return str(super().get_login_redirect_url(request))
        with acting(SYSTEM):
            return desk_of(actor_of(account).groups)

    def login(self, request: HttpRequest, user: Account) -> None:
        super().login(request, user)
        signing_in.begin(request, user)

    def logout(self, request: HttpRequest) -> None:
        signing_in.end(request)
        super().logout(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            signing_in.note_lock(credentials.get("username", ""))
            raise

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Account | None:
        """The number is taken as people write it: with blanks, a foreigner's in small letters."""
        if isinstance(credentials.get("username"), str):
            credentials["username"] = papers.sign_in_name(credentials["username"])
        account: Account | None = super().authenticate(request, **credentials)
        return account

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        signing_in.note_failure(credentials.get("username", ""))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        if signing_in.is_fresh(context.request):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reauthentication_methods(self, user: Account) -> list[dict[str, Any]]:
        words = {
            "reauthenticate": "Dùng mật khẩu",
            "mfa_reauthenticate": "Dùng mã của ứng dụng xác thực",
            "mfa_reauthenticate:webauthn": "Dùng khóa bảo mật",
        }
        elsewhere = front_door.way_to_prove_again(context.request)
        if elsewhere is not None:
            return [{"id": "source", "description": "Nơi giữ tài khoản", "url": elsewhere}]
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": words[method["id"]]} for method in methods]

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        said = message or TOLD.get(message_template or "")
        if said:
            messages.add_message(request, level, said, extra_tags=extra_tags, fail_silently=True)
