"""Second factors: their secrets rest encrypted, and an officer never gives up the last one."""

from __future__ import annotations

import base64
from functools import lru_cache

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from motcua.core.identity.models import Account

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(account: Account) -> bool:
    """Whether an authenticator app or a passkey guards the account; recovery codes alone do not count."""
    return bool(Authenticator.objects.filter(user_id=account.pk, type__in=FACTORS).exists())


@lru_cache(maxsize=8)
def box(purpose: str, secret: str | None = None) -> Fernet:
    """A box that only this installation opens: encrypted and signed, one key for each purpose (RFC 5869)."""
    key = HKDF(SHA256(), 32, salt=None, info=f"motcua {purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(key.derive((secret or settings.SECRET_KEY).encode())))


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The house's rules for allauth's second factors."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "Mã không đúng hoặc đã dùng rồi. Đợi ứng dụng hiện mã mới rồi nhập mã đó.",
        "cannot_delete_authenticator": (
            "Cán bộ luôn đăng nhập bằng hai bước, nên không gỡ được cách xác thực cuối cùng. "
            "Thêm cách khác trước rồi gỡ cách này."
        ),
        "cannot_generate_recovery_codes": "Bật ứng dụng xác thực hoặc khóa bảo mật trước, rồi tạo mã dự phòng.",
    }

    def encrypt(self, text: str) -> str:
        return box("second factor").encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        return box("second factor").decrypt(encrypted_text.encode("ascii")).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        account = authenticator.user
        if account.officer_id is None:
            return True
        others = Authenticator.objects.filter(user_id=account.pk, type__in=FACTORS)
        return bool(others.exclude(pk=authenticator.pk).exists())

    def get_totp_label(self, user: Account) -> str:
        return str(user.username)

    def generate_authenticator_name(self, user: Account, type: Authenticator.Type) -> str:  # noqa: A002
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return "Khóa bảo mật" if count == 0 else f"Khóa bảo mật {count + 1}"
